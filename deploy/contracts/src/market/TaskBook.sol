// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {AppRegistry} from "../AppRegistry.sol";
import {EpochClock} from "../EpochClock.sol";
import {Guard} from "../Guard.sol";
import {requireAddress} from "../Limits.sol";
import {Staking} from "../Staking.sol";
import {AppPauses} from "./AppPauses.sol";
import {CodeStore} from "./CodeStore.sol";
import {MarketRules} from "./MarketRules.sol";

/// The tasks, their states and the ways out of them that several functions share.
abstract contract TaskBook is EpochClock, MarketRules, AppPauses, Guard {
    using SafeERC20 for IERC20;

    enum Status {
        None,
        Open,
        Accepted,
        Proven,
        Cancelled
    }

    /// `rebateBps` and `rebateId` are those of the time of posting, `approvalId` and `capacityId` those of acceptance,
    /// `burnBps` the greater of both. `missed` tells that something of a slash is kept for who proves the task. `publics`
    /// is the contract that holds the statement.
    struct Task {
        address user;
        uint64 deadline;
        Status status;
        bool missed;
        address app;
        uint16 burnBps;
        uint16 rebateBps;
        uint32 rebateId;
        address miner;
        uint64 approvalId;
        uint32 capacityId;
        uint96 fee;
        address publics;
    }

    IERC20 public immutable token;
    AppRegistry public immutable registry;
    Staking public immutable staking;

    mapping(uint256 taskId => Task) internal _tasks;
    /// Task that is accepted for, or has proven, a statement (hash of its publics) in a space of statements; 0 where there
    /// is none. A task that a ruling ended keeps its statement: what was shown to the arbiter may have been its proof.
    mapping(address space => mapping(bytes32 publicsHash => uint256)) public taskOfStatement;
    /// Wei of missed deadlines' slashes that wait for whoever proves the task.
    mapping(uint256 taskId => uint256) public keptFor;
    uint256 public postCount;

    event TaskCancelled(uint256 indexed taskId);
    event SlashSplit(uint256 indexed taskId, uint256 burned, uint256 kept);
    event SlashReleased(uint256 indexed taskId, address indexed to, uint256 amount);

    error AppNotUsable(address app);
    error FeeTooSmall(uint256 fee, uint256 least);
    error PublicsTooLong(uint256 size, uint256 limit);
    error InputsTooLong(uint256 size, uint256 limit);
    error TermsBelowBounds(uint256 taskId, uint256 pay, uint32 window, uint128 locked);
    error StatementTaken(address app, bytes32 publicsHash, uint256 taskId);
    error UnknownTask(uint256 taskId);
    error WrongStatus(uint256 taskId, Status status);
    error AlreadyAccepted(uint256 taskId, address miner);
    error NotTheMiner(uint256 taskId, address caller);
    error NotTheUser(uint256 taskId, address caller);
    error DeadlinePassed(uint256 taskId, uint64 deadline);
    error DeadlineNotPassed(uint256 taskId, uint64 deadline);
    error ProofRejected(address app, address verifier);

    constructor(IERC20 token_, AppRegistry registry_, Staking staking_) {
        requireAddress(address(token_));
        requireAddress(address(registry_));
        requireAddress(address(staking_));
        (token, registry, staking) = (token_, registry_, staking_);
    }

    /// A task with its state; `publics` is where the statement is kept.
    function taskOf(uint256 taskId) external view returns (Task memory) {
        return _tasks[taskId];
    }

    /// The statement of a task, as posted.
    function publicsOf(uint256 taskId) external view returns (bytes memory) {
        return CodeStore.read(_taskIn(taskId).publics);
    }

    function _taskIn(uint256 taskId) internal view returns (Task storage task) {
        task = _tasks[taskId];
        if (task.status == Status.None) revert UnknownTask(taskId);
    }

    /// Wei of its miner's stake that an accepted task locks; 0 in any other state.
    function lockedFor(uint256 taskId) public view returns (uint128) {
        Task storage task = _tasks[taskId];
        return task.status == Status.Accepted ? _capacities[task.capacityId].stake : 0;
    }

    function _requireUndisputed(uint256 taskId) internal view virtual;

    function _statementOf(Task storage task) internal view returns (bytes32) {
        return keccak256(CodeStore.read(task.publics));
    }

    function _unlock(Task storage task) internal {
        staking.unlock(task.app, task.miner, _capacities[task.capacityId].stake);
    }

    /// Ends an acceptance: the task is open again, its miner's stake and its statement are free.
    function _release(Task storage task) internal {
        _unlock(task);
        task.status = Status.Open;
        task.miner = address(0);
        delete taskOfStatement[registry.spaceOf(task.app)][_statementOf(task)];
    }

    /// Closes a task without a proof and returns the fee.
    function _refund(uint256 taskId, Task storage task) internal {
        task.status = Status.Cancelled;
        emit TaskCancelled(taskId);
        if (task.missed) _payKept(taskId, task, BURN_SINK);
        token.safeTransfer(task.user, task.fee);
    }

    /// Splits what a missed deadline cost: half is burned at once, so that a task nobody can prove earns nobody anything;
    /// the rest waits.
    function _split(uint256 taskId, Task storage task, uint256 slashed) internal {
        uint256 kept = slashed / 2;
        task.missed = true;
        keptFor[taskId] += kept;
        emit SlashSplit(taskId, slashed - kept, kept);
        token.safeTransfer(BURN_SINK, slashed - kept);
    }

    /// Pays what waits: to the miner whose proof shows that the task could be proven, else it is burned.
    function _payKept(uint256 taskId, Task storage task, address to) internal {
        uint256 kept = keptFor[taskId];
        task.missed = false;
        keptFor[taskId] = 0;
        emit SlashReleased(taskId, to, kept);
        if (kept > 0) token.safeTransfer(to, kept);
    }
}
