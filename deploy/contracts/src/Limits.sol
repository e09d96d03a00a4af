// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

// The largest amount any event may carry: what DECIMAL(38, 0) holds. It is below 2^127, so every amount fits a uint128.
uint256 constant MAX_AMOUNT = 10 ** 38 - 1;
// What the bonuses of one token may come to over all epochs, and apart from them its corrections and opening balances:
// a third each, so that entitlements, which are sums of them and of emissions, stay below MAX_AMOUNT.
uint256 constant MAX_LIFETIME = MAX_AMOUNT / 3;
// Emission of one epoch. The last third of MAX_AMOUNT holds 33 epochs of the greatest, centuries of any sensible one.
uint256 constant MAX_EMISSION = 10 ** 36;
// Milli-gates that one task may count for: as many as the gates of a circuit can be.
uint128 constant MAX_USAGE_UNIT = 2 ** 64;

error AmountOutOfRange(uint256 amount, uint256 limit);
error ZeroAddress();

/// Refuses zero and what the settlement could not represent.
function requireAmount(uint256 amount) pure {
    if (amount == 0 || amount > MAX_AMOUNT) revert AmountOutOfRange(amount, MAX_AMOUNT);
}

function requireAtMost(uint256 amount, uint256 limit) pure {
    if (amount > limit) revert AmountOutOfRange(amount, limit);
}

function requireAddress(address account) pure {
    if (account == address(0)) revert ZeroAddress();
}
