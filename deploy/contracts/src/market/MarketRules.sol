// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {MAX_AMOUNT, AmountOutOfRange, requireAmount} from "../Limits.sol";

/// What governance sets about tasks: fees, burn, rebate, and the stake behind an acceptance.
abstract contract MarketRules is Ownable2Step {
    uint256 public constant WHOLE_BPS = 10_000;
    /// Burn and rebate together may take half of a fee at most.
    uint16 public constant MAX_SHARE_BPS = 5_000;
    uint64 public constant MIN_DISPUTE_WINDOW = 1 hours;
    uint64 public constant MAX_DISPUTE_WINDOW = 60 days;
    /// Burned fees go where no key is known, which every token supports.
    address public constant BURN_SINK = 0x000000000000000000000000000000000000dEaD;

    /// Least fee of a task in wei, by scheme; a fee of 0 is refused anyway.
    mapping(uint8 scheme => uint256) public minFee;
    /// Stake in wei that each open acceptance locks.
    uint128 public capacityStake;
    /// Wei slashed for a missed deadline, at most `capacityStake`.
    uint128 public missSlash;
    /// Effective user stake in the app, in wei, from which a user gets a rebate.
    uint128 public rebateStake;
    uint16 public burnBps;
    uint16 public rebateBps;

    /// Wei that opening a dispute takes, and seconds the DAO has to decide it.
    uint128 public disputeBond;
    uint64 public disputeWindow;

    event MinFeeSet(uint8 indexed scheme, uint256 fee);
    event FeeSharesSet(uint16 burnBps, uint16 rebateBps, uint128 rebateStake);
    event CapacitySet(uint128 capacityStake, uint128 missSlash);
    event DisputeRulesSet(uint128 bond, uint64 window);

    error ShareTooLarge(uint256 shares, uint16 limit);
    error BadDisputeWindow(uint64 window, uint64 least, uint64 most);

    constructor(uint128 capacityStake_, uint128 missSlash_) {
        _setCapacity(capacityStake_, missSlash_);
        _setDisputeRules(capacityStake_, 7 days);
    }

    function setMinFee(uint8 scheme, uint256 fee) external onlyOwner {
        requireAmount(fee);
        minFee[scheme] = fee;
        emit MinFeeSet(scheme, fee);
    }

    /// Shares of every fee posted from now on, in basis points; open tasks keep theirs.
    function setFeeShares(uint16 burnBps_, uint16 rebateBps_, uint128 rebateStake_) external onlyOwner {
        uint256 shares = uint256(burnBps_) + rebateBps_;
        if (shares > MAX_SHARE_BPS) revert ShareTooLarge(shares, MAX_SHARE_BPS);
        (burnBps, rebateBps, rebateStake) = (burnBps_, rebateBps_, rebateStake_);
        emit FeeSharesSet(burnBps_, rebateBps_, rebateStake_);
    }

    /// Applies to acceptances from now on; open ones keep what they locked.
    function setCapacity(uint128 capacityStake_, uint128 missSlash_) external onlyOwner {
        _setCapacity(capacityStake_, missSlash_);
    }

    /// Applies to disputes opened from now on.
    function setDisputeRules(uint128 bond, uint64 window) external onlyOwner {
        _setDisputeRules(bond, window);
    }

    function _setCapacity(uint128 capacityStake_, uint128 missSlash_) private {
        if (capacityStake_ > MAX_AMOUNT) revert AmountOutOfRange(capacityStake_, MAX_AMOUNT);
        if (missSlash_ == 0 || missSlash_ > capacityStake_) revert AmountOutOfRange(missSlash_, capacityStake_);
        (capacityStake, missSlash) = (capacityStake_, missSlash_);
        emit CapacitySet(capacityStake_, missSlash_);
    }

    function _setDisputeRules(uint128 bond, uint64 window) private {
        requireAmount(bond);
        if (window < MIN_DISPUTE_WINDOW || window > MAX_DISPUTE_WINDOW) {
            revert BadDisputeWindow(window, MIN_DISPUTE_WINDOW, MAX_DISPUTE_WINDOW);
        }
        (disputeBond, disputeWindow) = (bond, window);
        emit DisputeRulesSet(bond, window);
    }
}
