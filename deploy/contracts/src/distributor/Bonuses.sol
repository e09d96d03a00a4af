// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MAX_AMOUNT, MAX_LIFETIME, requireAddress, requireAtMost} from "../Limits.sol";
import {TokenLedger} from "./TokenLedger.sol";

/// Bonus pools that anyone may add to one app and epoch, in tokens that the DAO allows.
abstract contract Bonuses is TokenLedger {
    /// Tokens allowed at a time, and ever: the second bounds the totals that every later vote must name.
    uint256 public constant MAX_BONUS_TOKENS = 16;
    uint256 public constant MAX_BONUS_TOKENS_EVER = 47;
    /// How many epochs ahead a bonus may lie. What is deposited waits until its epoch is activated.
    uint64 public constant MAX_EPOCHS_AHEAD = 365;

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
    error EpochTooFar(uint64 epoch, uint64 latest);

    /// Allows a token with a least deposit in wei; 0 takes it off the list.
    function setBonusToken(address token_, uint256 minDeposit) external onlyOwner {
        requireAddress(token_);
        requireAtMost(minDeposit, MAX_AMOUNT);
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
        if (epoch > current + MAX_EPOCHS_AHEAD) revert EpochTooFar(epoch, current + MAX_EPOCHS_AHEAD);
        uint256 least = minBonus[token_];
        if (least == 0) revert TokenNotAllowed(token_);
        uint256 received = _receive(token_, msg.sender, amount);
        if (received < least) revert BonusTooSmall(token_, received, least);
        BonusSums memory sums = _bonusSums[token_];
        requireAtMost(received, MAX_LIFETIME - sums.ever);
        _bonusSums[token_] = BonusSums(sums.ever + uint128(received), sums.waiting + uint128(received));
        _bonuses[epoch][token_].amount += uint128(received);
        emit BonusDeposited(app, epoch, token_, received, msg.sender);
    }

    /// All bonuses a token ever had, in wei.
    function bonusEver(address token_) external view returns (uint256) {
        return _bonusSums[token_].ever;
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
