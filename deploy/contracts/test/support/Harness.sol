// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Vm} from "./Vm.sol";

/// Assertions, and the little that forge wants a test contract to offer.
abstract contract Harness {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error NotEqual(string what, uint256 got, uint256 expected);
    error NotTrue(string what);

    function equal(uint256 got, uint256 expected, string memory what) internal pure {
        if (got != expected) revert NotEqual(what, got, expected);
    }

    function equal(address got, address expected, string memory what) internal pure {
        equal(uint160(got), uint160(expected), what);
    }

    function equal(bytes32 got, bytes32 expected, string memory what) internal pure {
        equal(uint256(got), uint256(expected), what);
    }

    function isTrue(bool holds, string memory what) internal pure {
        if (!holds) revert NotTrue(what);
    }

    /// Maps any value into [low, high].
    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + value % (high - low + 1);
    }
}
