// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// The owner of all contracts on a network with money in it: what governance decides happens after `minDelay` seconds, so
/// that everyone can see it coming. Nobody administers it but itself.
contract Dao is TimelockController {
    /// Longest delay, in seconds. A pause by a pauser lasts up to 30 days: a vote of two weeks and this delay end before it.
    uint256 public constant MAX_DELAY = 14 days;

    error DelayTooLong(uint256 delay, uint256 limit);

    constructor(uint256 minDelay, address[] memory proposers, address[] memory executors)
        TimelockController(minDelay, proposers, executors, address(0))
    {
        _requireBounded(minDelay);
    }

    /// Changes the delay, by a decision of its own.
    function updateDelay(uint256 newDelay) public override {
        _requireBounded(newDelay);
        super.updateDelay(newDelay);
    }

    function _requireBounded(uint256 delay) private pure {
        if (delay > MAX_DELAY) revert DelayTooLong(delay, MAX_DELAY);
    }
}
