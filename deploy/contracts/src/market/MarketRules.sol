// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MAX_AMOUNT, AmountOutOfRange, requireAddress, requireAmount} from "../Limits.sol";
import {Owned} from "../Owned.sol";

/// What governance sets about tasks, as it is stored: fees, burn, rebate, the stake behind an acceptance, and who decides
/// disputes. `RuleChanges` changes it.
abstract contract MarketRules is Owned {
    /// What an acceptance locks of a miner's stake, and what a missed deadline costs it, in wei.
    struct Capacity {
        uint128 stake;
        uint128 missSlash;
    }

    /// What is in force and every task reads, in one slot with the number of the last task that was posted. The ids name
    /// what tasks keep of it; a `rebateId` of 0 is no rebate.
    struct Rules {
        uint16 burnBps;
        uint16 rebateId;
        uint16 capacityId;
        uint56 serial;
        uint128 capacityStake;
    }

    /// Share of the fee that returns to a user, and its effective stake in the app, in wei, from which it does.
    struct Rebate {
        uint16 bps;
        uint128 stake;
    }

    /// What holds for one app, in one slot: until when it stands still or takes no acceptances, in seconds since 1970 UTC,
    /// and its own least fee in wei.
    struct AppRules {
        uint64 haltedUntil;
        uint64 closedUntil;
        uint128 minFee;
    }

    uint256 public constant WHOLE_BPS = 10_000;
    /// Burn and rebate together may take half of a fee at most.
    uint16 public constant MAX_SHARE_BPS = 5_000;
    uint64 public constant MIN_DISPUTE_WINDOW = 1 hours;
    uint64 public constant MAX_DISPUTE_WINDOW = 60 days;
    /// Burned fees go where no key is known, which every token supports.
    address public constant BURN_SINK = 0x000000000000000000000000000000000000dEaD;

    Rules internal _rules;
    mapping(uint16 capacityId => Capacity) internal _capacities;
    mapping(uint16 rebateId => Rebate) internal _rebates;
    uint16 internal _rebateCount;
    mapping(uint8 scheme => uint256) internal _minFee;
    mapping(address app => AppRules) internal _apps;

    address internal _arbiter;
    uint128 internal _disputeBond;
    uint64 internal _disputeWindow;

    event CapacitySet(uint128 capacityStake, uint128 missSlash);
    event DisputeRulesSet(uint128 bond, uint64 window);
    event ArbiterSet(address indexed arbiter);

    error BadDisputeWindow(uint64 window, uint64 least, uint64 most);

    /// Everything in the one slot, read once.
    function _rulesNow() internal view returns (Rules memory rules) {
        Rules storage place = _rules;
        uint256 word;
        assembly ("memory-safe") {
            word := sload(place.slot)
        }
        (rules.burnBps, rules.rebateId) = (uint16(word), uint16(word >> 16));
        (rules.capacityId, rules.serial) = (uint16(word >> 32), uint56(word >> 48));
        rules.capacityStake = uint128(word >> 104);
    }

    function _rulesOf(address app) internal view returns (AppRules memory rules) {
        AppRules storage place = _apps[app];
        uint256 word;
        assembly ("memory-safe") {
            word := sload(place.slot)
        }
        (rules.haltedUntil, rules.closedUntil, rules.minFee) = (uint64(word), uint64(word >> 64), uint128(word >> 128));
    }

    function _leastFee(AppRules memory rules, uint8 scheme) internal view returns (uint256) {
        uint256 ofScheme = _minFee[scheme];
        return rules.minFee > ofScheme ? rules.minFee : ofScheme;
    }

    function _setCapacity(uint128 capacityStake_, uint128 missSlash_) internal {
        if (capacityStake_ > MAX_AMOUNT) revert AmountOutOfRange(capacityStake_, MAX_AMOUNT);
        if (missSlash_ == 0 || missSlash_ > capacityStake_) revert AmountOutOfRange(missSlash_, capacityStake_);
        uint16 id = _rules.capacityId + 1;
        (_rules.capacityId, _rules.capacityStake) = (id, capacityStake_);
        _capacities[id] = Capacity(capacityStake_, missSlash_);
        emit CapacitySet(capacityStake_, missSlash_);
    }

    function _setDisputeRules(uint128 bond, uint64 window) internal {
        requireAmount(bond);
        if (window < MIN_DISPUTE_WINDOW || window > MAX_DISPUTE_WINDOW) {
            revert BadDisputeWindow(window, MIN_DISPUTE_WINDOW, MAX_DISPUTE_WINDOW);
        }
        (_disputeBond, _disputeWindow) = (bond, window);
        emit DisputeRulesSet(bond, window);
    }

    function _setArbiter(address arbiter_) internal {
        requireAddress(arbiter_);
        _arbiter = arbiter_;
        emit ArbiterSet(arbiter_);
    }
}
