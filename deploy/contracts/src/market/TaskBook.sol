// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {AppRegistry} from "../AppRegistry.sol";
import {EpochClock} from "../EpochClock.sol";
import {Guard} from "../Guard.sol";
import {requireAddress} from "../Limits.sol";
import {Staking} from "../Staking.sol";
import {CodeStore} from "./CodeStore.sol";
import {MarketRules} from "./MarketRules.sol";

/// The tasks, their states and the ways out of them that several functions share.
abstract contract TaskBook is EpochClock, MarketRules, Guard {
    using SafeERC20 for IERC20;

    enum Status {
        None,
        Open,
        Accepted,
        Proven,
        Cancelled
    }

    /// `burnBps` and `rebateBps` are those of the time of posting, `approvalId` and `locked` those of acceptance.
    /// `publics` is the contract that holds the statement.
    struct Task {
        address user;
        uint64 deadline;
        Status status;
        uint16 burnBps;
        address app;
        uint64 approvalId;
        uint16 rebateBps;
        address miner;
        uint128 fee;
        uint128 locked;
        address publics;
    }

    IERC20 public immutable token;
    AppRegistry public immutable registry;
    Staking public immutable staking;

    mapping(uint256 taskId => Task) internal _tasks;
    /// Task that is open for, or has proven, a statement; 0 where there is none.
    mapping(address app => mapping(bytes32 publicsHash => uint256)) public taskOfStatement;
    uint256 public postCount;

    event TaskCancelled(uint256 indexed taskId);

    error AppNotUsable(address app);
    error FeeTooSmall(uint256 fee, uint256 least);
    error PublicsTooLong(uint256 size, uint256 limit);
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

    function _requireUndisputed(uint256 taskId) internal view virtual;

    /// Ends an acceptance: the task is open again and its miner's stake free.
    function _release(Task storage task) internal {
        (address miner, uint128 locked) = (task.miner, task.locked);
        task.status = Status.Open;
        task.miner = address(0);
        task.locked = 0;
        staking.unlock(task.app, miner, locked);
    }

    /// Closes an open task, frees its statement and returns the fee.
    function _refund(uint256 taskId, Task storage task) internal {
        task.status = Status.Cancelled;
        delete taskOfStatement[task.app][keccak256(CodeStore.read(task.publics))];
        emit TaskCancelled(taskId);
        token.safeTransfer(task.user, task.fee);
    }
}
