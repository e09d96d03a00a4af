// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// Calls of tokens that may be hostile: they get a bounded amount of gas, at most one word of their answer is
/// read, and failing is an answer.
library BoundedCall {
    /// Enough for tokens behind proxies with hooks; a token that needs more cannot be paid in a batch. An activation that
    /// pulls 16 tokens which burn all of it in each of three calls stays below 16,777,216 gas, the most of a transaction.
    uint256 internal constant TOKEN_GAS = 200_000;
    /// What three calls need in turn: a call passes on at most 63/64 of what is left.
    uint256 internal constant PULL_GAS = 3 * TOKEN_GAS + 50_000;

    error GasTooLow(uint256 left, uint256 needed);

    /// True where `to` got `amount`, as far as the token says; it gets at most `gasLimit`. Claims spend most of their gas
    /// around here, so the call is laid out in memory that is not kept: selector and `to` in the first word, then `amount`.
    function transfer(address token, address to, uint256 amount, uint256 gasLimit) internal returns (bool success) {
        bytes4 selector = IERC20.transfer.selector;
        uint256 size;
        uint256 answer;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, selector)
            mstore(add(free, 4), and(to, 0xffffffffffffffffffffffffffffffffffffffff))
            mstore(add(free, 36), amount)
            success := call(gasLimit, token, 0, free, 68, 0, 32)
            size := returndatasize()
            answer := mload(0)
        }
        return _isSuccess(token, success, size, answer);
    }

    /// Takes up to `amount` from `from` and returns what arrived here, 0 if the token fails. Each call gets all its gas, so
    /// that whoever sends the transaction cannot have tokens arrive uncounted.
    function pull(address token, address from, uint256 amount) internal returns (uint256) {
        if (gasleft() < PULL_GAS) revert GasTooLow(gasleft(), PULL_GAS);
        (bool known, uint256 before) = _balance(token);
        if (!known) return 0;
        if (!_succeeds(token, abi.encodeCall(IERC20.transferFrom, (from, address(this), amount)))) return 0;
        (bool still, uint256 later) = _balance(token);
        return still && later > before ? later - before : 0;
    }

    function _balance(address token) private view returns (bool known, uint256 held) {
        bytes memory data = abi.encodeCall(IERC20.balanceOf, (address(this)));
        uint256 size;
        assembly ("memory-safe") {
            known := staticcall(TOKEN_GAS, token, add(data, 32), mload(data), 0, 32)
            size := returndatasize()
            held := mload(0)
        }
        known = known && size >= 32;
    }

    function _succeeds(address token, bytes memory data) private returns (bool success) {
        uint256 size;
        uint256 answer;
        assembly ("memory-safe") {
            success := call(TOKEN_GAS, token, 0, add(data, 32), mload(data), 0, 32)
            size := returndatasize()
            answer := mload(0)
        }
        return _isSuccess(token, success, size, answer);
    }

    /// Success as ERC-20 tokens mean it: no revert, code at the address, and no answer or the answer `true`.
    function _isSuccess(address token, bool success, uint256 size, uint256 answer) private view returns (bool) {
        if (!success) return false;
        return size == 0 ? token.code.length > 0 : size >= 32 && answer == 1;
    }
}
