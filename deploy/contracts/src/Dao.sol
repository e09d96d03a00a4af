// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// The owner of all contracts on a network with money in it: what governance decides happens after `minDelay` seconds, so
/// that everyone can see it coming. Nobody administers it but itself.
contract Dao is TimelockController {
    constructor(uint256 minDelay, address[] memory proposers, address[] memory executors)
        TimelockController(minDelay, proposers, executors, address(0))
    {}
}
