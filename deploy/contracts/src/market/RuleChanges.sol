// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MAX_AMOUNT, AmountOutOfRange, requireAmount} from "../Limits.sol";
import {MarketRules} from "./MarketRules.sol";

/// The owner's word about the market's rules, and what they are.
abstract contract RuleChanges is MarketRules {
    event MinFeeSet(uint8 indexed scheme, uint256 fee);
    event AppMinFeeSet(address indexed app, uint256 fee);
    event FeeSharesSet(uint16 burnBps, uint16 rebateBps, uint128 rebateStake);

    error ShareTooLarge(uint256 shares, uint16 limit);

    /// Applies to tasks posted and accepted from now on: an open task with a smaller fee finds no miner any more.
    function setMinFee(uint8 scheme, uint256 fee) external onlyOwner {
        requireAmount(fee);
        _minFee[scheme] = fee;
        emit MinFeeSet(scheme, fee);
    }

    /// The same for one app, on top of its scheme's; 0 for none of its own.
    function setMinFeeOfApp(address app, uint256 fee) external onlyOwner {
        if (fee > MAX_AMOUNT) revert AmountOutOfRange(fee, MAX_AMOUNT);
        _apps[app].minFee = uint128(fee);
        emit AppMinFeeSet(app, fee);
    }

    /// Shares of every fee, in basis points. Open tasks keep the rebate of their posting; burned is what was in force when
    /// a task was posted or when it is accepted, whichever is more.
    function setFeeShares(uint16 burnBps_, uint16 rebateBps_, uint128 rebateStake_) external onlyOwner {
        uint256 shares = uint256(burnBps_) + rebateBps_;
        if (shares > MAX_SHARE_BPS) revert ShareTooLarge(shares, MAX_SHARE_BPS);
        uint16 id = 0;
        if (rebateBps_ > 0) {
            id = ++_rebateCount;
            _rebates[id] = Rebate(rebateBps_, rebateStake_);
        }
        (_rules.burnBps, _rules.rebateId) = (burnBps_, id);
        emit FeeSharesSet(burnBps_, rebateBps_, rebateStake_);
    }

    /// Applies to acceptances from now on; open ones keep what they locked and risk.
    function setCapacity(uint128 capacityStake_, uint128 missSlash_) external onlyOwner {
        _setCapacity(capacityStake_, missSlash_);
    }

    /// Applies to disputes opened from now on.
    function setDisputeRules(uint128 bond, uint64 window) external onlyOwner {
        _setDisputeRules(bond, window);
    }

    /// Decides disputes, within what each has locked. Not the owner where that is slower than a dispute lasts.
    function setArbiter(address arbiter_) external onlyOwner {
        _setArbiter(arbiter_);
    }

    /// Least fee of a task of an app under a scheme, in wei; a fee of 0 is refused anyway.
    function leastFee(address app, uint8 scheme) external view returns (uint256) {
        return _leastFee(_rulesOf(app), scheme);
    }

    function minFee(uint8 scheme) external view returns (uint256) {
        return _minFee[scheme];
    }

    function minFeeOfApp(address app) external view returns (uint256) {
        return _apps[app].minFee;
    }

    /// Stake in wei that an acceptance locks now.
    function capacityStake() external view returns (uint128) {
        return _rules.capacityStake;
    }

    /// Wei that an acceptance made now costs where its deadline is missed, at most `capacityStake`.
    function missSlash() external view returns (uint128) {
        return _capacities[_rules.capacityId].missSlash;
    }

    function burnBps() external view returns (uint16) {
        return _rules.burnBps;
    }

    function rebateBps() external view returns (uint16) {
        return _rebates[_rules.rebateId].bps;
    }

    /// Effective user stake in the app, in wei, from which a user gets a rebate.
    function rebateStake() external view returns (uint128) {
        return _rebates[_rules.rebateId].stake;
    }

    function arbiter() external view returns (address) {
        return _arbiter;
    }

    /// Wei that opening a dispute takes.
    function disputeBond() external view returns (uint128) {
        return _disputeBond;
    }

    /// Seconds the arbiter has to decide a dispute.
    function disputeWindow() external view returns (uint64) {
        return _disputeWindow;
    }
}
