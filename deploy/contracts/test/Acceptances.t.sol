// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Acceptances} from "../src/market/Acceptances.sol";
import {TaskBook} from "../src/market/TaskBook.sol";
import {Market} from "./support/Market.sol";

/// Tasks with wishes: their two deadlines.
contract AcceptancesTest is Market {
    function wishes(uint256 finalIn, uint32 lockSeconds) private view returns (TaskBook.Wishes memory made) {
        (made.finalAt, made.lockSeconds) = (uint40(block.timestamp + finalIn), lockSeconds);
    }

    function test_wishes__posted__are_told_and_kept() external {
        TaskBook.Wishes memory wanted = wishes(1_000, 100);
        vm.expectEmit(false, true, true, true);
        emit Acceptances.TaskWishes(0, wanted.finalAt, 100, address(0), 0);
        (uint256 taskId,) = post(wanted);
        equal(desk.taskOf(taskId).wishes.lockSeconds, 100, "lock");
        equal(desk.taskOf(taskId).wishes.finalAt, wanted.finalAt, "final");
    }

    function test_wishes__of_the_past_or_too_much__are_refused() external {
        TaskBook.Wishes[3] memory wanted = [wishes(0, 0), wishes(1_000, 7 days + 1), wishes(1_000, 0)];
        wanted[2].callbackGas = market.MAX_CALLBACK_GAS() + 1;
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory refusal = abi.encodeWithSelector(
                Acceptances.BadWishes.selector, wanted[i].finalAt, wanted[i].lockSeconds, wanted[i].callbackGas
            );
            vm.expectRevert(refusal);
            this.postWith(wanted[i]);
        }
    }

    function postWith(TaskBook.Wishes calldata wanted) external {
        post(wanted);
    }

    function test_lockSeconds__of_the_task__take_the_place_of_the_apps() external {
        (uint256 taskId,) = post(wishes(1_000, 100));
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(Acceptances.TermsBelowBounds.selector, taskId, FEE, 100, CAPACITY));
        market.acceptTask(taskId, 0, 101, CAPACITY);
        accept(MINER_ONE, taskId);
        equal(desk.taskOf(taskId).deadline, block.timestamp + 100, "deadline");
        vm.warp(block.timestamp + 101);
        market.expireTask(taskId);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "missed");
    }

    /// The time that a halt must not have touched is the task's own.
    function test_lockSeconds__halt_before_the_acceptance__a_miss_costs_as_ever() external {
        (uint256 taskId,) = post(wishes(10_000, 100));
        halt(app, 60);
        vm.warp(block.timestamp + 60);
        accept(MINER_ONE, taskId);
        vm.warp(block.timestamp + 101);
        market.expireTask(taskId);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "the halt was over");
    }

    function test_lockSeconds__longer_than_the_apps_with_a_halt_in_it__a_miss_costs_nothing() external {
        (uint256 taskId,) = post(wishes(10_000, 2 * WINDOW));
        accept(MINER_ONE, taskId);
        halt(app, 60);
        vm.warp(block.timestamp + 2 * WINDOW + 1);
        market.expireTask(taskId);
        equal(stakeOf(MINER_ONE), 25 ether, "touched by the halt");
    }

    /// A miner always has its whole time before the final deadline.
    function test_finalAt__no_whole_window_left__nobody_accepts() external {
        (uint256 taskId,) = post(wishes(150, 100));
        uint40 finalAt = uint40(block.timestamp) + 150;
        vm.warp(block.timestamp + 51);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.FinalPassed.selector, taskId, finalAt));
        market.acceptTask(taskId, 0, 0, CAPACITY);
        vm.warp(block.timestamp - 1);
        accept(MINER_ONE, taskId);
        equal(desk.taskOf(taskId).deadline, finalAt, "to the second");
    }

    function test_finalAt__missed_and_no_window_left__no_takeover() external {
        (uint256 taskId,) = post(wishes(150, 100));
        accept(MINER_ONE, taskId);
        vm.warp(block.timestamp + 101);
        vm.prank(MINER_TWO);
        vm.expectPartialRevert(TaskBook.FinalPassed.selector);
        market.acceptTask(taskId, 0, 0, CAPACITY);
    }

    /// A user that cannot send anything gets its fee back all the same.
    function test_cancelTask__past_its_final_deadline__by_anyone_refunds_the_user() external {
        uint256 before = token.balanceOf(USER_ACCOUNT);
        (uint256 taskId,) = post(wishes(150, 100));
        accept(MINER_ONE, taskId);
        vm.warp(block.timestamp + 150);
        vm.prank(MINER_TWO);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.NotTheUser.selector, taskId, MINER_TWO));
        market.cancelTask(taskId);
        vm.warp(block.timestamp + 1);
        vm.prank(MINER_TWO);
        market.cancelTask(taskId);
        equal(token.balanceOf(USER_ACCOUNT), before, "fee back");
        equal(token.balanceOf(market.BURN_SINK()), MISS, "the slash is burned");
        equal(token.balanceOf(address(market)), 0, "nothing held");
    }
}
