// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MINER, Staking, USER} from "../../src/Staking.sol";
import {TaskBook} from "../../src/market/TaskBook.sol";
import {Invariants} from "../support/Invariants.sol";
import {Network} from "../support/Network.sol";
import {OrdersHandler} from "./OrdersHandler.sol";

contract MarketInvariants is Network, Invariants {
    OrdersHandler private handler;
    address private app;

    function setUp() public override {
        super.setUp();
        weighSchemes();
        app = registry.registerApp(0, 1_000, address(verifier), 20_000, "app");
        approve(app, 0, 0, 1_000, address(verifier), 20_000);
        staking.setSlasher(address(this), true, address(this).codehash);
        desk.setDisputeRules(3 ether, 1 days);
        handler = new OrdersHandler(market, staking, token, app, address(this));
        for (uint256 i = 0; i < 3; ++i) {
            token.mint(handler.account(i), 1e30);
            handler.stake(i, false, 300 ether - 1);
            handler.stake(i, true, 50 ether - 1);
        }
        for (uint256 i = 0; i < 2; ++i) token.mint(handler.signer(i), 1e30);
        enter(1);
        target(address(handler));
    }

    function invariant_fees_bonds_and_stakes_are_held() external view {
        checkMarketHoldsWhatIsOpen();
        checkStakingHoldsStakeAndQueue();
        checkLocksAreThoseOfOpenAcceptances();
        checkHeldStakesAreThoseOfOpenDisputes();
        checkStatementsAreTakenByTheirTasks();
    }

    /// The market holds exactly the fees of unfinished tasks, the bonds of open disputes, and what waits of slashes for who
    /// proves an unfinished task.
    function checkMarketHoldsWhatIsOpen() private view {
        uint256 owed = 0;
        for (uint256 i = 0; i < handler.taskCount(); ++i) {
            uint256 taskId = handler.taskIds(i);
            TaskBook.TaskView memory task = desk.taskOf(taskId);
            bool isOpen = task.status == TaskBook.Status.Open || task.status == TaskBook.Status.Accepted;
            if (isOpen) owed += task.fee + desk.keptFor(taskId);
            else equal(desk.keptFor(taskId), 0, "kept for a finished task");
            owed += desk.disputeOf(taskId).bond;
        }
        equal(token.balanceOf(address(market)), owed, "market");
    }

    /// Staking holds exactly stake and queue, and these are the sums over all positions.
    function checkStakingHoldsStakeAndQueue() private view {
        uint256 staked = 0;
        uint256 queued = 0;
        for (uint256 i = 0; i < 6; ++i) {
            Staking.Position memory position = staking.positionOf(app, handler.account(i % 3), i < 3 ? MINER : USER);
            staked += uint256(position.effective) + position.incoming - position.outgoing;
            queued += uint256(position.outgoing) + position.withdrawable;
        }
        (uint256 stakedTotal, uint256 queuedTotal) = staking.totals();
        // Matured withdrawals still count as queued until they are paid.
        equal(stakedTotal, staked, "staked");
        equal(queuedTotal, queued, "queued");
        equal(token.balanceOf(address(staking)), staked + queued, "held");
    }

    /// What a miner's open tasks locked is what its position says.
    function checkLocksAreThoseOfOpenAcceptances() private view {
        for (uint256 m = 0; m < 3; ++m) {
            (uint256 open, uint256 locked) = (0, 0);
            for (uint256 i = 0; i < handler.taskCount(); ++i) {
                TaskBook.TaskView memory task = desk.taskOf(handler.taskIds(i));
                if (task.status != TaskBook.Status.Accepted || task.miner != handler.account(m)) continue;
                ++open;
                locked += desk.lockedFor(handler.taskIds(i));
            }
            Staking.Position memory position = staking.positionOf(app, handler.account(m), MINER);
            equal(position.openTasks, open, "open tasks");
            equal(position.locked, locked, "locked");
        }
    }

    /// What disputes hold of a user's stake is what its position says.
    function checkHeldStakesAreThoseOfOpenDisputes() private view {
        for (uint256 u = 0; u < 3; ++u) {
            uint256 held = 0;
            for (uint256 i = 0; i < handler.taskCount(); ++i) {
                uint256 taskId = handler.taskIds(i);
                if (desk.taskOf(taskId).user == handler.account(u)) held += desk.disputeOf(taskId).held;
            }
            equal(staking.positionOf(app, handler.account(u), USER).locked, held, "held");
        }
    }

    /// Accepted and proven tasks have their statement, open ones do not.
    function checkStatementsAreTakenByTheirTasks() private view {
        for (uint256 i = 0; i < handler.taskCount(); ++i) {
            uint256 taskId = handler.taskIds(i);
            TaskBook.Status status = desk.taskOf(taskId).status;
            bool isTaker = desk.taskOfStatement(app, keccak256(handler.publicsOf(taskId))) == taskId;
            if (status == TaskBook.Status.Open) isTrue(!isTaker, "an open task takes a statement");
            if (status == TaskBook.Status.Accepted || status == TaskBook.Status.Proven) isTrue(isTaker, "not taken");
        }
    }
}
