// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EpochClock} from "./EpochClock.sol";
import {MarketDesk} from "./MarketDesk.sol";
import {isSignedBy} from "./Signatures.sol";
import {TimedPause} from "./TimedPause.sol";
import {Acceptances} from "./market/Acceptances.sol";
import {LateProofs} from "./market/LateProofs.sol";
import {Order, Orders} from "./market/Orders.sol";
import {Proofs} from "./market/Proofs.sol";
import {TaskBook} from "./market/TaskBook.sol";

/// Who does what about a market from its deployment on.
struct Roles {
    address owner;
    address arbiter;
    address pauser;
}

/// Proving tasks with an escrowed fee. One miner at a time may work on a task; a proof is checked here and
/// pays it at once.
///
/// What every task takes is here. What is rarer (batches, disputes, rules, views) has its code in a second
/// contract, the desk, for want of room in one: this contract runs it in its own name and on its own storage. Which desk is
/// fixed at deployment.
contract TaskMarket is Acceptances, Proofs, LateProofs, Orders {
    using SafeERC20 for IERC20;

    address public immutable desk;

    event OrderLocked(uint256 indexed taskId, bytes32 indexed orderHash, uint8 priority);

    error AlreadyAccepted(uint256 taskId, address miner);
    error NotTheMiner(uint256 taskId, address caller);
    error NotMissed(uint256 taskId);
    error NotSignedByUser(bytes32 orderHash, address user);
    error OrderTooLate(bytes32 orderHash, uint40 lockBy);
    error OrderOfAnotherMiner(bytes32 orderHash, address miner);

    /// @param desk_ shares its clock, token, registry and staking with this contract
    constructor(MarketDesk desk_, Roles memory roles, Capacity memory capacity)
        EpochClock(desk_.clock())
        Ownable(roles.owner)
        TimedPause(roles.pauser)
        TaskBook(desk_.token(), desk_.registry(), desk_.staking())
    {
        desk = address(desk_);
        _setArbiter(roles.arbiter);
        _setCapacity(capacity.stake, capacity.missSlash);
        _setDisputeRules(capacity.stake, 7 days);
    }

    /// Posts a task and escrows its fee in wei. A statement, that is `publics` in the app's space of statements, can be
    /// accepted once at a time and proven once ever; open tasks for it take nothing from each other.
    function postTask(address app, uint256 fee, bytes calldata inputs, bytes calldata publics)
        external
        nonReentrant
        returns (uint256 taskId)
    {
        taskId = _post(app, fee, inputs, publics);
        token.safeTransferFrom(msg.sender, address(this), fee);
    }

    /// Takes an open task, or one whose miner missed its deadline: that miner is slashed. First come, first
    /// served, for miners whose stake covers all they have open. For the bounds see `Acceptances.Bounds`. The verifier's code
    /// is compared when a proof comes: a miner that doubts it asks `AppRegistry.usableApproval` before.
    function acceptTask(uint256 taskId, uint256 leastPay, uint32 leastWindow, uint128 mostLocked) external nonReentrant {
        Work memory work = _workOf(taskId);
        if (work.status == Status.Accepted) {
            if (_takerOf(taskId).miner == msg.sender) revert AlreadyAccepted(taskId, msg.sender);
            _expire(taskId, work);
        }
        if (work.status != Status.Open) revert WrongStatus(taskId, work.status);
        _take(taskId, work, _escrowOf(taskId).fee, _nowOf(work.app), Bounds(leastPay, leastWindow, mostLocked));
    }

    /// Takes what a user has signed off chain: posts the task, takes in the fee as it is now, and accepts, at once.
    function lockOrder(Order calldata order, bytes calldata signature, Bounds calldata bounds)
        external
        nonReentrant
        returns (uint256 taskId)
    {
        Now memory now_ = _nowOf(order.app);
        uint256 fee = _feeNow(order);
        taskId = _openOrder(order, signature, fee, now_.terms.space);
        Work memory work = Work(order.app, Status.Open, 0, now_.rules.burnBps, now_.rules.rebateId, 0, 0);
        _wish(taskId, work, Wishes(order.finalAt, order.lockSeconds, order.callbackGas, order.callback));
        _take(taskId, work, fee, now_, bounds);
        token.safeTransferFrom(order.user, address(this), fee);
    }

    /// Submits the proof of a task this caller has accepted, in time and while the app is approved and not halted.
    /// @param publics as they were posted
    function submitProof(uint256 taskId, bytes calldata publics, bytes calldata proof) external nonReentrant {
        _requireAfterGenesis();
        Work memory work = _workOf(taskId);
        if (work.status != Status.Accepted) revert WrongStatus(taskId, work.status);
        Taker memory taker = _takerOf(taskId);
        if (taker.miner != msg.sender) revert NotTheMiner(taskId, msg.sender);
        if (block.timestamp > taker.deadline) revert DeadlinePassed(taskId, taker.deadline);
        _unlock(work, msg.sender);
        _prove(taskId, work, publics, proof);
    }

    /// Proves a task whose deadline was missed, without an acceptance, and ends the acceptance of who missed it. The caller
    /// has committed to the proof in an earlier block: see `commitProof`.
    function submitLate(uint256 taskId, bytes calldata publics, bytes calldata proof, bytes32 salt) external nonReentrant {
        _requireAfterGenesis();
        _requireCommitted(taskId, proof, salt);
        Work memory work = _workOf(taskId);
        if (work.status == Status.Accepted) _expire(taskId, work);
        if (work.status != Status.Open || work.flags & MISSED == 0) revert NotMissed(taskId);
        _agree(taskId, work, _escrowOf(taskId).fee, _nowOf(work.app), uint40(block.timestamp));
        _prove(taskId, work, publics, proof);
    }

    /// Refunds a task that nobody works on, whose deadline was missed or whose app is halted or can no longer be proven. The
    /// user may; anyone where the task is past its final deadline.
    function cancelTask(uint256 taskId) external nonReentrant {
        Work memory work = _workOf(taskId);
        if (work.status > Status.Accepted) revert WrongStatus(taskId, work.status);
        if (_escrowOf(taskId).user != msg.sender && !_isFinal(taskId, work)) revert NotTheUser(taskId, msg.sender);
        if (work.status == Status.Accepted) _expire(taskId, work);
        _refund(taskId, work);
    }

    /// Opens a task again whose miner missed the deadline, or whose app is halted or can no longer be proven; anyone may.
    function expireTask(uint256 taskId) external nonReentrant {
        Work memory work = _workOf(taskId);
        if (work.status != Status.Accepted) revert WrongStatus(taskId, work.status);
        _expire(taskId, work);
    }

    /// Everything else is the desk's.
    fallback() external {
        address code = desk;
        assembly ("memory-safe") {
            let start := mload(0x40)
            calldatacopy(start, 0, calldatasize())
            let success := delegatecall(gas(), code, start, calldatasize(), 0, 0)
            returndatacopy(start, 0, returndatasize())
            if iszero(success) { revert(start, returndatasize()) }
            return(start, returndatasize())
        }
    }

    /// Makes an order a task, of which the work is yet to be stored.
    function _openOrder(Order calldata order, bytes calldata signature, uint256 fee, uint64 space)
        private
        returns (uint256 taskId)
    {
        bytes32 orderHash = _hashOf(order);
        _requireLockable(order, orderHash, signature);
        _requireSizes(fee, order.inputs, order.publics);
        taskId = _unusedIdOf(order, space, orderHash);
        _keepEscrow(taskId, order.user, fee);
        emit TaskPosted(taskId, order.app, order.user, fee, order.inputs, order.publics);
        emit OrderLocked(taskId, orderHash, order.priority);
    }

    function _requireLockable(Order calldata order, bytes32 orderHash, bytes calldata signature) private view {
        if (block.timestamp > order.lockBy) revert OrderTooLate(orderHash, order.lockBy);
        if (order.miner != address(0) && order.miner != msg.sender) revert OrderOfAnotherMiner(orderHash, order.miner);
        if (!isSignedBy(order.user, orderHash, signature)) revert NotSignedByUser(orderHash, order.user);
    }
}
