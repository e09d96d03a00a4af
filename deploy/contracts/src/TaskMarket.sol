// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {AppRegistry} from "./AppRegistry.sol";
import {Clock, EpochClock} from "./EpochClock.sol";
import {MINER, Staking, USER} from "./Staking.sol";
import {AmountOutOfRange} from "./Limits.sol";
import {TimedPause} from "./TimedPause.sol";
import {CodeStore} from "./market/CodeStore.sol";
import {MarketRules} from "./market/MarketRules.sol";
import {Disputes} from "./market/Disputes.sol";
import {TaskBook} from "./market/TaskBook.sol";
import {IVerifier} from "./verifiers/IVerifier.sol";

/// Who does what about a market from its deployment on.
struct Roles {
    address owner;
    address arbiter;
    address pauser;
}

/// Proving tasks with an escrowed fee. One miner at a time may work on a task; a proof is checked here and
/// pays it at once.
contract TaskMarket is Disputes {
    using SafeERC20 for IERC20;

    /// Greatest fee of a task: 7.9 x 10^28 wei, which share a storage slot with an address.
    uint256 public constant MAX_FEE = type(uint96).max;
    uint256 public constant MAX_PUBLICS_BYTES = 8192;
    /// Inputs are kept by every oracle; larger ones are posted as a hash and where they are found.
    uint256 public constant MAX_INPUTS_BYTES = 16384;
    uint8 private constant ZKVM = 2;

    event TaskPosted(uint256 indexed taskId, address indexed app, address indexed user, uint256 fee, bytes inputs, bytes publics);
    event TaskAccepted(uint256 indexed taskId, address indexed miner, uint64 deadline);
    event TaskExpired(uint256 indexed taskId, address indexed miner, uint256 slashed);
    event ProofVerified(uint256 indexed taskId, address indexed app, address indexed miner, address user, uint8 scheme, uint64 gates, uint64 epoch);
    event FeePaid(uint256 indexed taskId, uint256 toMiner, uint256 burned, uint256 rebated);

    constructor(
        Clock memory clock,
        Roles memory roles,
        IERC20 token_,
        AppRegistry registry_,
        Staking staking_,
        Capacity memory capacity
    )
        EpochClock(clock)
        Ownable(roles.owner)
        TimedPause(roles.pauser)
        TaskBook(token_, registry_, staking_)
        MarketRules(roles.arbiter, capacity)
    {}

    /// Posts a task and escrows its fee in wei. A statement, that is `publics` in the app's space of statements, can be
    /// accepted once at a time and proven once ever; open tasks for it take nothing from each other.
    function postTask(address app, uint256 fee, bytes calldata inputs, bytes calldata publics)
        external
        nonReentrant
        returns (uint256 taskId)
    {
        if (fee == 0 || fee > MAX_FEE) revert AmountOutOfRange(fee, MAX_FEE);
        if (inputs.length > MAX_INPUTS_BYTES) revert InputsTooLong(inputs.length, MAX_INPUTS_BYTES);
        if (publics.length > MAX_PUBLICS_BYTES) revert PublicsTooLong(publics.length, MAX_PUBLICS_BYTES);
        bytes32 statement = keccak256(publics);
        _requirePostable(app, fee, statement);
        taskId = uint256(keccak256(abi.encode(block.chainid, address(this), app, msg.sender, statement, ++postCount)));
        Now memory rules = _now;
        _tasks[taskId] = Task({
            user: msg.sender,
            deadline: 0,
            status: Status.Open,
            missed: false,
            app: app,
            burnBps: rules.burnBps,
            rebateBps: rules.rebateBps,
            rebateId: rules.rebateId,
            miner: address(0),
            approvalId: 0,
            capacityId: 0,
            fee: uint96(fee),
            publics: CodeStore.write(publics)
        });
        emit TaskPosted(taskId, app, msg.sender, fee, inputs, publics);
        token.safeTransferFrom(msg.sender, address(this), fee);
    }

    /// Takes an open task, or one whose miner missed its deadline: that miner is slashed. First come, first
    /// served, for miners whose stake covers all they have open.
    /// @param leastPay wei of the fee that the miner must be left with, should the user get its rebate
    /// @param leastWindow seconds that it must have for the proof
    /// @param mostLocked wei of its stake that may be locked for it; no miss or ruling about this task takes more
    function acceptTask(uint256 taskId, uint256 leastPay, uint32 leastWindow, uint128 mostLocked) external nonReentrant {
        Task storage task = _taskIn(taskId);
        _requireUndisputed(taskId);
        if (task.status == Status.Accepted) {
            if (task.miner == msg.sender) revert AlreadyAccepted(taskId, msg.sender);
            _expire(taskId, task);
        }
        if (task.status != Status.Open) revert WrongStatus(taskId, task.status);
        _requireRunning(haltFlag(task.app));
        _requireRunning(acceptanceFlag(task.app));
        uint32 window = _agree(taskId, task);
        uint128 locked = _capacities[task.capacityId].stake;
        (uint256 pay,,) = _shares(task);
        if (pay < leastPay || window < leastWindow || locked > mostLocked) {
            revert TermsBelowBounds(taskId, pay, window, locked);
        }
        emit TaskAccepted(taskId, msg.sender, task.deadline);
        staking.lock(task.app, msg.sender, locked);
    }

    /// Submits the proof of a task this caller has accepted, in time and while the app is approved and not halted.
    function submitProof(uint256 taskId, bytes calldata proof) external nonReentrant {
        _requireAfterGenesis();
        Task storage task = _taskIn(taskId);
        if (task.status != Status.Accepted) revert WrongStatus(taskId, task.status);
        if (task.miner != msg.sender) revert NotTheMiner(taskId, msg.sender);
        if (block.timestamp > task.deadline) revert DeadlinePassed(taskId, task.deadline);
        address app = task.app;
        _requireRunning(haltFlag(app));
        (uint8 scheme, uint64 gates) = _verify(task, proof);
        task.status = Status.Proven;
        emit ProofVerified(taskId, app, msg.sender, task.user, scheme, gates, currentEpoch());
        _unlock(task);
        if (task.missed) _payKept(taskId, task, msg.sender);
        _payFee(taskId, task);
    }

    /// Refunds a task that nobody works on, whose deadline was missed or whose app is halted or can no longer be proven.
    function cancelTask(uint256 taskId) external nonReentrant {
        Task storage task = _taskIn(taskId);
        if (task.user != msg.sender) revert NotTheUser(taskId, msg.sender);
        _requireUndisputed(taskId);
        if (task.status == Status.Accepted) _expire(taskId, task);
        if (task.status != Status.Open) revert WrongStatus(taskId, task.status);
        _refund(taskId, task);
    }

    /// Opens a task again whose miner missed the deadline, or whose app is halted or can no longer be proven; anyone may.
    function expireTask(uint256 taskId) external nonReentrant {
        Task storage task = _taskIn(taskId);
        _requireUndisputed(taskId);
        if (task.status != Status.Accepted) revert WrongStatus(taskId, task.status);
        _expire(taskId, task);
    }

    function _requirePostable(address app, uint256 fee, bytes32 statement) private view {
        (uint64 approvalId, uint8 scheme,,,, address space) = registry.usableApproval(app);
        if (approvalId == 0) revert AppNotUsable(app);
        _requireFee(app, scheme, fee);
        _requireFree(app, space, statement);
    }

    function _requireFee(address app, uint8 scheme, uint256 fee) private view {
        uint256 least = leastFee(app, scheme);
        if (fee < least) revert FeeTooSmall(fee, least);
    }

    function _requireFree(address app, address space, bytes32 statement) private view {
        uint256 other = taskOfStatement[space][statement];
        if (other != 0) revert StatementTaken(app, statement, other);
    }

    /// Makes the caller the task's miner, by the terms and rules in force now.
    function _agree(uint256 taskId, Task storage task) private returns (uint32 window) {
        address app = task.app;
        uint64 approvalId;
        uint8 scheme;
        address space;
        (approvalId, scheme,,, window, space) = registry.usableApproval(app);
        if (approvalId == 0) revert AppNotUsable(app);
        _requireFee(app, scheme, task.fee);
        bytes32 statement = _statementOf(task);
        _requireFree(app, space, statement);
        taskOfStatement[space][statement] = taskId;
        Now memory rules = _now;
        task.status = Status.Accepted;
        task.deadline = uint64(block.timestamp) + window;
        if (task.burnBps < rules.burnBps) _burnMore(task, rules.burnBps);
        (task.miner, task.approvalId, task.capacityId) = (msg.sender, approvalId, rules.capacityId);
    }

    /// What was raised since the posting holds; the rebate gives way where both were too much.
    function _burnMore(Task storage task, uint16 burned) private {
        task.burnBps = burned;
        if (task.rebateBps > MAX_SHARE_BPS - burned) task.rebateBps = MAX_SHARE_BPS - burned;
    }

    /// Ends an acceptance whose deadline was missed, or whose proof would not be taken now. The miner is slashed only where
    /// nothing but itself kept it from proving in time.
    function _expire(uint256 taskId, Task storage task) private {
        bool isLate = block.timestamp > task.deadline;
        bool couldProve = _wouldTake(task, isLate);
        if (couldProve && !isLate) revert DeadlineNotPassed(taskId, task.deadline);
        (address app, address miner) = (task.app, task.miner);
        _release(task);
        uint256 slashed = 0;
        if (couldProve) slashed = staking.slash(app, miner, MINER, _capacities[task.capacityId].missSlash, address(this));
        emit TaskExpired(taskId, miner, slashed);
        if (slashed > 0) _split(taskId, task, slashed);
    }

    /// Whether a right proof of an accepted task would be taken now, or would have been at its deadline: its app usable and
    /// not halted, its verifier the same, its fee enough. After the deadline no halt may have touched the miner's time.
    function _wouldTake(Task storage task, bool isLate) private view returns (bool) {
        (address app, uint64 deadline) = (task.app, task.deadline);
        AppRegistry.Approval memory agreed = registry.approval(task.approvalId);
        uint256 clearSince = isLate ? deadline - agreed.proveWindow : block.timestamp;
        if (pausedUntil(haltFlag(app)) > clearSince || agreed.verifier.codehash != agreed.codeHash) return false;
        uint64 approvalId = registry.approvalIdAt(app, isLate ? _epochAt(deadline) : currentEpoch());
        if (approvalId == task.approvalId) return true;
        AppRegistry.Approval memory found = registry.approval(approvalId);
        return approvalId != 0 && found.verifier == agreed.verifier && task.fee >= leastFee(app, found.scheme);
    }

    /// Fixed circuits count the approved gates; a zkVM's run counts what was measured, capped by the approval. A task that
    /// was accepted under other terms must also have the fee that these ask for.
    function _verify(Task storage task, bytes calldata proof) private view returns (uint8, uint64) {
        address app = task.app;
        (uint64 approvalId, uint8 scheme, uint64 gates, address verifier,,) = registry.usableApproval(app);
        if (approvalId == 0) revert AppNotUsable(app);
        if (approvalId != task.approvalId) _requireFee(app, scheme, task.fee);
        (bool valid, uint64 measured) = IVerifier(verifier).verify(CodeStore.read(task.publics), proof);
        if (!valid) revert ProofRejected(app, verifier);
        if (scheme != ZKVM) return (scheme, gates);
        if (measured == 0) revert ProofRejected(app, verifier);
        return (scheme, measured < gates ? measured : gates);
    }

    /// Worked example: fee 1000, burn 200 bps, rebate 100 bps: 20 are burned, 10 return, the miner gets 970.
    function _shares(Task storage task) private view returns (uint256 toMiner, uint256 burned, uint256 rebated) {
        uint256 fee = task.fee;
        burned = fee * task.burnBps / WHOLE_BPS;
        rebated = fee * task.rebateBps / WHOLE_BPS;
        toMiner = fee - burned - rebated;
    }

    function _payFee(uint256 taskId, Task storage task) private {
        (uint256 toMiner, uint256 burned, uint256 rebated) = _shares(task);
        if (rebated > 0 && staking.effectiveStake(task.app, task.user, USER) < _rebateStakes[task.rebateId]) {
            (toMiner, rebated) = (toMiner + rebated, 0);
        }
        emit FeePaid(taskId, toMiner, burned, rebated);
        if (burned > 0) token.safeTransfer(BURN_SINK, burned);
        if (rebated > 0) token.safeTransfer(task.user, rebated);
        token.safeTransfer(task.miner, toMiner);
    }
}
