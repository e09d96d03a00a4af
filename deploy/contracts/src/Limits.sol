// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// The largest amount any event may carry: what DECIMAL(38, 0) holds. It is below 2^127, so every amount fits a uint128.
uint256 constant MAX_AMOUNT = 10 ** 38 - 1;

error AmountOutOfRange(uint256 amount, uint256 limit);
error ZeroAddress();

/// Refuses zero and what the settlement could not represent.
function requireAmount(uint256 amount) pure {
    if (amount == 0 || amount > MAX_AMOUNT) revert AmountOutOfRange(amount, MAX_AMOUNT);
}

function requireAddress(address account) pure {
    if (account == address(0)) revert ZeroAddress();
}
