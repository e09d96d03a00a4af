// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Guard} from "../Guard.sol";
import {Parameters} from "../Parameters.sol";
import {MAX_AMOUNT, AmountOutOfRange, requireAddress} from "../Limits.sol";
import {BoundedCall} from "./BoundedCall.sol";
import {RootQueue} from "./RootQueue.sol";

/// Money by token: what roots promise, what has come in, what went out. Balances of this contract are never
/// read as a promise; a token that misbehaves changes only its own numbers.
abstract contract TokenLedger is RootQueue, Guard {
    using SafeERC20 for IERC20;

    /// limit << 128 | paid, in wei, where limit = min(accepted, funded) and claims may bring `paid` up to it. One word
    /// that every claim reads and writes once: paying is adding the amount.
    struct Ledger {
        uint256 word;
    }

    /// `accepted`: cumulative total of the newest active epoch. `funded`: wei received for active epochs.
    struct Funding {
        uint128 accepted;
        uint128 funded;
    }

    /// Deposits for one epoch. `merged` once they count as funding.
    struct Bonus {
        uint128 amount;
        bool merged;
    }

    /// All bonuses a token ever had, and those that do not count as funding yet, in wei.
    struct BonusSums {
        uint128 ever;
        uint128 waiting;
    }

    /// The token emission is paid in.
    IERC20 public immutable token;
    Parameters public immutable parameters;
    /// Pays emission, corrections and opening balances by allowance. It took the role itself: nobody's allowance, given for
    /// bonuses say, is drained because governance named it.
    address public treasury;
    address public pendingTreasury;

    mapping(address token => Ledger) internal _ledgers;
    mapping(address token => Funding) internal _funding;
    mapping(uint64 epoch => mapping(address token => Bonus)) internal _bonuses;

    mapping(address token => BonusSums) internal _bonusSums;

    event TreasuryOffered(address indexed treasury);
    event TreasurySet(address indexed treasury);
    event Funded(address indexed token, uint256 amount);
    event Shortfall(address indexed token, uint256 missing);
    event Restored(address indexed token, uint256 amount);
    event Rescued(address indexed token, address to, uint256 amount);

    error TreasuryShort(uint256 needed, uint256 received);
    error NothingMissing(address token);
    error NotPendingTreasury(address caller);
    error NoSurplus(address token);

    constructor(IERC20 token_, Parameters parameters_, address treasury_) {
        requireAddress(address(token_));
        requireAddress(address(parameters_));
        (token, parameters) = (token_, parameters_);
        _offerTreasury(treasury_);
    }

    /// Offers the role to an account, which has it once it accepts.
    function setTreasury(address treasury_) external onlyOwner {
        _offerTreasury(treasury_);
    }

    /// From now on the caller, who was offered it, pays.
    function acceptTreasury() external {
        if (msg.sender != pendingTreasury) revert NotPendingTreasury(msg.sender);
        (treasury, pendingTreasury) = (msg.sender, address(0));
        emit TreasurySet(msg.sender);
    }

    /// Cumulative total of `token_` that the newest active epoch promises, in wei.
    function acceptedTotal(address token_) external view returns (uint256) {
        return _funding[token_].accepted;
    }

    /// What a token has received for active epochs, paid out, and may pay out at most.
    function ledgerOf(address token_) external view returns (uint256 funded, uint256 paid, uint256 limit) {
        (limit, paid) = _limitAndPaid(_ledgers[token_].word);
        return (_funding[token_].funded, paid, limit);
    }

    /// Bonus wei deposited for an epoch in `token_`.
    function bonusOf(uint64 epoch, address token_) external view returns (uint256) {
        return _bonuses[epoch][token_].amount;
    }

    /// Tries again to get from the treasury what an active epoch promised in a token and could not be pulled.
    function fund(address token_) external nonReentrant {
        Funding storage funding = _funding[token_];
        if (funding.accepted <= funding.funded) revert NothingMissing(token_);
        _pullLeniently(token_, funding);
        _setLimit(token_, funding);
    }

    /// Counts the bonuses of an active epoch whose root did not name their token: they lower what the treasury
    /// has to pay for that token next.
    function mergeBonus(uint64 epoch, address token_) external nonReentrant {
        _requireActive(epoch);
        Funding storage funding = _funding[token_];
        _merge(epoch, token_, funding);
        _setLimit(token_, funding);
    }

    /// Gives back what a wrong root paid out: `amount` wei come in and no longer count as paid, so that those
    /// who were not paid can be.
    function restore(address token_, uint256 amount) external onlyOwner nonReentrant {
        uint256 received = _receive(token_, msg.sender, amount);
        Ledger storage ledger = _ledgers[token_];
        (, uint256 paid) = _limitAndPaid(ledger.word);
        if (received > paid) revert AmountOutOfRange(received, paid);
        ledger.word -= received;
        emit Restored(token_, received);
    }

    /// Sends `to` what is here of a token beyond all that was funded and not paid, and bonuses to come: it came by a plain
    /// transfer, or the token grew by itself.
    function rescue(address token_, address to) external onlyOwner nonReentrant returns (uint256 amount) {
        requireAddress(to);
        (, uint256 paid) = _limitAndPaid(_ledgers[token_].word);
        uint256 owed = _funding[token_].funded - paid + _bonusSums[token_].waiting;
        uint256 held = IERC20(token_).balanceOf(address(this));
        if (held <= owed) revert NoSurplus(token_);
        amount = held - owed;
        emit Rescued(token_, to, amount);
        IERC20(token_).safeTransfer(to, amount);
    }

    /// Makes `accepted` the promise of one token: counts the epoch's bonuses, then pulls what is still missing.
    /// The emission token must arrive in full; another token may wait for `fund`, so that it blocks nothing.
    function _accept(uint64 epoch, address token_, uint256 accepted) internal {
        Funding storage funding = _funding[token_];
        funding.accepted = uint128(accepted);
        _merge(epoch, token_, funding);
        if (accepted > funding.funded) {
            if (token_ == address(token)) _pullExactly(funding);
            else _pullLeniently(token_, funding);
        }
        _setLimit(token_, funding);
    }

    /// Takes a promise back to `accepted`; what has been received stays.
    function _unaccept(address token_, uint256 accepted) internal {
        Funding storage funding = _funding[token_];
        funding.accepted = uint128(accepted);
        _setLimit(token_, funding);
    }

    /// Moves `amount` of `token_` here and returns by how much the balance grew.
    function _receive(address token_, address from, uint256 amount) internal returns (uint256) {
        uint256 before = IERC20(token_).balanceOf(address(this));
        IERC20(token_).safeTransferFrom(from, address(this), amount);
        return IERC20(token_).balanceOf(address(this)) - before;
    }

    function _limitAndPaid(uint256 word) internal pure returns (uint256 limit, uint256 paid) {
        return (word >> 128, word & type(uint128).max);
    }

    function _merge(uint64 epoch, address token_, Funding storage funding) private {
        Bonus storage bonus = _bonuses[epoch][token_];
        if (bonus.amount == 0 || bonus.merged) return;
        bonus.merged = true;
        _bonusSums[token_].waiting -= bonus.amount;
        _addFunding(token_, funding, bonus.amount);
    }

    function _pullExactly(Funding storage funding) private {
        uint256 missing = funding.accepted - funding.funded;
        uint256 received = _receive(address(token), treasury, missing);
        if (received != missing) revert TreasuryShort(missing, received);
        _addFunding(address(token), funding, received);
    }

    function _pullLeniently(address token_, Funding storage funding) private {
        uint256 missing = funding.accepted - funding.funded;
        uint256 received = BoundedCall.pull(token_, treasury, missing);
        if (received > missing) received = missing;
        if (received > 0) _addFunding(token_, funding, received);
        if (received < missing) emit Shortfall(token_, missing - received);
    }

    function _addFunding(address token_, Funding storage funding, uint256 amount) private {
        uint256 funded = funding.funded + amount;
        // Surplus of a token is bounded too: what is received beyond the promises cannot pass the common limit.
        if (funded > type(uint128).max) revert AmountOutOfRange(funded, type(uint128).max);
        funding.funded = uint128(funded);
        emit Funded(token_, amount);
    }

    function _setLimit(address token_, Funding storage funding) private {
        (uint128 accepted, uint128 funded) = (funding.accepted, funding.funded);
        Ledger storage ledger = _ledgers[token_];
        (, uint256 paid) = _limitAndPaid(ledger.word);
        ledger.word = uint256(accepted < funded ? accepted : funded) << 128 | paid;
    }

    function _offerTreasury(address treasury_) private {
        requireAddress(treasury_);
        pendingTreasury = treasury_;
        emit TreasuryOffered(treasury_);
    }
}
