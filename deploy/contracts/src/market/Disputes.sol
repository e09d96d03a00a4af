// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MINER, USER} from "../Staking.sol";
import {TaskBook} from "./TaskBook.sol";

/// Quarrels about an accepted task: user or miner opens one with a bond, the arbiter decides. Meanwhile the task can
/// still be proven, but neither taken over nor cancelled. A dispute that nobody decides lapses and leaves the task as if
/// there had been none, so that neither fee nor bond nor stake waits for ever, and no deadline is escaped.
abstract contract Disputes is TaskBook {
    using SafeERC20 for IERC20;

    enum Ruling {
        Neither,
        ForUser,
        ForMiner
    }

    /// `serial` tells disputes apart, also those of one task; `held` is what is locked of the user's stake in the app.
    struct Dispute {
        address opener;
        uint64 lapsesAt;
        uint32 serial;
        uint128 bond;
        uint128 held;
        address miner;
    }

    /// Part of its bond that the opener of a dispute loses where nobody decided it.
    uint16 public constant LAPSE_BURN_BPS = 1_000;

    mapping(uint256 taskId => Dispute) private _disputes;
    uint32 public disputeCount;

    event DisputeOpened(uint256 indexed taskId, address indexed opener, uint32 serial, uint256 bond, uint64 lapsesAt);
    event DisputeResolved(uint256 indexed taskId, Ruling ruling, uint256 slashed, address bondTo);
    event DisputeLapsed(uint256 indexed taskId, address indexed opener, uint256 returned, uint256 burned);

    error NotDisputed(uint256 taskId);
    error NotAParty(uint256 taskId, address caller);
    error NotArbiter(address caller);
    error OtherDispute(uint256 taskId, uint32 serial);
    error DisputeStillOpen(uint256 taskId, uint64 lapsesAt);
    error SlashAboveLock(uint256 amount, uint256 limit);

    /// Opens a dispute about an accepted task, by its miner only up to the deadline; the bond goes to the other side if the
    /// arbiter rules for it. As much of the user's stake is locked as the miner has locked, as far as there is one.
    function openDispute(uint256 taskId) external nonReentrant {
        Work memory work = _workOf(taskId);
        if (work.status != Status.Accepted) revert WrongStatus(taskId, work.status);
        Taker memory taker = _takerOf(taskId);
        address user = _escrowOf(taskId).user;
        if (msg.sender != user && msg.sender != taker.miner) revert NotAParty(taskId, msg.sender);
        if (msg.sender == taker.miner && block.timestamp > taker.deadline) revert DeadlinePassed(taskId, taker.deadline);
        _requireUndisputed(taskId, work);
        work.flags |= DISPUTED;
        _keepWork(taskId, work);
        (uint64 lapsesAt, uint32 serial) = (uint64(block.timestamp) + _disputeWindow, ++disputeCount);
        uint128 held = staking.hold(work.app, user, _capacities[work.capacityId].stake);
        _disputes[taskId] = Dispute(msg.sender, lapsesAt, serial, _disputeBond, held, taker.miner);
        emit DisputeOpened(taskId, msg.sender, serial, _disputeBond, lapsesAt);
        token.safeTransferFrom(msg.sender, address(this), _disputeBond);
    }

    /// Decides the dispute `serial`. The losing side is slashed up to what it has locked, to the other side: the miner as
    /// long as it has not proven the task, the user of what the dispute holds. `Neither` returns the bond and ends nothing
    /// else; any other ruling ends an unproven task with a refund.
    function resolveDispute(uint256 taskId, uint32 serial, Ruling ruling, uint128 slashAmount) external nonReentrant {
        if (msg.sender != _arbiter) revert NotArbiter(msg.sender);
        Dispute memory dispute = _openDisputeOf(taskId);
        if (dispute.serial != serial) revert OtherDispute(taskId, dispute.serial);
        uint256 limit = _slashLimit(taskId, dispute, ruling);
        if (slashAmount > limit) revert SlashAboveLock(slashAmount, limit);
        (Work memory work, address user) = _close(taskId, dispute);
        uint256 slashed = slashAmount == 0 ? 0 : _slashLoser(work.app, user, dispute.miner, ruling, slashAmount);
        address bondTo = _bondReceiver(user, dispute, ruling);
        emit DisputeResolved(taskId, ruling, slashed, bondTo);
        if (ruling != Ruling.Neither && work.status == Status.Accepted) {
            _unlock(work, dispute.miner);
            _refund(taskId, work);
        }
        token.safeTransfer(bondTo, dispute.bond);
    }

    /// Ends a dispute that was not decided in time; anyone may. A part of the bond is burned, and the task goes on.
    function lapseDispute(uint256 taskId) external nonReentrant {
        Dispute memory dispute = _openDisputeOf(taskId);
        if (block.timestamp <= dispute.lapsesAt) revert DisputeStillOpen(taskId, dispute.lapsesAt);
        _close(taskId, dispute);
        uint256 burned = uint256(dispute.bond) * LAPSE_BURN_BPS / WHOLE_BPS;
        emit DisputeLapsed(taskId, dispute.opener, dispute.bond - burned, burned);
        if (burned > 0) token.safeTransfer(BURN_SINK, burned);
        token.safeTransfer(dispute.opener, dispute.bond - burned);
    }

    /// Wei of its miner's stake that an accepted task locks; 0 in any other state.
    function lockedFor(uint256 taskId) public view returns (uint128) {
        Work storage work = _tasks[taskId].work;
        return work.status == Status.Accepted ? _capacities[work.capacityId].stake : 0;
    }

    /// The open dispute about a task; zeros where there is none.
    function disputeOf(uint256 taskId) external view returns (Dispute memory) {
        return _disputes[taskId];
    }

    function _openDisputeOf(uint256 taskId) private view returns (Dispute memory dispute) {
        dispute = _disputes[taskId];
        if (dispute.opener == address(0)) revert NotDisputed(taskId);
    }

    function _close(uint256 taskId, Dispute memory dispute) private returns (Work memory work, address user) {
        delete _disputes[taskId];
        (work, user) = (_workOf(taskId), _escrowOf(taskId).user);
        work.flags &= ~DISPUTED;
        if (work.status == Status.Proven) _forget(taskId);
        else _keepWork(taskId, work);
        if (dispute.held > 0) staking.letGo(work.app, user, dispute.held);
    }

    /// What a ruling may take: a proven task's miner has nothing at stake for it any more.
    function _slashLimit(uint256 taskId, Dispute memory dispute, Ruling ruling) private view returns (uint256) {
        if (ruling == Ruling.ForUser) return lockedFor(taskId);
        return ruling == Ruling.ForMiner ? dispute.held : 0;
    }

    function _slashLoser(address app, address user, address miner, Ruling ruling, uint128 amount) private returns (uint256) {
        if (ruling == Ruling.ForUser) return staking.slash(app, miner, MINER, amount, user);
        return staking.slash(app, user, USER, amount, miner);
    }

    function _bondReceiver(address user, Dispute memory dispute, Ruling ruling) private pure returns (address) {
        if (ruling == Ruling.ForUser) return user;
        if (ruling == Ruling.ForMiner) return dispute.miner;
        return dispute.opener;
    }
}
