// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MAX_AMOUNT, AmountOutOfRange, requireAddress, requireAmount} from "../Limits.sol";
import {Owned} from "../Owned.sol";

/// What governance sets about tasks: fees, burn, rebate, the stake behind an acceptance, and who decides disputes.
abstract contract MarketRules is Owned {
    /// What an acceptance locks of a miner's stake, and what a missed deadline costs it, in wei.
    struct Capacity {
        uint128 stake;
        uint128 missSlash;
    }

    /// What is in force; the ids name what tasks keep of it.
    struct Now {
        uint16 burnBps;
        uint16 rebateBps;
        uint32 rebateId;
        uint32 capacityId;
    }

    uint256 public constant WHOLE_BPS = 10_000;
    /// Burn and rebate together may take half of a fee at most.
    uint16 public constant MAX_SHARE_BPS = 5_000;
    /// Part of its bond that the opener of a dispute loses where nobody decided it.
    uint16 public constant LAPSE_BURN_BPS = 1_000;
    uint64 public constant MIN_DISPUTE_WINDOW = 1 hours;
    uint64 public constant MAX_DISPUTE_WINDOW = 60 days;
    /// Burned fees go where no key is known, which every token supports.
    address public constant BURN_SINK = 0x000000000000000000000000000000000000dEaD;

    /// Least fee of a task in wei, by scheme; a fee of 0 is refused anyway.
    mapping(uint8 scheme => uint256) public minFee;
    /// Least fee of a task in wei, by app, where that is more.
    mapping(address app => uint256) public minFeeOfApp;
    Now internal _now;
    mapping(uint32 capacityId => Capacity) internal _capacities;
    /// Effective user stake in the app, in wei, from which a user gets a rebate.
    mapping(uint32 rebateId => uint128) internal _rebateStakes;

    /// Decides disputes, within what each has locked. Not the owner where that is slower than a dispute lasts.
    address public arbiter;
    /// Wei that opening a dispute takes, and seconds the arbiter has to decide it.
    uint128 public disputeBond;
    uint64 public disputeWindow;

    event MinFeeSet(uint8 indexed scheme, uint256 fee);
    event AppMinFeeSet(address indexed app, uint256 fee);
    event FeeSharesSet(uint16 burnBps, uint16 rebateBps, uint128 rebateStake);
    event CapacitySet(uint128 capacityStake, uint128 missSlash);
    event DisputeRulesSet(uint128 bond, uint64 window);
    event ArbiterSet(address indexed arbiter);

    error ShareTooLarge(uint256 shares, uint16 limit);
    error BadDisputeWindow(uint64 window, uint64 least, uint64 most);

    constructor(address arbiter_, Capacity memory capacity) {
        _setArbiter(arbiter_);
        _setCapacity(capacity.stake, capacity.missSlash);
        _setDisputeRules(capacity.stake, 7 days);
    }

    /// Applies to tasks posted and accepted from now on: an open task with a smaller fee finds no miner any more.
    function setMinFee(uint8 scheme, uint256 fee) external onlyOwner {
        requireAmount(fee);
        minFee[scheme] = fee;
        emit MinFeeSet(scheme, fee);
    }

    /// The same for one app, on top of its scheme's; 0 for none of its own.
    function setMinFeeOfApp(address app, uint256 fee) external onlyOwner {
        if (fee > MAX_AMOUNT) revert AmountOutOfRange(fee, MAX_AMOUNT);
        minFeeOfApp[app] = fee;
        emit AppMinFeeSet(app, fee);
    }

    /// Shares of every fee, in basis points. Open tasks keep the rebate of their posting; burned is what was in force when
    /// a task was posted or when it is accepted, whichever is more.
    function setFeeShares(uint16 burnBps_, uint16 rebateBps_, uint128 rebateStake_) external onlyOwner {
        uint256 shares = uint256(burnBps_) + rebateBps_;
        if (shares > MAX_SHARE_BPS) revert ShareTooLarge(shares, MAX_SHARE_BPS);
        uint32 id = _now.rebateId + 1;
        (_now.burnBps, _now.rebateBps, _now.rebateId) = (burnBps_, rebateBps_, id);
        _rebateStakes[id] = rebateStake_;
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

    function setArbiter(address arbiter_) external onlyOwner {
        _setArbiter(arbiter_);
    }

    /// Least fee of a task of an app under a scheme, in wei.
    function leastFee(address app, uint8 scheme) public view returns (uint256) {
        (uint256 ofScheme, uint256 ofApp) = (minFee[scheme], minFeeOfApp[app]);
        return ofApp > ofScheme ? ofApp : ofScheme;
    }

    /// Stake in wei that an acceptance locks now.
    function capacityStake() external view returns (uint128) {
        return _capacities[_now.capacityId].stake;
    }

    /// Wei that an acceptance made now costs where its deadline is missed, at most `capacityStake`.
    function missSlash() external view returns (uint128) {
        return _capacities[_now.capacityId].missSlash;
    }

    function burnBps() external view returns (uint16) {
        return _now.burnBps;
    }

    function rebateBps() external view returns (uint16) {
        return _now.rebateBps;
    }

    function rebateStake() external view returns (uint128) {
        return _rebateStakes[_now.rebateId];
    }

    function _setCapacity(uint128 capacityStake_, uint128 missSlash_) private {
        if (capacityStake_ > MAX_AMOUNT) revert AmountOutOfRange(capacityStake_, MAX_AMOUNT);
        if (missSlash_ == 0 || missSlash_ > capacityStake_) revert AmountOutOfRange(missSlash_, capacityStake_);
        _capacities[++_now.capacityId] = Capacity(capacityStake_, missSlash_);
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

    function _setArbiter(address arbiter_) private {
        requireAddress(arbiter_);
        arbiter = arbiter_;
        emit ArbiterSet(arbiter_);
    }
}
