// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// What forge asks an invariant test for: the one contract whose functions it calls in random order.
abstract contract Invariants {
    address[] private _targets;

    function target(address handler) internal {
        _targets.push(handler);
    }

    function targetContracts() external view returns (address[] memory) {
        return _targets;
    }
}
