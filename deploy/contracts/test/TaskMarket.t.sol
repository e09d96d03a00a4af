// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EpochClock} from "../src/EpochClock.sol";
import {AmountOutOfRange} from "../src/Limits.sol";
import {MINER, Staking} from "../src/Staking.sol";
import {TaskMarket} from "../src/TaskMarket.sol";
import {TimedPause} from "../src/TimedPause.sol";
import {Acceptances} from "../src/market/Acceptances.sol";
import {Proofs} from "../src/market/Proofs.sol";
import {RuleChanges} from "../src/market/RuleChanges.sol";
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

    function statementDomain() external view returns (bytes32) {
        return keccak256(abi.encode("scripted", gates));
    }
}

contract TaskMarketTest is Market {
    bytes private SAME = abi.encode(keccak256("same"));

    function test_postTask__escrows_the_fee() external {
        uint256 before = token.balanceOf(USER_ACCOUNT);
        (uint256 taskId,) = post();
        equal(token.balanceOf(address(market)), FEE, "escrow");
        equal(token.balanceOf(USER_ACCOUNT), before - FEE, "user");
        isTrue(desk.taskOf(taskId).status == TaskBook.Status.Open, "open");
    }

    function test_postTask__zero_or_huge_fee__is_refused() external {
        uint256 limit = market.MAX_FEE();
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, 0, limit));
        market.postTask(app, 0, "", "");
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, limit + 1, limit));
        market.postTask(app, limit + 1, "", "");
    }

    function test_postTask__below_the_least_fee_of_the_scheme__is_refused() external {
        desk.setMinFee(0, FEE);
        desk.setMinFee(1, FEE * 2);
        post();
        desk.setMinFee(0, FEE + 1);
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.FeeTooSmall.selector, FEE, FEE + 1));
        market.postTask(app, FEE, "", "");
    }

    function test_postTask__below_the_least_fee_of_the_app__is_refused() external {
        desk.setMinFee(0, FEE - 1);
        desk.setMinFeeOfApp(app, FEE + 1);
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.FeeTooSmall.selector, FEE, FEE + 1));
        market.postTask(app, FEE, "", "");
        desk.setMinFeeOfApp(app, 0);
        post();
        equal(desk.leastFee(app, 0), FEE - 1, "the scheme's");
    }

    function test_postTask__inputs_too_long__is_refused() external {
        uint256 limit = market.MAX_INPUTS_BYTES();
        vm.startPrank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(Acceptances.InputsTooLong.selector, limit + 1, limit));
        market.postTask(app, FEE, new bytes(limit + 1), "");
        market.postTask(app, FEE, new bytes(limit), "");
    }

    function test_postTask__app_not_approved__is_refused() external {
        registry.stopApp(app, 2);
        post();
        enter(2);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.AppNotUsable.selector, app));
        market.postTask(app, FEE, "", "");
    }

    /// Whoever copies a task takes nothing from it: a statement is taken by its acceptance, which locks a stake.
    function test_acceptTask__statement_accepted_elsewhere_or_proven__is_refused_but_free_after_a_miss() external {
        uint256 copied = postAs(MINER_TWO, app, SAME);
        uint256 own = postAs(USER_ACCOUNT, app, SAME);
        accept(MINER_TWO, copied);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.StatementTaken.selector, app, copied));
        market.acceptTask(own, 0, 0, CAPACITY);
        vm.warp(block.timestamp + WINDOW + 1);
        market.expireTask(copied);
        equal(stakeOf(MINER_TWO), 25 ether - MISS, "that was not for nothing");
        accept(MINER_ONE, own);
        submit(MINER_ONE, own, "same");
        vm.prank(MINER_TWO);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.StatementTaken.selector, app, own));
        market.acceptTask(copied, 0, 0, CAPACITY);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.StatementTaken.selector, app, own));
        market.postTask(app, FEE, "", SAME);
    }

    function test_acceptTask__another_app_of_the_same_verifier__statement_counts_once() external {
        address other = registry.registerApp(0, GATES, address(verifier), WINDOW, "twin");
        approve(other, 2, 0, GATES, address(verifier), WINDOW);
        vm.prank(MINER_ONE);
        staking.stake(other, MINER, 25 ether);
        enter(2);
        uint256 twin = postAs(USER_ACCOUNT, other, SAME);
        uint256 own = postAs(USER_ACCOUNT, app, SAME);
        accept(MINER_ONE, own);
        submit(MINER_ONE, own, "same");
        vm.prank(MINER_ONE);
        vm.expectPartialRevert(TaskBook.StatementTaken.selector);
        market.acceptTask(twin, 0, 0, CAPACITY);
    }

    function test_acceptTask__terms_below_the_miners_bounds__is_refused() external {
        desk.setFeeShares(200, 100, 0);
        (uint256 taskId,) = post();
        uint256 pay = FEE * 97 / 100;
        bytes memory refusal =
            abi.encodeWithSelector(Acceptances.TermsBelowBounds.selector, taskId, pay, WINDOW, CAPACITY);
        vm.startPrank(MINER_ONE);
        vm.expectRevert(refusal);
        market.acceptTask(taskId, pay + 1, WINDOW, CAPACITY);
        vm.expectRevert(refusal);
        market.acceptTask(taskId, pay, WINDOW + 1, CAPACITY);
        vm.expectRevert(refusal);
        market.acceptTask(taskId, pay, WINDOW, CAPACITY - 1);
        market.acceptTask(taskId, pay, WINDOW, CAPACITY);
    }

    /// What is raised later holds for what is accepted later, whenever it was posted.
    function test_acceptTask__fee_raised_since_the_posting__is_refused() external {
        (uint256 taskId,) = post();
        (uint256 begun, bytes memory proof) = accepted();
        desk.setMinFee(0, FEE + 1);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.FeeTooSmall.selector, FEE, FEE + 1));
        market.acceptTask(taskId, 0, 0, CAPACITY);
        cancel(taskId);
        submit(MINER_ONE, begun, proof);
    }

    function test_acceptTask__upgraded_to_a_scheme_with_a_greater_fee__is_refused() external {
        (uint256 taskId,) = post();
        desk.setMinFee(1, FEE + 1);
        approve(app, 2, 1, GATES, address(verifier), WINDOW);
        enter(2);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.FeeTooSmall.selector, FEE, FEE + 1));
        market.acceptTask(taskId, 0, 0, CAPACITY);
    }

    function test_acceptTask__burn_raised_since_the_posting__is_burned_and_the_rebate_gives_way() external {
        desk.setFeeShares(100, 1_000, 0);
        (uint256 taskId, bytes memory proof) = post();
        desk.setFeeShares(4_500, 0, 0);
        uint256 user = token.balanceOf(USER_ACCOUNT);
        accept(MINER_ONE, taskId);
        desk.setFeeShares(0, 0, 0);
        submit(MINER_ONE, taskId, proof);
        equal(token.balanceOf(market.BURN_SINK()), FEE * 45 / 100, "burned");
        equal(token.balanceOf(USER_ACCOUNT), user + FEE * 5 / 100, "half of the fee is the miner's");
    }

    function test_acceptTask__paused__is_refused_while_work_goes_on() external {
        (uint256 taskId, bytes memory proof) = accepted();
        (uint256 open,) = post();
        bytes32 flag = market.acceptanceFlag(app);
        bytes32[] memory flags = list(flag);
        vm.prank(pauser);
        market.pause(flags, 3_600);
        vm.prank(MINER_TWO);
        vm.expectRevert(abi.encodeWithSelector(TimedPause.Paused.selector, flag, block.timestamp + 3_600));
        market.acceptTask(open, 0, 0, CAPACITY);
        submit(MINER_ONE, taskId, proof);
        vm.warp(block.timestamp + 3_600);
        accept(MINER_TWO, open);
    }

    function test_acceptTask__no_stake__is_refused() external {
        (uint256 taskId,) = post();
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, CAPACITY, 0));
        market.acceptTask(taskId, 0, 0, type(uint128).max);
    }

    function test_acceptTask__more_than_stake_covers__is_refused() external {
        accepted();
        accepted();
        (uint256 third,) = post();
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 30 ether, 25 ether));
        market.acceptTask(third, 0, 0, type(uint128).max);
        accept(MINER_TWO, third);
    }

    function test_acceptTask__taken__is_refused_until_the_deadline() external {
        (uint256 taskId,) = accepted();
        uint64 deadline = uint64(block.timestamp) + WINDOW;
        vm.warp(deadline);
        vm.prank(MINER_TWO);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.DeadlineNotPassed.selector, taskId, deadline));
        market.acceptTask(taskId, 0, 0, type(uint128).max);
    }

    function test_acceptTask__after_the_deadline__takes_over_and_slashes() external {
        (uint256 taskId, bytes memory proof) = accepted();
        vm.warp(block.timestamp + WINDOW + 1);
        uint256 user = token.balanceOf(USER_ACCOUNT);
        uint256 second = token.balanceOf(MINER_TWO);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskMarket.AlreadyAccepted.selector, taskId, MINER_ONE));
        market.acceptTask(taskId, 0, 0, type(uint128).max);
        accept(MINER_TWO, taskId);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "slashed");
        equal(token.balanceOf(market.BURN_SINK()), MISS / 2, "half is burned");
        equal(desk.keptFor(taskId), MISS / 2, "half waits");
        equal(staking.positionOf(app, MINER_ONE, MINER).locked, 0, "unlocked");
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskMarket.NotTheMiner.selector, taskId, MINER_ONE));
        market.submitProof(taskId, publicsOf[taskId], proof);
        submit(MINER_TWO, taskId, proof);
        equal(token.balanceOf(MINER_TWO), second + FEE + MISS / 2, "for who proves it");
        equal(token.balanceOf(USER_ACCOUNT), user, "the poster earns nothing");
        equal(token.balanceOf(address(market)), 0, "nothing held");
    }

    /// A statement nobody can prove earns its poster nothing, however many miners take it.
    function test_cancelTask__missed_twice__burns_all_that_was_slashed() external {
        uint256 before = token.balanceOf(USER_ACCOUNT);
        (uint256 taskId,) = accepted();
        vm.warp(block.timestamp + WINDOW + 1);
        accept(MINER_TWO, taskId);
        vm.warp(block.timestamp + WINDOW + 1);
        cancel(taskId);
        equal(token.balanceOf(USER_ACCOUNT), before, "fee back, no more");
        equal(token.balanceOf(market.BURN_SINK()), 2 * MISS, "all burned");
        equal(token.balanceOf(address(market)), 0, "nothing held");
    }

    function test_expireTask__slash_raised_since_the_acceptance__costs_what_was_agreed() external {
        (uint256 taskId,) = accepted();
        desk.setCapacity(CAPACITY, CAPACITY);
        vm.warp(block.timestamp + WINDOW + 1);
        market.expireTask(taskId);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "as agreed");
    }

    function test_submitProof__right__pays_the_miner_and_says_what_counts() external {
        (uint256 taskId, bytes memory proof) = accepted();
        uint256 before = token.balanceOf(MINER_ONE);
        vm.expectEmit(true, true, true, true);
        emit Proofs.ProofVerified(taskId, app, MINER_ONE, USER_ACCOUNT, 0, GATES, 1);
        submit(MINER_ONE, taskId, proof);
        equal(token.balanceOf(MINER_ONE), before + FEE, "fee");
        equal(token.balanceOf(address(market)), 0, "no escrow left");
        equal(staking.positionOf(app, MINER_ONE, MINER).openTasks, 0, "unlocked");
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.WrongStatus.selector, taskId, TaskBook.Status.Proven));
        market.submitProof(taskId, publicsOf[taskId], proof);
    }

    function test_submitProof__wrong__is_refused() external {
        (uint256 taskId,) = accepted();
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(Proofs.ProofRejected.selector, app, address(verifier)));
        market.submitProof(taskId, publicsOf[taskId], "wrong");
    }

    function test_submitProof__late__is_refused() external {
        (uint256 taskId, bytes memory proof) = accepted();
        uint64 deadline = uint64(block.timestamp) + WINDOW;
        vm.warp(deadline + 1);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.DeadlinePassed.selector, taskId, deadline));
        market.submitProof(taskId, publicsOf[taskId], proof);
    }

    function test_submitProof__app_stopped_meanwhile__is_refused_and_user_refunded_without_slash() external {
        vm.warp(startOf(2) - 10);
        (uint256 taskId, bytes memory proof) = accepted();
        registry.stopApp(app, 2);
        enter(2);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.AppNotUsable.selector, app));
        market.submitProof(taskId, publicsOf[taskId], proof);
        uint256 before = token.balanceOf(USER_ACCOUNT);
        cancel(taskId);
        equal(token.balanceOf(USER_ACCOUNT), before + FEE, "refund");
        equal(stakeOf(MINER_ONE), 25 ether, "not slashed");
    }

    /// The same verifier takes the proof under new terms, so that the miner is as bound as before.
    function test_submitProof__upgraded_meanwhile_with_its_verifier__counts_terms_in_force_and_a_miss_is_one() external {
        vm.warp(startOf(2) - 10);
        (uint256 one, bytes memory proof) = accepted();
        (uint256 two,) = accepted();
        approve(app, 2, 1, 77, address(verifier), WINDOW);
        enter(2);
        vm.expectEmit(true, true, true, true);
        emit Proofs.ProofVerified(one, app, MINER_ONE, USER_ACCOUNT, 1, 77, 2);
        submit(MINER_ONE, one, proof);
        vm.prank(USER_ACCOUNT);
        vm.expectPartialRevert(TaskBook.DeadlineNotPassed.selector);
        market.cancelTask(two);
        vm.warp(startOf(2) + WINDOW);
        cancel(two);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "it could have proven");
    }

    /// Accepting right before a known upgrade blocks nothing beyond it.
    function test_expireTask__other_verifier_since__ends_at_once_without_slash() external {
        vm.warp(startOf(2) - 10);
        (uint256 taskId,) = accepted();
        approve(app, 2, 0, GATES, address(new ScriptedVerifier(5)), WINDOW);
        vm.expectPartialRevert(TaskBook.DeadlineNotPassed.selector);
        market.expireTask(taskId);
        enter(2);
        accept(MINER_TWO, taskId);
        equal(stakeOf(MINER_ONE), 25 ether, "its proof would not have been taken");
        submit(MINER_TWO, taskId, "by the new one");
    }

    function test_expireTask__other_verifier_only_after_the_deadline__slashes() external {
        vm.warp(startOf(2) - WINDOW - 10);
        (uint256 taskId,) = accepted();
        approve(app, 2, 0, GATES, address(new ScriptedVerifier(5)), WINDOW);
        enter(2);
        market.expireTask(taskId);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "it was late already");
    }

    function test_submitProof__upgraded_to_a_scheme_with_a_greater_fee__is_refused_and_ends_without_slash() external {
        vm.warp(startOf(2) - 10);
        (uint256 taskId, bytes memory proof) = accepted();
        desk.setMinFee(1, FEE + 1);
        approve(app, 2, 1, GATES, address(verifier), WINDOW);
        enter(2);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.FeeTooSmall.selector, FEE, FEE + 1));
        market.submitProof(taskId, publicsOf[taskId], proof);
        cancel(taskId);
        equal(stakeOf(MINER_ONE), 25 ether, "not slashed");
    }

    function test_halt__stops_all_work_and_ends_acceptances_without_slash() external {
        (uint256 taskId, bytes memory proof) = accepted();
        (uint256 open,) = post();
        halt(app, 3_600);
        bytes memory refusal =
            abi.encodeWithSelector(TimedPause.Paused.selector, market.haltFlag(app), block.timestamp + 3_600);
        vm.prank(MINER_ONE);
        vm.expectRevert(refusal);
        market.submitProof(taskId, publicsOf[taskId], proof);
        vm.prank(MINER_TWO);
        vm.expectRevert(refusal);
        market.acceptTask(open, 0, 0, CAPACITY);
        market.expireTask(taskId);
        cancel(open);
        equal(stakeOf(MINER_ONE), 25 ether, "not slashed");
        equal(staking.positionOf(app, MINER_ONE, MINER).locked, 0, "free");
        vm.warp(block.timestamp + 3_600);
        accept(MINER_ONE, taskId);
        submit(MINER_ONE, taskId, proof);
    }

    function test_halt__over_before_the_deadline__the_proof_is_taken_and_nobody_ends_the_task_early() external {
        (uint256 taskId, bytes memory proof) = accepted();
        halt(app, 60);
        vm.warp(block.timestamp + 60);
        vm.expectPartialRevert(TaskBook.DeadlineNotPassed.selector);
        market.expireTask(taskId);
        submit(MINER_ONE, taskId, proof);
    }

    function test_halt__touched_the_miners_time__a_missed_deadline_costs_nothing() external {
        (uint256 taskId,) = accepted();
        (uint256 other,) = accepted();
        halt(app, 60);
        bytes32[] memory flags = list(market.haltFlag(app));
        vm.warp(block.timestamp + 30);
        market.setPause(flags, 0);
        vm.warp(block.timestamp + WINDOW);
        market.expireTask(taskId);
        cancel(other);
        equal(stakeOf(MINER_ONE), 25 ether, "not slashed");
    }

    function test_halt__over_before_the_acceptance__a_missed_deadline_costs_as_ever() external {
        halt(app, 60);
        vm.warp(block.timestamp + 60);
        (uint256 taskId,) = accepted();
        vm.warp(block.timestamp + WINDOW + 1);
        market.expireTask(taskId);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "slashed");
    }

    function test_halt__of_another_app__stops_nothing() external {
        halt(address(0xA99), 60);
        (uint256 taskId, bytes memory proof) = accepted();
        submit(MINER_ONE, taskId, proof);
    }

    function test_submitProof__verifier_fails__escrow_is_not_locked() external {
        ScriptedVerifier broken = new ScriptedVerifier(5);
        approve(app, 2, 0, GATES, address(broken), WINDOW);
        enter(2);
        (uint256 taskId,) = accepted();
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSignature("Error(string)", "broken"));
        market.submitProof(taskId, publicsOf[taskId], "");
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
        approve(app, 2, 2, GATES, address(none), WINDOW);
        enter(2);
        (uint256 taskId,) = accepted();
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(Proofs.ProofRejected.selector, app, address(none)));
        market.submitProof(taskId, publicsOf[taskId], "x");
    }

    function test_submitProof__before_genesis__is_refused() external {
        vm.warp(GENESIS - 1);
        vm.expectRevert(abi.encodeWithSelector(EpochClock.BeforeGenesis.selector, GENESIS - 1, GENESIS));
        market.submitProof(1, "", "");
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
        desk.setFeeShares(200, 100, 5 ether);
        uint256 user = token.balanceOf(USER_ACCOUNT);
        uint256 miner = token.balanceOf(MINER_ONE);
        (uint256 taskId, bytes memory proof) = accepted();
        desk.setFeeShares(0, 0, 0);
        submit(MINER_ONE, taskId, proof);
        equal(token.balanceOf(market.BURN_SINK()), FEE * 2 / 100, "burned");
        equal(token.balanceOf(USER_ACCOUNT), user - FEE + FEE / 100, "rebate");
        equal(token.balanceOf(MINER_ONE), miner + FEE * 97 / 100, "miner");
    }

    function test_feeShares__user_stakes_too_little__gets_no_rebate() external {
        desk.setFeeShares(0, 100, 5 ether + 1);
        uint256 user = token.balanceOf(USER_ACCOUNT);
        (uint256 taskId, bytes memory proof) = accepted();
        submit(MINER_ONE, taskId, proof);
        equal(token.balanceOf(USER_ACCOUNT), user - FEE, "no rebate");
    }

    function test_setFeeShares__more_than_half__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(RuleChanges.ShareTooLarge.selector, 5_001, 5_000));
        desk.setFeeShares(5_000, 1, 0);
    }

    function test_setCapacity__no_slash_for_a_miss__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, 0, 5));
        desk.setCapacity(5, 0);
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, 6, 5));
        desk.setCapacity(5, 6);
    }

    function test_submitProof__publics_of_any_length__are_those_posted_and_no_others() external {
        approve(app, 2, 0, GATES, address(new ScriptedVerifier(5)), WINDOW);
        enter(2);
        for (uint256 size = 0; size < 100; size += 33) {
            bytes memory publics = new bytes(size);
            for (uint256 i = 0; i < size; ++i) publics[i] = bytes1(uint8(i + 1));
            uint256 taskId = postAs(USER_ACCOUNT, app, publics);
            accept(MINER_ONE, taskId);
            vm.prank(MINER_ONE);
            vm.expectRevert(abi.encodeWithSelector(Proofs.OtherPublics.selector, taskId));
            market.submitProof(taskId, bytes.concat(publics, hex"00"), "x");
            submit(MINER_ONE, taskId, "x");
        }
        vm.expectRevert(abi.encodeWithSelector(Acceptances.PublicsTooLong.selector, 8_193, 8_192));
        market.postTask(app, FEE, "", new bytes(8_193));
    }

    /// What nobody needs any more gives its gas back.
    function test_submitProof__right__forgets_user_and_fee_but_not_the_statement() external {
        (uint256 taskId, bytes memory proof) = accepted();
        submit(MINER_ONE, taskId, proof);
        TaskBook.TaskView memory task = desk.taskOf(taskId);
        equal(task.user, address(0), "user");
        equal(task.fee, 0, "fee");
        equal(task.miner, MINER_ONE, "who has proven it");
        equal(desk.taskOfStatement(app, keccak256(publicsOf[taskId])), taskId, "the statement is taken");
    }

    function test_postTask__ids__tell_tasks_of_one_statement_and_of_all_apart() external {
        uint256 one = postAs(USER_ACCOUNT, app, SAME);
        uint256 two = postAs(MINER_ONE, app, SAME);
        (uint256 other,) = post();
        equal(one >> 56, two >> 56, "one statement");
        isTrue(one != two && other >> 56 != one >> 56, "three tasks");
        equal(desk.postCount(), 3, "counted");
    }

    function gatesOf(ScriptedVerifier zkvm, uint64 epoch) private returns (uint256) {
        approve(app, epoch, 2, GATES, address(zkvm), WINDOW);
        enter(epoch);
        (uint256 taskId,) = accepted();
        vm.recordLogs();
        submit(MINER_ONE, taskId, "x");
        (,, uint64 gates,) = abi.decode(vm.getRecordedLogs()[0].data, (address, uint8, uint64, uint64));
        return gates;
    }
}
