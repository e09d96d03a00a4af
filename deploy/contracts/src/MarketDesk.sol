// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {AppRegistry} from "./AppRegistry.sol";
import {Clock, EpochClock} from "./EpochClock.sol";
import {Staking} from "./Staking.sol";
import {TimedPause} from "./TimedPause.sol";
import {Batches} from "./market/Batches.sol";
import {Disputes} from "./market/Disputes.sol";
import {Order, Orders} from "./market/Orders.sol";
import {RuleChanges} from "./market/RuleChanges.sol";
import {TaskBook} from "./market/TaskBook.sol";

/// The second half of the market's code, which `TaskMarket` runs in its own name. At its own address it holds nothing, is
/// nobody's, and no token or stake is in its hands.
///
/// Storage: every variable of `TaskMarket` lies in the same place here; what only this code uses comes after it. The build
/// refuses anything else.
contract MarketDesk is RuleChanges, Disputes, Batches, Orders {
    address private constant NOBODY = 0x000000000000000000000000000000000000dEaD;

    event OrderCancelled(uint256 indexed taskId, address indexed user);

    constructor(Clock memory clock_, IERC20 token_, AppRegistry registry_, Staking staking_)
        EpochClock(clock_)
        Ownable(NOBODY)
        TimedPause(NOBODY)
        TaskBook(token_, registry_, staking_)
    {}

    /// Keeps an order from ever being locked.
    function cancelOrder(Order calldata order) external nonReentrant {
        uint256 taskId = orderId(order);
        if (order.user != msg.sender) revert NotTheUser(taskId, msg.sender);
        _keepWork(taskId, Work(order.app, Status.Cancelled, 0, 0, 0, 0, 0));
        emit OrderCancelled(taskId, msg.sender);
    }

    /// The hash that the user of an order signs.
    function orderHash(Order calldata order) external view returns (bytes32) {
        return _hashOf(order);
    }

    /// The id of the task that an order becomes; refused where it has been locked or cancelled.
    function orderId(Order calldata order) public view returns (uint256) {
        uint64 space = registry.spaceOf(order.app);
        if (space == 0) revert AppNotUsable(order.app);
        return _unusedIdOf(order, space, _hashOf(order));
    }

    /// What the fee of an order is now, in wei.
    function orderFee(Order calldata order) external view returns (uint256) {
        return _feeNow(order);
    }

    /// A task with its state. Of a cancelled one user and fee are forgotten, of a proven one all but its miner; a miner is
    /// named while it has, or once it had, the statement.
    function taskOf(uint256 taskId) external view returns (TaskView memory found) {
        Task memory task = _tasks[taskId];
        Taker memory taker = _takerOf(taskId);
        if (taker.serial == uint56(taskId)) (found.miner, found.deadline) = (taker.miner, taker.deadline);
        (found.user, found.fee) = (task.escrow.user, task.escrow.fee);
        (found.app, found.status, found.burnBps) = (task.work.app, _statusOf(taskId), task.work.burnBps);
        found.missed = task.work.flags & MISSED != 0;
        found.disputed = task.work.flags & DISPUTED != 0;
        found.approvalId = task.work.approvalId;
        found.wishes = _wishes[taskId];
    }

    /// The task that is accepted for, or has proven, a statement (the hash of its publics) in an app; 0 where there is none.
    function taskOfStatement(address app, bytes32 publicsHash) external view returns (uint256) {
        uint256 key = _keyOf(registry.spaceOf(app), publicsHash);
        Taker memory taker = _takerAt(key);
        return taker.miner == address(0) ? 0 : _idOf(key, taker.serial);
    }

    /// Wei that wait for whoever proves a task.
    function keptFor(uint256 taskId) external view returns (uint256) {
        return _kept[taskId];
    }

    /// How many tasks were posted; orders are not counted.
    function postCount() external view returns (uint256) {
        return _rules.serial;
    }

    function clock() external view returns (Clock memory) {
        return Clock(genesis, lengthSeconds, first);
    }
}
