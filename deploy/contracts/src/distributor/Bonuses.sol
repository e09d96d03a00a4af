// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MAX_AMOUNT, AmountOutOfRange, requireAddress} from "../Limits.sol";
import {TokenLedger} from "./TokenLedger.sol";

/// Bonus pools that anyone may add to one app and epoch, in tokens that the DAO allows.
abstract contract Bonuses is TokenLedger {
    /// Tokens allowed at a time, and ever: the second bounds the totals that every later vote must name.
    uint256 public constant MAX_BONUS_TOKENS = 16;
    uint256 public constant MAX_BONUS_TOKENS_EVER = 47;

    /// Least deposit in wei by token; 0 where the token is not allowed.
    mapping(address token => uint256) public minBonus;
    mapping(address token => bool) private _everAllowed;
    uint256 public bonusTokenCount;
    uint256 public bonusTokensEver;

    event BonusDeposited(address indexed app, uint64 indexed epoch, address indexed token, uint256 amount, address from);
    event BonusTokenSet(address indexed token, uint256 minDeposit);

    error TooManyBonusTokens(uint256 now_, uint256 ever);
    error BonusTooSmall(address token, uint256 received, uint256 least);
    error TokenNotAllowed(address token);
    error EpochIsOver(uint64 epoch, uint64 current);

    /// Allows a token with a least deposit in wei; 0 takes it off the list.
    function setBonusToken(address token_, uint256 minDeposit) external onlyOwner {
        requireAddress(token_);
        if (minDeposit > MAX_AMOUNT) revert AmountOutOfRange(minDeposit, MAX_AMOUNT);
        bool wasAllowed = minBonus[token_] > 0;
        minBonus[token_] = minDeposit;
        if (minDeposit == 0 && wasAllowed) --bonusTokenCount;
        if (minDeposit > 0 && !wasAllowed) _countToken(token_);
        emit BonusTokenSet(token_, minDeposit);
    }

    /// Adds to the pool of an app for an epoch that has not ended. What counts is what arrives.
    function depositBonus(address app, uint64 epoch, address token_, uint256 amount) external nonReentrant {
        _requireAfterGenesis();
        requireAddress(app);
        uint64 current = currentEpoch();
        if (epoch < current || epoch < first) revert EpochIsOver(epoch, current < first ? first : current);
        uint256 least = minBonus[token_];
        if (least == 0) revert TokenNotAllowed(token_);
        uint256 received = _receive(token_, msg.sender, amount);
        if (received < least) revert BonusTooSmall(token_, received, least);
        Bonus storage bonus = _bonuses[epoch][token_];
        uint256 sum = received + bonus.amount;
        if (received > MAX_AMOUNT || sum > MAX_AMOUNT) revert AmountOutOfRange(sum, MAX_AMOUNT);
        bonus.amount = uint128(sum);
        emit BonusDeposited(app, epoch, token_, received, msg.sender);
    }

    function _countToken(address token_) private {
        ++bonusTokenCount;
        if (!_everAllowed[token_]) {
            _everAllowed[token_] = true;
            ++bonusTokensEver;
        }
        if (bonusTokenCount > MAX_BONUS_TOKENS || bonusTokensEver > MAX_BONUS_TOKENS_EVER) {
            revert TooManyBonusTokens(bonusTokenCount, bonusTokensEver);
        }
    }
}
