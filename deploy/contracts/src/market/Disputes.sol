// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MINER, USER} from "../Staking.sol";
import {TaskBook} from "./TaskBook.sol";

/// Quarrels about an accepted task: user or miner opens one with a bond, the DAO decides. Meanwhile the task can
/// still be proven, but neither taken over nor cancelled. A dispute that the DAO leaves alone lapses, so that
/// neither fee nor bond nor stake waits for ever.
abstract contract Disputes is TaskBook {
    using SafeERC20 for IERC20;

    enum Ruling {
        Neither,
        ForUser,
        ForMiner
    }

    struct Dispute {
        address opener;
        uint64 lapsesAt;
        uint128 bond;
        address miner;
    }

    mapping(uint256 taskId => Dispute) private _disputes;

    event DisputeOpened(uint256 indexed taskId, address indexed opener, uint256 bond, uint64 lapsesAt);
    event DisputeResolved(uint256 indexed taskId, Ruling ruling, uint256 slashed, address bondTo);

    error AlreadyDisputed(uint256 taskId);
    error NotDisputed(uint256 taskId);
    error NotAParty(uint256 taskId, address caller);
    error DisputeStillOpen(uint256 taskId, uint64 lapsesAt);
    error SlashAboveLock(uint256 amount, uint256 limit);

    /// Opens a dispute about an accepted task; the bond goes to the other side if the DAO rules for it.
    function openDispute(uint256 taskId) external nonReentrant {
        Task storage task = _taskIn(taskId);
        if (task.status != Status.Accepted) revert WrongStatus(taskId, task.status);
        if (msg.sender != task.user && msg.sender != task.miner) revert NotAParty(taskId, msg.sender);
        if (_disputes[taskId].opener != address(0)) revert AlreadyDisputed(taskId);
        uint64 lapsesAt = uint64(block.timestamp) + disputeWindow;
        _disputes[taskId] = Dispute(msg.sender, lapsesAt, disputeBond, task.miner);
        emit DisputeOpened(taskId, msg.sender, disputeBond, lapsesAt);
        token.safeTransferFrom(msg.sender, address(this), disputeBond);
    }

    /// Decides a dispute. The losing side is slashed up to what the task locked, to the other side: the miner of its
    /// stake in the app, the user of its own stake there, as far as there is one. An unproven task ends with a refund.
    function resolveDispute(uint256 taskId, Ruling ruling, uint128 slashAmount) external onlyOwner nonReentrant {
        _resolve(taskId, ruling, slashAmount);
    }

    /// Ends a dispute that was not decided in time, as if neither side was right; anyone may.
    function lapseDispute(uint256 taskId) external nonReentrant {
        Dispute storage dispute = _disputes[taskId];
        if (dispute.opener != address(0) && block.timestamp <= dispute.lapsesAt) {
            revert DisputeStillOpen(taskId, dispute.lapsesAt);
        }
        _resolve(taskId, Ruling.Neither, 0);
    }

    /// The open dispute about a task; zeros where there is none.
    function disputeOf(uint256 taskId) external view returns (Dispute memory) {
        return _disputes[taskId];
    }

    function _requireUndisputed(uint256 taskId) internal view override {
        if (_disputes[taskId].opener != address(0)) revert AlreadyDisputed(taskId);
    }

    function _resolve(uint256 taskId, Ruling ruling, uint128 slashAmount) private {
        Dispute memory dispute = _disputes[taskId];
        if (dispute.opener == address(0)) revert NotDisputed(taskId);
        Task storage task = _taskIn(taskId);
        if (slashAmount > task.locked) revert SlashAboveLock(slashAmount, task.locked);
        delete _disputes[taskId];
        uint256 slashed = ruling == Ruling.Neither ? 0 : _slashLoser(task, ruling, dispute.miner, slashAmount);
        address bondTo = _bondReceiver(task.user, dispute, ruling);
        emit DisputeResolved(taskId, ruling, slashed, bondTo);
        if (task.status == Status.Accepted) {
            _release(task);
            _refund(taskId, task);
        }
        token.safeTransfer(bondTo, dispute.bond);
    }

    function _slashLoser(Task storage task, Ruling ruling, address miner, uint128 amount) private returns (uint256) {
        if (amount == 0) return 0;
        (address app, address user) = (task.app, task.user);
        if (ruling == Ruling.ForUser) return staking.slash(app, miner, MINER, amount, user);
        return staking.slash(app, user, USER, amount, miner);
    }

    function _bondReceiver(address user, Dispute memory dispute, Ruling ruling) private pure returns (address) {
        if (ruling == Ruling.ForUser) return user;
        if (ruling == Ruling.ForMiner) return dispute.miner;
        return dispute.opener;
    }
}
