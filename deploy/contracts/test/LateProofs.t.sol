// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TaskMarket} from "../src/TaskMarket.sol";
import {LateProofs} from "../src/market/LateProofs.sol";
import {Proofs} from "../src/market/Proofs.sol";
import {TaskBook} from "../src/market/TaskBook.sol";
import {TimedPause} from "../src/TimedPause.sol";
import {Market} from "./support/Market.sol";

contract LateProofsTest is Market {
    bytes32 private constant SALT = "salt";
    address private constant LATE = address(0x1A7E);

    function commit(address prover, uint256 taskId, bytes memory proof) private {
        bytes32 commitment = market.lateCommitment(taskId, prover, keccak256(proof), SALT);
        vm.prank(prover);
        market.commitProof(commitment);
        vm.roll(block.number + 1);
    }

    /// A task that MINER_ONE has missed, with LATE committed to its proof.
    function missed() private returns (uint256 taskId, bytes memory proof) {
        (taskId, proof) = accepted();
        vm.warp(block.timestamp + WINDOW + 1);
        commit(LATE, taskId, proof);
    }

    function submitLate(address prover, uint256 taskId, bytes memory proof) private {
        vm.prank(prover);
        market.submitLate(taskId, publicsOf[taskId], proof, SALT);
    }

    function refuses(bytes memory refusal, address prover, uint256 taskId, bytes memory proof) private {
        vm.prank(prover);
        vm.expectRevert(refusal);
        market.submitLate(taskId, publicsOf[taskId], proof, SALT);
    }

    function test_submitLate__missed__pays_fee_and_half_of_the_slash_to_who_proves_it() external {
        uint256 user = token.balanceOf(USER_ACCOUNT) - FEE;
        (uint256 taskId, bytes memory proof) = missed();
        vm.expectEmit(true, true, true, true);
        emit TaskBook.TaskExpired(taskId, MINER_ONE, MISS);
        vm.expectEmit(true, true, true, true);
        emit Proofs.ProofVerified(taskId, app, LATE, USER_ACCOUNT, 0, GATES, 1);
        submitLate(LATE, taskId, proof);
        equal(token.balanceOf(LATE), FEE + MISS / 2, "fee and half of the slash");
        equal(token.balanceOf(market.BURN_SINK()), MISS / 2, "the other half is burned");
        equal(token.balanceOf(USER_ACCOUNT), user, "the user has its proof, no more");
        equal(token.balanceOf(address(market)), 0, "nothing held");
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "slashed");
        equal(staking.positionOf(app, MINER_ONE, 0).locked, 0, "unlocked");
        isTrue(desk.taskOf(taskId).status == TaskBook.Status.Proven, "proven");
        equal(desk.taskOfStatement(app, keccak256(publicsOf[taskId])), taskId, "once for ever");
    }

    function test_submitLate__expired_before__pays_the_same() external {
        (uint256 taskId, bytes memory proof) = missed();
        market.expireTask(taskId);
        submitLate(LATE, taskId, proof);
        equal(token.balanceOf(LATE), FEE + MISS / 2, "fee and half of the slash");
    }

    function test_submitLate__in_the_miners_time_or_of_an_open_task__is_refused() external {
        (uint256 taskId, bytes memory proof) = accepted();
        commit(LATE, taskId, proof);
        refuses(
            abi.encodeWithSelector(TaskBook.DeadlineNotPassed.selector, taskId, block.timestamp + WINDOW), LATE, taskId, proof
        );
        (uint256 open, bytes memory other) = post();
        commit(LATE, open, other);
        refuses(abi.encodeWithSelector(TaskMarket.NotMissed.selector, open), LATE, open, other);
    }

    /// Who sees the proof in the mempool has not committed to it in an earlier block.
    function test_submitLate__copied__is_refused() external {
        (uint256 taskId, bytes memory proof) = missed();
        bytes32 commitment = market.lateCommitment(taskId, MINER_TWO, keccak256(proof), SALT);
        bytes memory refusal = abi.encodeWithSelector(LateProofs.NotCommitted.selector, commitment);
        refuses(refusal, MINER_TWO, taskId, proof);
        market.commitProof(commitment);
        refuses(refusal, MINER_TWO, taskId, proof);
        submitLate(LATE, taskId, proof);
    }

    /// Committing again moves nothing: nobody makes another's commitment younger.
    function test_commitProof__again__the_first_time_counts() external {
        (uint256 taskId, bytes memory proof) = missed();
        market.commitProof(market.lateCommitment(taskId, LATE, keccak256(proof), SALT));
        submitLate(LATE, taskId, proof);
    }

    function test_submitLate__wrong_proof_or_publics__is_refused_and_nothing_is_slashed() external {
        (uint256 taskId,) = missed();
        commit(LATE, taskId, "wrong");
        refuses(abi.encodeWithSelector(Proofs.ProofRejected.selector, app, address(verifier)), LATE, taskId, "wrong");
        vm.prank(LATE);
        vm.expectRevert(abi.encodeWithSelector(Proofs.OtherPublics.selector, taskId));
        market.submitLate(taskId, abi.encode(keccak256("wrong")), "wrong", SALT);
        equal(stakeOf(MINER_ONE), 25 ether, "as if nothing had been sent");
    }

    function test_submitLate__proven_or_taken_over__is_refused() external {
        (uint256 taskId, bytes memory proof) = missed();
        accept(MINER_TWO, taskId);
        refuses(
            abi.encodeWithSelector(TaskBook.DeadlineNotPassed.selector, taskId, block.timestamp + WINDOW), LATE, taskId, proof
        );
        submit(MINER_TWO, taskId, proof);
        refuses(abi.encodeWithSelector(TaskMarket.NotMissed.selector, taskId), LATE, taskId, proof);
    }

    function test_submitLate__disputed_halted_or_closed__is_refused() external {
        (uint256 taskId, bytes memory proof) = missed();
        (uint256 other, bytes memory otherProof) = accepted();
        vm.prank(USER_ACCOUNT);
        desk.openDispute(other);
        vm.warp(block.timestamp + WINDOW + 1);
        commit(LATE, other, otherProof);
        refuses(abi.encodeWithSelector(TaskBook.AlreadyDisputed.selector, other), LATE, other, otherProof);
        market.expireTask(taskId);
        bytes32[] memory flags = list(market.acceptanceFlag(app));
        vm.prank(pauser);
        market.pause(flags, 60);
        refuses(
            abi.encodeWithSelector(TimedPause.Paused.selector, flags[0], block.timestamp + 60), LATE, taskId, proof
        );
        halt(app, 60);
        refuses(
            abi.encodeWithSelector(TimedPause.Paused.selector, market.haltFlag(app), block.timestamp + 60), LATE, taskId, proof
        );
    }

    function test_submitLate__past_the_final_deadline__is_refused() external {
        TaskBook.Wishes memory wishes;
        (wishes.finalAt, wishes.lockSeconds) = (uint40(block.timestamp) + 200, 100);
        (uint256 taskId, bytes memory proof) = post(wishes);
        accept(MINER_ONE, taskId);
        commit(LATE, taskId, proof);
        vm.warp(wishes.finalAt + 1);
        refuses(abi.encodeWithSelector(TaskBook.FinalPassed.selector, taskId, wishes.finalAt), LATE, taskId, proof);
        vm.warp(wishes.finalAt);
        submitLate(LATE, taskId, proof);
    }

    function test_submitLate__fee_or_burn_raised_meanwhile__hold_as_for_an_acceptance() external {
        (uint256 taskId, bytes memory proof) = missed();
        desk.setFeeShares(1_000, 0, 0);
        desk.setMinFee(0, FEE + 1);
        market.expireTask(taskId);
        refuses(abi.encodeWithSelector(TaskBook.FeeTooSmall.selector, FEE, FEE + 1), LATE, taskId, proof);
        desk.setMinFee(0, FEE);
        submitLate(LATE, taskId, proof);
        equal(token.balanceOf(LATE), FEE * 9 / 10 + MISS / 2, "burn as it is now");
    }

    function test_submitLate__statement_proven_elsewhere_meanwhile__is_refused() external {
        (uint256 taskId, bytes memory proof) = missed();
        market.expireTask(taskId);
        uint256 other = postAs(USER_ACCOUNT, app, publicsOf[taskId]);
        accept(MINER_TWO, other);
        refuses(abi.encodeWithSelector(TaskBook.StatementTaken.selector, app, other), LATE, taskId, proof);
    }
}
