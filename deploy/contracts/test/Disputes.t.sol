// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Staking, USER} from "../src/Staking.sol";
import {Disputes} from "../src/market/Disputes.sol";
import {MarketRules} from "../src/market/MarketRules.sol";
import {TaskBook} from "../src/market/TaskBook.sol";
import {Market} from "./support/Market.sol";

contract DisputesTest is Market {
    uint128 private constant BOND = 4 ether;

    function setUp() public override {
        super.setUp();
        desk.setDisputeRules(BOND, 1 days);
    }

    function open(address party) private returns (uint256 taskId, bytes memory proof) {
        (taskId, proof) = accepted();
        vm.prank(party);
        desk.openDispute(taskId);
    }

    /// The arbiter decides the open dispute.
    function rule(uint256 taskId, Disputes.Ruling ruling, uint128 amount) private {
        uint32 serial = desk.disputeOf(taskId).serial;
        vm.prank(ARBITER);
        desk.resolveDispute(taskId, serial, ruling, amount);
    }

    function lapse(uint256 taskId) private {
        vm.warp(block.timestamp + 1 days + 1);
        desk.lapseDispute(taskId);
    }

    function test_openDispute__stranger_or_twice__is_refused() external {
        (uint256 taskId,) = open(USER_ACCOUNT);
        vm.prank(MINER_TWO);
        vm.expectRevert(abi.encodeWithSelector(Disputes.NotAParty.selector, taskId, MINER_TWO));
        desk.openDispute(taskId);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.AlreadyDisputed.selector, taskId));
        desk.openDispute(taskId);
        equal(token.balanceOf(address(market)), FEE + BOND, "bond held");
    }

    function test_openDispute__unaccepted__is_refused() external {
        (uint256 taskId,) = post();
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.WrongStatus.selector, taskId, TaskBook.Status.Open));
        desk.openDispute(taskId);
    }

    function test_openDispute__stops_takeover_and_cancel_but_not_the_proof() external {
        (uint256 taskId, bytes memory proof) = open(USER_ACCOUNT);
        bytes memory refusal = abi.encodeWithSelector(TaskBook.AlreadyDisputed.selector, taskId);
        vm.prank(MINER_TWO);
        vm.expectRevert(refusal);
        market.acceptTask(taskId, 0, 0, type(uint128).max);
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(refusal);
        market.cancelTask(taskId);
        vm.expectRevert(refusal);
        market.expireTask(taskId);
        submit(MINER_ONE, taskId, proof);
        rule(taskId, Disputes.Ruling.Neither, 0);
        equal(token.balanceOf(address(market)), 0, "nothing held");
    }

    function test_openDispute__by_a_miner_past_its_deadline__is_refused_and_the_miss_is_slashed() external {
        (uint256 taskId,) = accepted();
        uint64 deadline = uint64(block.timestamp) + WINDOW;
        vm.warp(deadline + 1);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.DeadlinePassed.selector, taskId, deadline));
        desk.openDispute(taskId);
        cancel(taskId);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "slashed");
    }

    function test_openDispute__locks_the_users_stake_until_it_ends() external {
        (uint256 taskId,) = open(MINER_ONE);
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 5 ether, 0));
        staking.requestWithdraw(app, USER, 5 ether);
        rule(taskId, Disputes.Ruling.Neither, 0);
        vm.prank(USER_ACCOUNT);
        staking.requestWithdraw(app, USER, 5 ether);
    }

    function test_resolveDispute__for_user__slashes_the_miner_and_refunds() external {
        uint256 before = token.balanceOf(USER_ACCOUNT);
        (uint256 taskId,) = open(USER_ACCOUNT);
        rule(taskId, Disputes.Ruling.ForUser, 7 ether);
        equal(token.balanceOf(USER_ACCOUNT), before + 7 ether, "fee and bond back, and the slash");
        equal(stakeOf(MINER_ONE), 18 ether, "slashed");
        equal(token.balanceOf(address(market)), 0, "nothing held");
        equal(desk.disputeOf(taskId).opener, address(0), "closed");
        equal(staking.positionOf(app, USER_ACCOUNT, USER).locked, 0, "user's stake free");
    }

    function test_resolveDispute__for_miner_against_opening_user__bond_and_slash_to_the_miner() external {
        uint256 user = token.balanceOf(USER_ACCOUNT);
        uint256 miner = token.balanceOf(MINER_ONE);
        (uint256 taskId,) = open(USER_ACCOUNT);
        rule(taskId, Disputes.Ruling.ForMiner, 2 ether);
        equal(token.balanceOf(MINER_ONE), miner + BOND + 2 ether, "bond and slash");
        equal(token.balanceOf(USER_ACCOUNT), user - BOND, "fee back");
        equal(staking.effectiveStake(app, USER_ACCOUNT, USER), 3 ether, "user slashed");
        equal(stakeOf(MINER_ONE), 25 ether, "miner not slashed");
    }

    function test_resolveDispute__for_user_against_opening_miner__bond_to_the_user() external {
        uint256 user = token.balanceOf(USER_ACCOUNT);
        (uint256 taskId,) = open(MINER_ONE);
        rule(taskId, Disputes.Ruling.ForUser, 0);
        equal(token.balanceOf(USER_ACCOUNT), user + BOND, "bond");
    }

    /// What the arbiter was shown may have been the proof: it does not count for whoever posts the statement again.
    function test_resolveDispute__ended_by_a_ruling__statement_stays_taken() external {
        (uint256 taskId, bytes memory proof) = open(USER_ACCOUNT);
        rule(taskId, Disputes.Ruling.ForMiner, 0);
        bytes memory publics = abi.encode(keccak256(proof));
        vm.expectRevert(abi.encodeWithSelector(TaskBook.StatementTaken.selector, app, taskId));
        market.postTask(app, FEE, "", publics);
    }

    function test_resolveDispute__neither__returns_the_bond_and_the_task_goes_on() external {
        uint256 user = token.balanceOf(USER_ACCOUNT);
        uint256 miner = token.balanceOf(MINER_ONE);
        (uint256 taskId, bytes memory proof) = open(USER_ACCOUNT);
        rule(taskId, Disputes.Ruling.Neither, 0);
        equal(token.balanceOf(USER_ACCOUNT), user - FEE, "bond back, fee still in escrow");
        submit(MINER_ONE, taskId, proof);
        equal(token.balanceOf(MINER_ONE), miner + FEE, "paid");
    }

    function test_resolveDispute__user_without_stake__miner_gets_the_bond_at_least() external {
        vm.prank(USER_ACCOUNT);
        staking.requestWithdraw(app, USER, 5 ether);
        enter(2);
        uint256 miner = token.balanceOf(MINER_ONE);
        (uint256 taskId,) = open(USER_ACCOUNT);
        rule(taskId, Disputes.Ruling.ForMiner, 0);
        equal(token.balanceOf(MINER_ONE), miner + BOND, "bond only");
    }

    function test_resolveDispute__more_than_was_locked__is_refused() external {
        (uint256 taskId,) = open(USER_ACCOUNT);
        (Disputes.Ruling[3] memory rulings, uint256[3] memory limits) = (
            [Disputes.Ruling.ForUser, Disputes.Ruling.ForMiner, Disputes.Ruling.Neither], [uint256(CAPACITY), 5 ether, 0]
        );
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(ARBITER);
            vm.expectRevert(abi.encodeWithSelector(Disputes.SlashAboveLock.selector, limits[i] + 1, limits[i]));
            desk.resolveDispute(taskId, 1, rulings[i], uint128(limits[i] + 1));
        }
    }

    function test_resolveDispute__proven_meanwhile__takes_nothing_from_the_miner() external {
        (uint256 taskId, bytes memory proof) = open(USER_ACCOUNT);
        submit(MINER_ONE, taskId, proof);
        vm.prank(ARBITER);
        vm.expectRevert(abi.encodeWithSelector(Disputes.SlashAboveLock.selector, 1, 0));
        desk.resolveDispute(taskId, 1, Disputes.Ruling.ForUser, 1);
        uint256 miner = token.balanceOf(MINER_ONE);
        rule(taskId, Disputes.Ruling.ForMiner, 1 ether);
        equal(token.balanceOf(MINER_ONE), miner + BOND + 1 ether, "bond and slash of the user");
    }

    function test_resolveDispute__not_the_arbiter_or_no_dispute__is_refused() external {
        (uint256 taskId,) = accepted();
        vm.prank(ARBITER);
        vm.expectRevert(abi.encodeWithSelector(Disputes.NotDisputed.selector, taskId));
        desk.resolveDispute(taskId, 0, Disputes.Ruling.ForUser, 0);
        vm.expectRevert(abi.encodeWithSelector(Disputes.NotArbiter.selector, address(this)));
        desk.resolveDispute(taskId, 0, Disputes.Ruling.ForUser, 0);
        desk.setArbiter(address(this));
        vm.expectRevert(abi.encodeWithSelector(Disputes.NotDisputed.selector, taskId));
        desk.resolveDispute(taskId, 0, Disputes.Ruling.ForUser, 0);
    }

    /// A decision that waited, about a dispute that has ended meanwhile, does not hit the next miner.
    function test_resolveDispute__of_an_earlier_dispute__is_refused() external {
        (uint256 taskId,) = open(USER_ACCOUNT);
        lapse(taskId);
        accept(MINER_TWO, taskId);
        vm.prank(USER_ACCOUNT);
        desk.openDispute(taskId);
        vm.prank(ARBITER);
        vm.expectRevert(abi.encodeWithSelector(Disputes.OtherDispute.selector, taskId, 2));
        desk.resolveDispute(taskId, 1, Disputes.Ruling.ForUser, CAPACITY);
    }

    /// Whoever disputes to win time wins none: the miss is slashed and the fee goes back, and a part of the bond is burned.
    function test_lapseDispute__opened_by_a_miner_that_then_missed__is_slashed_all_the_same() external {
        uint256 user = token.balanceOf(USER_ACCOUNT);
        uint256 miner = token.balanceOf(MINER_ONE);
        (uint256 taskId,) = open(MINER_ONE);
        uint64 lapsesAt = uint64(block.timestamp) + 1 days;
        vm.warp(lapsesAt);
        vm.expectRevert(abi.encodeWithSelector(Disputes.DisputeStillOpen.selector, taskId, lapsesAt));
        desk.lapseDispute(taskId);
        vm.warp(lapsesAt + 1);
        desk.lapseDispute(taskId);
        equal(token.balanceOf(MINER_ONE), miner - BOND / 10, "a tenth of the bond is gone");
        cancel(taskId);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "slashed");
        equal(token.balanceOf(USER_ACCOUNT), user, "fee back");
        equal(token.balanceOf(market.BURN_SINK()), BOND / 10 + MISS, "burned");
        equal(token.balanceOf(address(market)), 0, "nothing held");
        vm.expectRevert(abi.encodeWithSelector(Disputes.NotDisputed.selector, taskId));
        desk.lapseDispute(taskId);
    }

    /// A user that disputes cannot take the fee back from a miner that is in time, whatever it sees coming.
    function test_lapseDispute__miner_in_time__the_task_stays_accepted() external {
        desk.setDisputeRules(BOND, 1 hours);
        approve(app, 2, 0, GATES, address(verifier), 2 hours);
        enter(2);
        (uint256 taskId, bytes memory proof) = open(USER_ACCOUNT);
        vm.warp(block.timestamp + 1 hours + 1);
        desk.lapseDispute(taskId);
        vm.prank(USER_ACCOUNT);
        vm.expectPartialRevert(TaskBook.DeadlineNotPassed.selector);
        market.cancelTask(taskId);
        uint256 miner = token.balanceOf(MINER_ONE);
        submit(MINER_ONE, taskId, proof);
        equal(token.balanceOf(MINER_ONE), miner + FEE, "paid");
    }

    function test_lapseDispute__app_halted_meanwhile__ends_without_slash() external {
        (uint256 taskId,) = open(USER_ACCOUNT);
        halt(app, 60);
        lapse(taskId);
        cancel(taskId);
        equal(stakeOf(MINER_ONE), 25 ether, "not slashed");
    }

    function test_setDisputeRules__window_out_of_range__is_refused() external {
        vm.expectPartialRevert(MarketRules.BadDisputeWindow.selector);
        desk.setDisputeRules(BOND, 1 hours - 1);
        vm.expectPartialRevert(MarketRules.BadDisputeWindow.selector);
        desk.setDisputeRules(BOND, 60 days + 1);
    }
}
