// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {AppRegistry} from "./AppRegistry.sol";
import {Clock, EpochClock} from "./EpochClock.sol";
import {MINER, Staking, USER} from "./Staking.sol";
import {requireAmount} from "./Limits.sol";
import {CodeStore} from "./market/CodeStore.sol";
import {MarketRules} from "./market/MarketRules.sol";
import {Disputes} from "./market/Disputes.sol";
import {TaskBook} from "./market/TaskBook.sol";
import {IVerifier} from "./verifiers/IVerifier.sol";

/// Proving tasks with an escrowed fee. One miner at a time may work on a task; a proof is checked here and
/// pays it at once.
contract TaskMarket is Disputes {
    using SafeERC20 for IERC20;

    uint256 public constant MAX_PUBLICS_BYTES = 8192;
    uint8 private constant ZKVM = 2;

    event TaskPosted(uint256 indexed taskId, address indexed app, address indexed user, uint256 fee, bytes inputs, bytes publics);
    event TaskAccepted(uint256 indexed taskId, address indexed miner, uint64 deadline);
    event TaskExpired(uint256 indexed taskId, address indexed miner, uint256 slashed);
    event ProofVerified(uint256 indexed taskId, address indexed app, address indexed miner, address user, uint8 scheme, uint64 gates, uint64 epoch);
    event FeePaid(uint256 indexed taskId, uint256 toMiner, uint256 burned, uint256 rebated);

    constructor(
        Clock memory clock,
        address owner_,
        IERC20 token_,
        AppRegistry registry_,
        Staking staking_,
        uint128 capacityStake_,
        uint128 missSlash_
    )
        EpochClock(clock)
        Ownable(owner_)
        TaskBook(token_, registry_, staking_)
        MarketRules(capacityStake_, missSlash_)
    {}

    /// Posts a task and escrows its fee in wei. A statement, that is (app, publics), can be open once at a time
    /// and proven once ever.
    function postTask(address app, uint256 fee, bytes calldata inputs, bytes calldata publics)
        external
        nonReentrant
        returns (uint256 taskId)
    {
        requireAmount(fee);
        if (publics.length > MAX_PUBLICS_BYTES) revert PublicsTooLong(publics.length, MAX_PUBLICS_BYTES);
        (uint64 approvalId, uint8 scheme,,,) = registry.usableApproval(app);
        if (approvalId == 0) revert AppNotUsable(app);
        if (fee < minFee[scheme]) revert FeeTooSmall(fee, minFee[scheme]);
        bytes32 statement = keccak256(publics);
        uint256 other = taskOfStatement[app][statement];
        if (other != 0) revert StatementTaken(app, statement, other);
        taskId = uint256(keccak256(abi.encode(block.chainid, address(this), app, msg.sender, statement, ++postCount)));
        taskOfStatement[app][statement] = taskId;
        _tasks[taskId] = Task({
            user: msg.sender,
            deadline: 0,
            status: Status.Open,
            burnBps: burnBps,
            app: app,
            approvalId: 0,
            rebateBps: rebateBps,
            miner: address(0),
            fee: uint128(fee),
            locked: 0,
            publics: CodeStore.write(publics)
        });
        emit TaskPosted(taskId, app, msg.sender, fee, inputs, publics);
        token.safeTransferFrom(msg.sender, address(this), fee);
    }

    /// Takes an open task, or one whose miner missed its deadline: that miner is slashed. First come, first
    /// served, for miners whose stake covers all they have open.
    function acceptTask(uint256 taskId) external nonReentrant {
        Task storage task = _taskIn(taskId);
        _requireUndisputed(taskId);
        if (task.status == Status.Accepted) {
            if (task.miner == msg.sender) revert AlreadyAccepted(taskId, msg.sender);
            _expire(taskId, task);
        }
        if (task.status != Status.Open) revert WrongStatus(taskId, task.status);
        (uint64 approvalId,,,, uint32 window) = registry.usableApproval(task.app);
        if (approvalId == 0) revert AppNotUsable(task.app);
        uint64 deadline = uint64(block.timestamp) + window;
        task.status = Status.Accepted;
        task.deadline = deadline;
        task.approvalId = approvalId;
        task.miner = msg.sender;
        task.locked = capacityStake;
        emit TaskAccepted(taskId, msg.sender, deadline);
        staking.lock(task.app, msg.sender, capacityStake);
    }

    /// Submits the proof of a task this caller has accepted, in time and while the app is approved.
    function submitProof(uint256 taskId, bytes calldata proof) external nonReentrant {
        _requireAfterGenesis();
        Task storage task = _taskIn(taskId);
        if (task.status != Status.Accepted) revert WrongStatus(taskId, task.status);
        if (task.miner != msg.sender) revert NotTheMiner(taskId, msg.sender);
        if (block.timestamp > task.deadline) revert DeadlinePassed(taskId, task.deadline);
        address app = task.app;
        (uint8 scheme, uint64 gates) = _verify(app, task.publics, proof);
        task.status = Status.Proven;
        emit ProofVerified(taskId, app, msg.sender, task.user, scheme, gates, currentEpoch());
        staking.unlock(app, msg.sender, task.locked);
        _payFee(taskId, task);
    }

    /// Refunds a task that nobody works on, whose deadline was missed or whose app can no longer be proven.
    function cancelTask(uint256 taskId) external nonReentrant {
        Task storage task = _taskIn(taskId);
        if (task.user != msg.sender) revert NotTheUser(taskId, msg.sender);
        _requireUndisputed(taskId);
        if (task.status == Status.Accepted) _expire(taskId, task);
        if (task.status != Status.Open) revert WrongStatus(taskId, task.status);
        _refund(taskId, task);
    }

    /// Opens a task again whose miner missed the deadline; anyone may.
    function expireTask(uint256 taskId) external nonReentrant {
        Task storage task = _taskIn(taskId);
        _requireUndisputed(taskId);
        if (task.status != Status.Accepted) revert WrongStatus(taskId, task.status);
        _expire(taskId, task);
    }

    /// Ends an acceptance whose deadline was missed, or whose app can no longer be proven. The miner is slashed for
    /// it, unless the terms it accepted under are no longer those in force: a proof for them might be refused.
    function _expire(uint256 taskId, Task storage task) private {
        (uint64 approvalId,,,,) = registry.usableApproval(task.app);
        if (approvalId != 0 && block.timestamp <= task.deadline) revert DeadlineNotPassed(taskId, task.deadline);
        bool sameTerms = approvalId == task.approvalId;
        address miner = task.miner;
        uint128 locked = task.locked;
        _release(task);
        uint256 slashed = 0;
        if (sameTerms) {
            slashed = staking.slash(task.app, miner, MINER, missSlash < locked ? missSlash : locked, task.user);
        }
        emit TaskExpired(taskId, miner, slashed);
    }

    /// Fixed circuits count the approved gates; a zkVM's run counts what was measured, capped by the approval.
    function _verify(address app, address publics, bytes calldata proof) private view returns (uint8, uint64) {
        (uint64 approvalId, uint8 scheme, uint64 gates, address verifier,) = registry.usableApproval(app);
        if (approvalId == 0) revert AppNotUsable(app);
        (bool valid, uint64 measured) = IVerifier(verifier).verify(CodeStore.read(publics), proof);
        if (!valid) revert ProofRejected(app, verifier);
        if (scheme != ZKVM) return (scheme, gates);
        if (measured == 0) revert ProofRejected(app, verifier);
        return (scheme, measured < gates ? measured : gates);
    }

    /// Worked example: fee 1000, burn 200 bps, rebate 100 bps: 20 are burned, 10 return, the miner gets 970.
    function _payFee(uint256 taskId, Task storage task) private {
        uint256 fee = task.fee;
        uint256 burned = fee * task.burnBps / WHOLE_BPS;
        uint256 rebated = 0;
        if (task.rebateBps > 0 && staking.effectiveStake(task.app, task.user, USER) >= rebateStake) {
            rebated = fee * task.rebateBps / WHOLE_BPS;
        }
        uint256 toMiner = fee - burned - rebated;
        emit FeePaid(taskId, toMiner, burned, rebated);
        if (burned > 0) token.safeTransfer(BURN_SINK, burned);
        if (rebated > 0) token.safeTransfer(task.user, rebated);
        token.safeTransfer(task.miner, toMiner);
    }
}
