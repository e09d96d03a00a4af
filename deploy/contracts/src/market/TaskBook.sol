// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {AppRegistry} from "../AppRegistry.sol";
import {EpochClock} from "../EpochClock.sol";
import {Guard} from "../Guard.sol";
import {requireAddress} from "../Limits.sol";
import {MINER, Staking} from "../Staking.sol";
import {AppPauses} from "./AppPauses.sol";

/// The tasks, their states and the ways out of them that several functions share.
///
/// A task takes two slots when it is posted and one more while it has, or once it had, its statement. Its id is the number
/// of its statement's key (200 bits) and a serial that no other task of that statement has (56 bits); `publics` are not
/// stored: who proves the task gives them again, and the key tells whether they are the same.
abstract contract TaskBook is EpochClock, AppPauses, Guard {
    using SafeERC20 for IERC20;

    enum Status {
        None,
        Open,
        Accepted,
        Proven,
        Cancelled
    }

    /// Who pays, and wei that it has paid in. Both words of a task are forgotten once it is proven.
    struct Escrow {
        address user;
        uint96 fee;
    }

    /// `rebateId` is that of the time of posting, `approvalId` and `capacityId` those of acceptance, `burnBps` the greater
    /// of both.
    struct Work {
        address app;
        Status status;
        uint8 flags;
        uint16 burnBps;
        uint16 rebateId;
        uint16 capacityId;
        uint32 approvalId;
    }

    struct Task {
        Escrow escrow;
        Work work;
    }

    /// Which task has a statement, by its serial, and for whom; no miner where it is free. A task that a ruling ended
    /// keeps its statement: what was shown to the arbiter may have been its proof.
    struct Taker {
        address miner;
        uint56 serial;
        uint40 deadline;
    }

    /// What a user may ask for beyond the app's terms; zeros where it does not. A miner has `lockSeconds` from its acceptance
    /// on, and none accepts whose time would end after `finalAt`. `callback` is told the proof with `callbackGas`.
    struct Wishes {
        uint40 finalAt;
        uint32 lockSeconds;
        uint24 callbackGas;
        address callback;
    }

    /// A task as others see it.
    struct TaskView {
        address user;
        uint96 fee;
        address app;
        Status status;
        bool missed;
        bool disputed;
        uint16 burnBps;
        address miner;
        uint40 deadline;
        uint32 approvalId;
        Wishes wishes;
    }

    /// Something of a slash is kept for who proves the task.
    uint8 internal constant MISSED = 1;
    uint8 internal constant DISPUTED = 2;
    uint8 internal constant HAS_WISHES = 4;
    uint256 internal constant SERIAL_BITS = 56;

    IERC20 public immutable token;
    AppRegistry public immutable registry;
    Staking public immutable staking;

    mapping(uint256 taskId => Task) internal _tasks;
    mapping(uint256 key => Taker) internal _takers;
    mapping(uint256 taskId => Wishes) internal _wishes;
    /// Wei of missed deadlines' slashes that wait for whoever proves the task.
    mapping(uint256 taskId => uint256) internal _kept;
    /// Number of the block in which a commitment to a late proof was first made.
    mapping(bytes32 commitment => uint256) internal _committedIn;

    event TaskExpired(uint256 indexed taskId, address indexed miner, uint256 slashed);
    event TaskCancelled(uint256 indexed taskId);
    event SlashSplit(uint256 indexed taskId, uint256 burned, uint256 kept);
    event SlashReleased(uint256 indexed taskId, address indexed to, uint256 amount);

    error AppNotUsable(address app);
    error FeeTooSmall(uint256 fee, uint256 least);
    error StatementTaken(address app, uint256 taskId);
    error UnknownTask(uint256 taskId);
    error WrongStatus(uint256 taskId, Status status);
    error AlreadyDisputed(uint256 taskId);
    error NotTheUser(uint256 taskId, address caller);
    error DeadlinePassed(uint256 taskId, uint64 deadline);
    error DeadlineNotPassed(uint256 taskId, uint64 deadline);
    error FinalPassed(uint256 taskId, uint64 finalAt);

    constructor(IERC20 token_, AppRegistry registry_, Staking staking_) {
        requireAddress(address(token_));
        requireAddress(address(registry_));
        requireAddress(address(staking_));
        (token, registry, staking) = (token_, registry_, staking_);
    }

    function _keyOf(uint64 space, bytes32 publicsHash) internal view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), space, publicsHash))) >> SERIAL_BITS;
    }

    function _idOf(uint256 key, uint56 serial) internal pure returns (uint256) {
        return key << SERIAL_BITS | serial;
    }

    // Slots are read and written whole below, once each: the compiler goes field by field.

    function _takerOf(uint256 taskId) internal view returns (Taker memory) {
        return _takerAt(taskId >> SERIAL_BITS);
    }

    function _takerAt(uint256 key) internal view returns (Taker memory) {
        Taker storage place = _takers[key];
        uint256 word;
        assembly ("memory-safe") {
            word := sload(place.slot)
        }
        return Taker(address(uint160(word)), uint56(word >> 160), uint40(word >> 216));
    }

    function _give(uint256 taskId, address miner, uint40 deadline) internal {
        Taker storage place = _takers[taskId >> SERIAL_BITS];
        uint256 word = uint160(miner) | uint256(uint56(taskId)) << 160 | uint256(deadline) << 216;
        assembly ("memory-safe") {
            sstore(place.slot, word)
        }
    }

    /// Of a proven task nothing is left but that it has its statement.
    function _statusOf(uint256 taskId) internal view returns (Status status) {
        status = _tasks[taskId].work.status;
        if (status != Status.None) return status;
        Taker memory taker = _takerOf(taskId);
        return taker.miner != address(0) && taker.serial == uint56(taskId) ? Status.Proven : Status.None;
    }

    /// Whether a task was posted or locked and is not proven.
    function _isKnown(uint256 taskId) internal view returns (bool) {
        return _tasks[taskId].work.status != Status.None;
    }

    function _forget(uint256 taskId) internal {
        _keepEscrow(taskId, address(0), 0);
        Work storage place = _tasks[taskId].work;
        assembly ("memory-safe") {
            sstore(place.slot, 0)
        }
    }

    function _workOf(uint256 taskId) internal view returns (Work memory work) {
        Work storage place = _tasks[taskId].work;
        uint256 word;
        assembly ("memory-safe") {
            word := sload(place.slot)
        }
        if (word == 0) {
            work.status = _statusOf(taskId);
            if (work.status == Status.None) revert UnknownTask(taskId);
            return work;
        }
        (work.app, work.status, work.flags) = (address(uint160(word)), Status(uint8(word >> 160)), uint8(word >> 168));
        (work.burnBps, work.rebateId) = (uint16(word >> 176), uint16(word >> 192));
        (work.capacityId, work.approvalId) = (uint16(word >> 208), uint32(word >> 224));
    }

    function _keepWork(uint256 taskId, Work memory work) internal {
        Work storage place = _tasks[taskId].work;
        uint256 word = uint160(work.app) | uint256(work.status) << 160 | uint256(work.flags) << 168;
        word |= uint256(work.burnBps) << 176 | uint256(work.rebateId) << 192;
        word |= uint256(work.capacityId) << 208 | uint256(work.approvalId) << 224;
        assembly ("memory-safe") {
            sstore(place.slot, word)
        }
    }

    function _escrowOf(uint256 taskId) internal view returns (Escrow memory) {
        Escrow storage place = _tasks[taskId].escrow;
        uint256 word;
        assembly ("memory-safe") {
            word := sload(place.slot)
        }
        return Escrow(address(uint160(word)), uint96(word >> 160));
    }

    function _keepEscrow(uint256 taskId, address user, uint256 fee) internal {
        Escrow storage place = _tasks[taskId].escrow;
        uint256 word = uint160(user) | fee << 160;
        assembly ("memory-safe") {
            sstore(place.slot, word)
        }
    }

    function _requireUndisputed(uint256 taskId, Work memory work) internal pure {
        if (work.flags & DISPUTED != 0) revert AlreadyDisputed(taskId);
    }

    function _requireFee(AppRules memory rules, uint8 scheme, uint256 fee) internal view {
        uint256 least = _leastFee(rules, scheme);
        if (fee < least) revert FeeTooSmall(fee, least);
    }

    function _requireFree(address app, uint256 key) internal view {
        Taker memory taker = _takerAt(key);
        if (taker.miner != address(0)) revert StatementTaken(app, _idOf(key, taker.serial));
    }

    /// Seconds that a miner has, by the task's wishes or the approval.
    function _windowOf(uint256 taskId, Work memory work, uint32 approved) internal view returns (uint32) {
        if (work.flags & HAS_WISHES == 0) return approved;
        uint32 wished = _wishes[taskId].lockSeconds;
        return wished == 0 ? approved : wished;
    }

    /// Whether a task is past its final deadline: nobody may accept it any more.
    function _isFinal(uint256 taskId, Work memory work) internal view returns (bool) {
        if (work.flags & HAS_WISHES == 0) return false;
        uint40 finalAt = _wishes[taskId].finalAt;
        return finalAt != 0 && block.timestamp > finalAt;
    }

    /// Worked example: fee 1000, burn 200 bps, rebate 100 bps: 20 are burned, 10 return, the miner gets 970. Where the burn
    /// was raised since the posting and both are too much, the rebate gives way.
    function _shares(Work memory work, uint256 fee)
        internal
        view
        returns (uint256 toMiner, uint256 burned, uint256 rebated)
    {
        burned = fee * work.burnBps / WHOLE_BPS;
        if (work.rebateId != 0) {
            uint256 bps = _rebates[work.rebateId].bps;
            uint256 left = MAX_SHARE_BPS - work.burnBps;
            rebated = fee * (bps < left ? bps : left) / WHOLE_BPS;
        }
        toMiner = fee - burned - rebated;
    }

    function _unlock(Work memory work, address miner) internal {
        staking.unlock(work.app, miner, _capacities[work.capacityId].stake);
    }

    /// Ends an acceptance whose deadline was missed, or whose proof would not be taken now. The miner is slashed only where
    /// nothing but itself kept it from proving in time.
    function _expire(uint256 taskId, Work memory work) internal {
        _requireUndisputed(taskId, work);
        Taker memory taker = _takerOf(taskId);
        bool isLate = block.timestamp > taker.deadline;
        bool couldProve = _wouldTake(taskId, work, taker.deadline, isLate);
        if (couldProve && !isLate) revert DeadlineNotPassed(taskId, taker.deadline);
        delete _takers[taskId >> SERIAL_BITS];
        work.status = Status.Open;
        _unlock(work, taker.miner);
        uint256 slashed = 0;
        if (couldProve) {
            slashed = staking.slash(work.app, taker.miner, MINER, _capacities[work.capacityId].missSlash, address(this));
        }
        if (slashed > 0) work.flags |= MISSED;
        _keepWork(taskId, work);
        emit TaskExpired(taskId, taker.miner, slashed);
        if (slashed > 0) _split(taskId, slashed);
    }

    /// Whether a right proof of an accepted task would be taken now, or would have been at its deadline: its app usable and
    /// not halted, its verifier the same, its fee enough. After the deadline no halt may have touched the miner's time.
    function _wouldTake(uint256 taskId, Work memory work, uint40 deadline, bool isLate) private view returns (bool) {
        AppRegistry.Approval memory agreed = registry.approval(work.approvalId);
        uint256 clearSince = isLate ? deadline - _windowOf(taskId, work, agreed.proveWindow) : block.timestamp;
        AppRules memory rules = _rulesOf(work.app);
        if (rules.haltedUntil > clearSince || agreed.verifier.codehash != agreed.codeHash) return false;
        AppRegistry.Terms memory terms = registry.termsAt(work.app, isLate ? _epochAt(deadline) : currentEpoch());
        if (terms.id == work.approvalId) return true;
        if (terms.id == 0 || registry.approval(terms.id).verifier != agreed.verifier) return false;
        return _escrowOf(taskId).fee >= _leastFee(rules, terms.scheme);
    }

    /// Closes a task without a proof and returns the fee.
    function _refund(uint256 taskId, Work memory work) internal {
        Escrow memory escrow = _escrowOf(taskId);
        bool isMissed = work.flags & MISSED != 0;
        (work.status, work.flags) = (Status.Cancelled, work.flags & ~MISSED);
        _keepWork(taskId, work);
        _keepEscrow(taskId, address(0), 0);
        emit TaskCancelled(taskId);
        if (isMissed) _payKept(taskId, BURN_SINK);
        token.safeTransfer(escrow.user, escrow.fee);
    }

    /// Pays what waits: to the miner whose proof shows that the task could be proven, else it is burned.
    function _payKept(uint256 taskId, address to) internal {
        uint256 kept = _kept[taskId];
        delete _kept[taskId];
        emit SlashReleased(taskId, to, kept);
        if (kept > 0) token.safeTransfer(to, kept);
    }

    /// Splits what a missed deadline cost: half is burned at once, so that a task nobody can prove earns nobody anything;
    /// the rest waits.
    function _split(uint256 taskId, uint256 slashed) private {
        uint256 kept = slashed / 2;
        _kept[taskId] += kept;
        emit SlashSplit(taskId, slashed - kept, kept);
        token.safeTransfer(BURN_SINK, slashed - kept);
    }
}
