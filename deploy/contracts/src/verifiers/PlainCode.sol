// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

error NoPlainCode(address account);

/// Refuses accounts without code, and those that only point to others' (EIP-7702), which their keys may point elsewhere.
function requirePlainCode(address account) view {
    if (account.code.length == 0) revert NoPlainCode(account);
    bytes3 start;
    assembly ("memory-safe") {
        mstore(0, 0)
        extcodecopy(account, 0, 0, 3)
        start := mload(0)
    }
    if (start == 0xef0100) revert NoPlainCode(account);
}
