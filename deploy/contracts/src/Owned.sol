// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// A contract that always has an owner: ownership is handed over in two steps and never given up, since what only the
/// owner can mend (a quarantine, a pause, a slasher) would then be broken for ever.
abstract contract Owned is Ownable2Step {
    error OwnershipStays();

    function renounceOwnership() public view override onlyOwner {
        revert OwnershipStays();
    }
}
