// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {USER} from "../src/Staking.sol";
import {Disputes} from "../src/market/Disputes.sol";
import {MarketRules} from "../src/market/MarketRules.sol";
import {TaskBook} from "../src/market/TaskBook.sol";
import {Market} from "./support/Market.sol";

contract DisputesTest is Market {
    uint128 private constant BOND = 4 ether;

    function setUp() public override {
        super.setUp();
        market.setDisputeRules(BOND, 1 days);
    }

    function open(address party) private returns (uint256 taskId, bytes memory proof) {
        (taskId, proof) = accepted();
        vm.prank(party);
        market.openDispute(taskId);
    }

    function test_openDispute__stranger_or_twice__is_refused() external {
        (uint256 taskId,) = open(USER_ACCOUNT);
        vm.prank(MINER_TWO);
        vm.expectRevert(abi.encodeWithSelector(Disputes.NotAParty.selector, taskId, MINER_TWO));
        market.openDispute(taskId);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(Disputes.AlreadyDisputed.selector, taskId));
        market.openDispute(taskId);
        equal(token.balanceOf(address(market)), FEE + BOND, "bond held");
    }

    function test_openDispute__unaccepted__is_refused() external {
        (uint256 taskId,) = post();
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.WrongStatus.selector, taskId, TaskBook.Status.Open));
        market.openDispute(taskId);
    }

    function test_openDispute__stops_takeover_and_cancel_but_not_the_proof() external {
        (uint256 taskId, bytes memory proof) = open(USER_ACCOUNT);
        bytes memory refusal = abi.encodeWithSelector(Disputes.AlreadyDisputed.selector, taskId);
        vm.prank(MINER_TWO);
        vm.expectRevert(refusal);
        market.acceptTask(taskId);
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(refusal);
        market.cancelTask(taskId);
        vm.expectRevert(refusal);
        market.expireTask(taskId);
        submit(MINER_ONE, taskId, proof);
        market.resolveDispute(taskId, Disputes.Ruling.Neither, 0);
        equal(token.balanceOf(address(market)), 0, "nothing held");
    }

    function test_resolveDispute__for_user__slashes_the_miner_and_refunds() external {
        uint256 before = token.balanceOf(USER_ACCOUNT);
        (uint256 taskId,) = open(USER_ACCOUNT);
        market.resolveDispute(taskId, Disputes.Ruling.ForUser, 7 ether);
        equal(token.balanceOf(USER_ACCOUNT), before + 7 ether, "fee and bond back, and the slash");
        equal(stakeOf(MINER_ONE), 18 ether, "slashed");
        equal(token.balanceOf(address(market)), 0, "nothing held");
        equal(market.disputeOf(taskId).opener, address(0), "closed");
    }

    function test_resolveDispute__for_miner_against_opening_user__bond_and_slash_to_the_miner() external {
        uint256 user = token.balanceOf(USER_ACCOUNT);
        uint256 miner = token.balanceOf(MINER_ONE);
        (uint256 taskId,) = open(USER_ACCOUNT);
        market.resolveDispute(taskId, Disputes.Ruling.ForMiner, 2 ether);
        equal(token.balanceOf(MINER_ONE), miner + BOND + 2 ether, "bond and slash");
        equal(token.balanceOf(USER_ACCOUNT), user - BOND, "fee back");
        equal(staking.effectiveStake(app, USER_ACCOUNT, USER), 3 ether, "user slashed");
        equal(stakeOf(MINER_ONE), 25 ether, "miner not slashed");
    }

    function test_resolveDispute__for_user_against_opening_miner__bond_to_the_user() external {
        uint256 user = token.balanceOf(USER_ACCOUNT);
        (uint256 taskId,) = open(MINER_ONE);
        market.resolveDispute(taskId, Disputes.Ruling.ForUser, 0);
        equal(token.balanceOf(USER_ACCOUNT), user + BOND, "bond");
    }

    function test_resolveDispute__user_without_stake__miner_gets_the_bond_at_least() external {
        vm.prank(USER_ACCOUNT);
        staking.requestWithdraw(app, USER, 5 ether);
        enter(2);
        uint256 miner = token.balanceOf(MINER_ONE);
        (uint256 taskId,) = open(USER_ACCOUNT);
        market.resolveDispute(taskId, Disputes.Ruling.ForMiner, 2 ether);
        equal(token.balanceOf(MINER_ONE), miner + BOND, "bond only");
    }

    function test_resolveDispute__more_than_was_locked__is_refused() external {
        (uint256 taskId,) = open(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(Disputes.SlashAboveLock.selector, CAPACITY + 1, CAPACITY));
        market.resolveDispute(taskId, Disputes.Ruling.ForUser, CAPACITY + 1);
    }

    function test_resolveDispute__not_the_dao_or_no_dispute__is_refused() external {
        (uint256 taskId,) = accepted();
        vm.expectRevert(abi.encodeWithSelector(Disputes.NotDisputed.selector, taskId));
        market.resolveDispute(taskId, Disputes.Ruling.ForUser, 0);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        market.resolveDispute(taskId, Disputes.Ruling.ForUser, 0);
    }

    function test_lapseDispute__dao_silent__returns_bond_and_fee() external {
        uint256 user = token.balanceOf(USER_ACCOUNT);
        (uint256 taskId,) = open(USER_ACCOUNT);
        uint64 lapsesAt = uint64(block.timestamp) + 1 days;
        vm.warp(lapsesAt);
        vm.expectRevert(abi.encodeWithSelector(Disputes.DisputeStillOpen.selector, taskId, lapsesAt));
        market.lapseDispute(taskId);
        vm.warp(lapsesAt + 1);
        market.lapseDispute(taskId);
        equal(token.balanceOf(USER_ACCOUNT), user, "all back");
        equal(stakeOf(MINER_ONE), 25 ether, "nobody slashed");
        vm.expectRevert(abi.encodeWithSelector(Disputes.NotDisputed.selector, taskId));
        market.lapseDispute(taskId);
    }

    function test_setDisputeRules__window_out_of_range__is_refused() external {
        vm.expectPartialRevert(MarketRules.BadDisputeWindow.selector);
        market.setDisputeRules(BOND, 1 hours - 1);
        vm.expectPartialRevert(MarketRules.BadDisputeWindow.selector);
        market.setDisputeRules(BOND, 60 days + 1);
    }
}
