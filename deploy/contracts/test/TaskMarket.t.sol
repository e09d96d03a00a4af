// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EpochClock} from "../src/EpochClock.sol";
import {AmountOutOfRange, MAX_AMOUNT} from "../src/Limits.sol";
import {MINER, Staking} from "../src/Staking.sol";
import {TaskMarket} from "../src/TaskMarket.sol";
import {MarketRules} from "../src/market/MarketRules.sol";
import {TaskBook} from "../src/market/TaskBook.sol";
import {IVerifier} from "../src/verifiers/IVerifier.sol";
import {Market} from "./support/Market.sol";

/// Answers what it is told to, or fails.
contract ScriptedVerifier is IVerifier {
    uint64 public immutable gates;

    constructor(uint64 gates_) {
        gates = gates_;
    }

    function verify(bytes calldata, bytes calldata proof) external view returns (bool, uint64) {
        if (proof.length == 0) revert("broken");
        return (true, gates);
    }
}

contract TaskMarketTest is Market {
    function test_postTask__escrows_the_fee() external {
        uint256 before = token.balanceOf(USER_ACCOUNT);
        (uint256 taskId,) = post();
        equal(token.balanceOf(address(market)), FEE, "escrow");
        equal(token.balanceOf(USER_ACCOUNT), before - FEE, "user");
        isTrue(market.taskOf(taskId).status == TaskBook.Status.Open, "open");
    }

    function test_postTask__zero_or_huge_fee__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, 0, MAX_AMOUNT));
        market.postTask(app, 0, "", "");
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, MAX_AMOUNT + 1, MAX_AMOUNT));
        market.postTask(app, MAX_AMOUNT + 1, "", "");
    }

    function test_postTask__below_the_least_fee_of_the_scheme__is_refused() external {
        market.setMinFee(0, FEE);
        market.setMinFee(1, FEE * 2);
        post();
        market.setMinFee(0, FEE + 1);
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.FeeTooSmall.selector, FEE, FEE + 1));
        market.postTask(app, FEE, "", "");
    }

    function test_postTask__app_not_approved__is_refused() external {
        registry.stopApp(app, 2);
        post();
        enter(2);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.AppNotUsable.selector, app));
        market.postTask(app, FEE, "", "");
    }

    function test_postTask__statement_open_or_proven__is_refused_but_free_after_cancel() external {
        vm.startPrank(USER_ACCOUNT);
        bytes memory publics = abi.encode(keccak256("same"));
        uint256 one = market.postTask(app, FEE, "", publics);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.StatementTaken.selector, app, keccak256(publics), one));
        market.postTask(app, FEE, "", publics);
        market.cancelTask(one);
        uint256 two = market.postTask(app, FEE, "", publics);
        vm.stopPrank();
        isTrue(two != one, "ids are never used again");
        accept(MINER_ONE, two);
        submit(MINER_ONE, two, "same");
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.StatementTaken.selector, app, keccak256(publics), two));
        market.postTask(app, FEE, "", publics);
    }

    function test_acceptTask__no_stake__is_refused() external {
        (uint256 taskId,) = post();
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, CAPACITY, 0));
        market.acceptTask(taskId);
    }

    function test_acceptTask__more_than_stake_covers__is_refused() external {
        accepted();
        accepted();
        (uint256 third,) = post();
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 30 ether, 25 ether));
        market.acceptTask(third);
        accept(MINER_TWO, third);
    }

    function test_acceptTask__taken__is_refused_until_the_deadline() external {
        (uint256 taskId,) = accepted();
        uint64 deadline = uint64(block.timestamp) + WINDOW;
        vm.warp(deadline);
        vm.prank(MINER_TWO);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.DeadlineNotPassed.selector, taskId, deadline));
        market.acceptTask(taskId);
    }

    function test_acceptTask__after_the_deadline__takes_over_and_slashes() external {
        (uint256 taskId, bytes memory proof) = accepted();
        vm.warp(block.timestamp + WINDOW + 1);
        uint256 before = token.balanceOf(USER_ACCOUNT);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.AlreadyAccepted.selector, taskId, MINER_ONE));
        market.acceptTask(taskId);
        accept(MINER_TWO, taskId);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "slashed");
        equal(token.balanceOf(USER_ACCOUNT), before + MISS, "to the user");
        equal(staking.positionOf(app, MINER_ONE, MINER).locked, 0, "unlocked");
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.NotTheMiner.selector, taskId, MINER_ONE));
        market.submitProof(taskId, proof);
        submit(MINER_TWO, taskId, proof);
    }

    function test_submitProof__right__pays_the_miner_and_says_what_counts() external {
        (uint256 taskId, bytes memory proof) = accepted();
        uint256 before = token.balanceOf(MINER_ONE);
        vm.expectEmit(true, true, true, true);
        emit TaskMarket.ProofVerified(taskId, app, MINER_ONE, USER_ACCOUNT, 0, GATES, 1);
        submit(MINER_ONE, taskId, proof);
        equal(token.balanceOf(MINER_ONE), before + FEE, "fee");
        equal(token.balanceOf(address(market)), 0, "no escrow left");
        equal(staking.positionOf(app, MINER_ONE, MINER).openTasks, 0, "unlocked");
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.WrongStatus.selector, taskId, TaskBook.Status.Proven));
        market.submitProof(taskId, proof);
    }

    function test_submitProof__wrong__is_refused() external {
        (uint256 taskId,) = accepted();
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.ProofRejected.selector, app, address(verifier)));
        market.submitProof(taskId, "wrong");
    }

    function test_submitProof__late__is_refused() external {
        (uint256 taskId, bytes memory proof) = accepted();
        uint64 deadline = uint64(block.timestamp) + WINDOW;
        vm.warp(deadline + 1);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.DeadlinePassed.selector, taskId, deadline));
        market.submitProof(taskId, proof);
    }

    function test_submitProof__app_stopped_meanwhile__is_refused_and_user_refunded_without_slash() external {
        vm.warp(startOf(2) - 10);
        (uint256 taskId, bytes memory proof) = accepted();
        registry.stopApp(app, 2);
        enter(2);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.AppNotUsable.selector, app));
        market.submitProof(taskId, proof);
        uint256 before = token.balanceOf(USER_ACCOUNT);
        cancel(taskId);
        equal(token.balanceOf(USER_ACCOUNT), before + FEE, "refund");
        equal(stakeOf(MINER_ONE), 25 ether, "not slashed");
    }

    function test_submitProof__upgraded_meanwhile__counts_terms_in_force_and_a_miss_costs_nothing() external {
        vm.warp(startOf(2) - 10);
        (uint256 one, bytes memory proof) = accepted();
        (uint256 two,) = accepted();
        registry.approveApp(app, 2, 1, 77, address(verifier), WINDOW);
        enter(2);
        vm.expectEmit(true, true, true, true);
        emit TaskMarket.ProofVerified(one, app, MINER_ONE, USER_ACCOUNT, 1, 77, 2);
        submit(MINER_ONE, one, proof);
        vm.prank(USER_ACCOUNT);
        vm.expectPartialRevert(TaskBook.DeadlineNotPassed.selector);
        market.cancelTask(two);
        vm.warp(startOf(2) + WINDOW);
        cancel(two);
        equal(stakeOf(MINER_ONE), 25 ether, "terms changed under it");
    }

    function test_submitProof__verifier_fails__escrow_is_not_locked() external {
        ScriptedVerifier broken = new ScriptedVerifier(5);
        registry.approveApp(app, 2, 0, GATES, address(broken), WINDOW);
        enter(2);
        (uint256 taskId,) = accepted();
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSignature("Error(string)", "broken"));
        market.submitProof(taskId, "");
        vm.warp(block.timestamp + WINDOW + 1);
        cancel(taskId);
        equal(token.balanceOf(address(market)), 0, "refunded");
    }

    function test_submitProof__zkvm__counts_measured_gates_capped_by_the_approval() external {
        equal(gatesOf(new ScriptedVerifier(400), 2), 400, "measured");
        equal(gatesOf(new ScriptedVerifier(5_000), 3), GATES, "capped");
    }

    function test_submitProof__zkvm_without_gates__is_refused() external {
        ScriptedVerifier none = new ScriptedVerifier(0);
        registry.approveApp(app, 2, 2, GATES, address(none), WINDOW);
        enter(2);
        (uint256 taskId,) = accepted();
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.ProofRejected.selector, app, address(none)));
        market.submitProof(taskId, "x");
    }

    function test_submitProof__before_genesis__is_refused() external {
        vm.warp(GENESIS - 1);
        vm.expectRevert(abi.encodeWithSelector(EpochClock.BeforeGenesis.selector, GENESIS - 1, GENESIS));
        market.submitProof(1, "");
    }

    function test_cancelTask__unaccepted__refunds() external {
        (uint256 taskId,) = post();
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.NotTheUser.selector, taskId, MINER_ONE));
        market.cancelTask(taskId);
        uint256 before = token.balanceOf(USER_ACCOUNT);
        cancel(taskId);
        equal(token.balanceOf(USER_ACCOUNT), before + FEE, "refund");
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.WrongStatus.selector, taskId, TaskBook.Status.Cancelled));
        market.cancelTask(taskId);
    }

    function test_cancelTask__accepted__is_refused_until_missed() external {
        (uint256 taskId,) = accepted();
        vm.prank(USER_ACCOUNT);
        vm.expectPartialRevert(TaskBook.DeadlineNotPassed.selector);
        market.cancelTask(taskId);
        vm.warp(block.timestamp + WINDOW + 1);
        cancel(taskId);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "slashed");
    }

    function test_expireTask__missed__opens_the_task_again() external {
        (uint256 taskId,) = accepted();
        vm.expectPartialRevert(TaskBook.DeadlineNotPassed.selector);
        market.expireTask(taskId);
        vm.warp(block.timestamp + WINDOW + 1);
        market.expireTask(taskId);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "slashed once");
        accept(MINER_ONE, taskId);
    }

    function test_feeShares__burn_and_rebate__split_the_fee() external {
        market.setFeeShares(200, 100, 5 ether);
        uint256 user = token.balanceOf(USER_ACCOUNT);
        uint256 miner = token.balanceOf(MINER_ONE);
        (uint256 taskId, bytes memory proof) = accepted();
        market.setFeeShares(0, 0, 0);
        submit(MINER_ONE, taskId, proof);
        equal(token.balanceOf(market.BURN_SINK()), FEE * 2 / 100, "burned");
        equal(token.balanceOf(USER_ACCOUNT), user - FEE + FEE / 100, "rebate");
        equal(token.balanceOf(MINER_ONE), miner + FEE * 97 / 100, "miner");
    }

    function test_feeShares__user_stakes_too_little__gets_no_rebate() external {
        market.setFeeShares(0, 100, 5 ether + 1);
        uint256 user = token.balanceOf(USER_ACCOUNT);
        (uint256 taskId, bytes memory proof) = accepted();
        submit(MINER_ONE, taskId, proof);
        equal(token.balanceOf(USER_ACCOUNT), user - FEE, "no rebate");
    }

    function test_setFeeShares__more_than_half__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(MarketRules.ShareTooLarge.selector, 5_001, 5_000));
        market.setFeeShares(5_000, 1, 0);
    }

    function test_setCapacity__no_slash_for_a_miss__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, 0, 5));
        market.setCapacity(5, 0);
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, 6, 5));
        market.setCapacity(5, 6);
    }

    function test_publicsOf__any_length__is_what_was_posted() external {
        for (uint256 size = 0; size < 100; size += 33) {
            bytes memory publics = new bytes(size);
            for (uint256 i = 0; i < size; ++i) publics[i] = bytes1(uint8(i + 1));
            vm.prank(USER_ACCOUNT);
            uint256 taskId = market.postTask(app, FEE, "", publics);
            equal(keccak256(market.publicsOf(taskId)), keccak256(publics), "publics");
        }
        vm.expectRevert(abi.encodeWithSelector(TaskBook.PublicsTooLong.selector, 8_193, 8_192));
        market.postTask(app, FEE, "", new bytes(8_193));
    }

    function gatesOf(ScriptedVerifier zkvm, uint64 epoch) private returns (uint256) {
        registry.approveApp(app, epoch, 2, GATES, address(zkvm), WINDOW);
        enter(epoch);
        (uint256 taskId,) = accepted();
        vm.recordLogs();
        submit(MINER_ONE, taskId, "x");
        (,, uint64 gates,) = abi.decode(vm.getRecordedLogs()[0].data, (address, uint8, uint64, uint64));
        return gates;
    }
}
