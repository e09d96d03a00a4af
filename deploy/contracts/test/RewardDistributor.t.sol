// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {RewardDistributor} from "../src/RewardDistributor.sol";
import {TimedPause} from "../src/TimedPause.sol";
import {Ballots} from "../src/distributor/Ballots.sol";
import {Claims} from "../src/distributor/Claims.sol";
import {Committee} from "../src/distributor/Committee.sol";
import {RootQueue} from "../src/distributor/RootQueue.sol";
import {Network} from "./support/Network.sol";
import {Row, Tree} from "./support/Tree.sol";

contract RewardDistributorTest is Network {
    address private constant ALICE = address(0xA);
    address private constant BOB = address(0xB);
    address private constant THIEF = address(0xBAD);
    bytes32 private constant ROOT = keccak256("root");

    function stateOf(uint64 epoch) private view returns (uint8 state) {
        (state,,,) = distributor.rootAt(epoch);
    }

    function refuseVeto(address by, uint64 epoch, bytes memory refusal) private {
        vm.prank(by);
        vm.expectRevert(refusal);
        distributor.veto(epoch);
    }

    function test_activate__before_the_delay__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(RewardDistributor.NothingPending.selector, 0));
        distributor.activate();
        enter(1);
        proposeRoot(0, ROOT, 10);
        uint64 activeAt = uint64(block.timestamp) + DELAY;
        vm.warp(activeAt - 1);
        vm.expectRevert(abi.encodeWithSelector(RewardDistributor.TooEarly.selector, 0, activeAt));
        distributor.activate();
        vm.warp(activeAt);
        distributor.activate();
        equal(stateOf(0), 2, "active");
        (bool exists, uint64 epoch, bytes32 root) = distributor.latestActive();
        isTrue(exists && epoch == 0 && root == ROOT, "latest");
    }

    function test_activate__pulls_exactly_the_growth() external {
        uint256 before = token.balanceOf(treasury);
        publish(0, rows(row(ALICE, 60), row(BOB, 40)), 100);
        equal(token.balanceOf(treasury), before - 100, "first");
        publish(1, rows(row(ALICE, 90), row(BOB, 60)), 150);
        equal(token.balanceOf(treasury), before - 150, "growth only");
        equal(distributor.acceptedTotal(address(token)), 150, "accepted");
    }

    function test_activate__treasury_cannot_pay__stays_pending_until_it_can() external {
        enter(1);
        proposeRoot(0, ROOT, 10);
        vm.warp(block.timestamp + DELAY);
        vm.prank(treasury);
        token.approve(address(distributor), 9);
        vm.expectRevert();
        distributor.activate();
        equal(stateOf(0), 1, "still pending");
        vm.prank(treasury);
        token.approve(address(distributor), 10);
        distributor.activate();
        equal(stateOf(0), 2, "active");
    }

    function test_activate__several_pending__in_order() external {
        enter(3);
        proposeRoot(0, keccak256("0"), 1);
        proposeRoot(1, keccak256("1"), 2);
        proposeRoot(2, keccak256("2"), 3);
        vm.warp(block.timestamp + DELAY);
        for (uint64 epoch = 0; epoch < 3; ++epoch) {
            distributor.activate();
            equal(stateOf(epoch), 2, "active");
        }
        equal(distributor.acceptedTotal(address(token)), 3, "newest total");
    }

    function test_veto__by_anyone_else_or_of_no_pending_epoch__is_refused() external {
        refuseVeto(guardian, 0, abi.encodeWithSelector(RootQueue.EpochNotPending.selector, 0));
        publish(0, rows(row(ALICE, 60), row(BOB, 40)), 100);
        refuseVeto(guardian, 0, abi.encodeWithSelector(RootQueue.EpochNotPending.selector, 0));
        refuseVeto(address(this), 0, abi.encodeWithSelector(RewardDistributor.NotGuardian.selector, address(this)));
    }

    function test_veto__reopens_the_epoch_and_drops_later_ones() external {
        enter(3);
        proposeRoot(0, keccak256("0"), 1);
        proposeRoot(1, keccak256("1"), 2);
        proposeRoot(2, keccak256("2"), 3);
        vm.warp(block.timestamp + DELAY);
        distributor.activate();
        vm.expectEmit(true, true, false, true);
        emit RewardDistributor.RootVetoed(1, keccak256("1"), guardian);
        vm.prank(guardian);
        distributor.veto(1);
        equal(stateOf(0), 2, "earlier one untouched");
        equal(stateOf(1), 0, "vetoed");
        equal(stateOf(2), 0, "dropped");
        equal(distributor.nextEpoch(), 1, "voted on again");
        equal(distributor.round(1), 1, "a new round");
        proposeRoot(1, keccak256("1b"), 2);
        proposeRoot(2, keccak256("2"), 3);
        vm.warp(block.timestamp + DELAY);
        distributor.activate();
        distributor.activate();
        equal(distributor.acceptedTotal(address(token)), 3, "caught up");
    }

    function ballotOf(uint64 epoch, bytes32 root, uint256 total, bytes32 report) private view returns (bytes32) {
        return keccak256(abi.encode(epoch, root, list(address(token)), list(total), report));
    }

    function test_veto__ballot_returns_only_by_the_dao() external {
        enter(1);
        proposeRoot(0, ROOT, 1);
        bytes32 report = reportOf(0, ROOT);
        bytes32 ballot = ballotOf(0, ROOT, 1, report);
        vm.expectEmit(true, true, false, true);
        emit Ballots.BallotBanned(0, ballot);
        vm.prank(guardian);
        distributor.veto(0);
        vm.prank(oracle(0));
        vm.expectRevert(abi.encodeWithSelector(Ballots.BannedBallot.selector, ballot));
        distributor.vote(0, ROOT, list(address(token)), list(uint256(1)), report);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        distributor.readmit(ballot);
        distributor.readmit(ballot);
        proposeRoot(0, ROOT, 1);
        equal(stateOf(0), 1, "pending again");
    }

    /// A wrong root under the hash of the honest report bans itself alone, whichever part of it is wrong.
    function test_veto__wrong_root_of_the_right_report__does_not_ban_the_right_one() external {
        enter(1);
        bytes32 report = "the honest report";
        for (uint256 wrong = 0; wrong < 2; ++wrong) {
            bytes32 root = wrong == 0 ? keccak256("wrong") : ROOT;
            for (uint256 i = 0; i < 2; ++i) {
                vm.prank(oracle(i));
                distributor.vote(0, root, list(address(token)), list(2 - wrong), report);
            }
            vm.prank(guardian);
            distributor.veto(0);
            isTrue(distributor.isBanned(ballotOf(0, root, 2 - wrong, report)), "the wrong one");
        }
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(oracle(i));
            distributor.vote(0, ROOT, list(address(token)), list(uint256(2)), report);
        }
        equal(stateOf(0), 1, "pending");
    }

    function test_veto__votes_of_the_ended_round__do_not_count() external {
        enter(1);
        vote(2, 0, keccak256("other"), 1);
        proposeRoot(0, ROOT, 1);
        vm.prank(guardian);
        distributor.veto(0);
        vote(0, 0, keccak256("other"), 1);
        equal(stateOf(0), 0, "the vote of the old round is void");
    }

    function test_revoke__claims_not_paused_or_not_active__is_refused() external {
        publish(0, rows(row(ALICE, 60), row(BOB, 40)), 100);
        bytes32 root = Tree.root(rows(row(ALICE, 60), row(BOB, 40)));
        vm.expectRevert(abi.encodeWithSelector(TimedPause.NotPaused.selector, bytes32("claims")));
        distributor.revoke(0, root);
        setPaused("claims", true);
        vm.expectRevert(abi.encodeWithSelector(RootQueue.EpochNotActive.selector, 1));
        distributor.revoke(1, root);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        distributor.revoke(0, root);
    }

    /// Between a vote of the DAO and its execution the guardian vetoed the wrong root and the right one became active.
    function test_revoke__another_root_than_was_reviewed__is_refused() external {
        enter(1);
        bytes32 wrong = keccak256("wrong");
        proposeRoot(0, wrong, 100);
        vm.prank(guardian);
        distributor.veto(0);
        publish(0, rows(row(ALICE, 60), row(BOB, 40)), 100);
        setPaused("claims", true);
        bytes32 right = Tree.root(rows(row(ALICE, 60), row(BOB, 40)));
        vm.expectRevert(abi.encodeWithSelector(RewardDistributor.NotAsReviewed.selector, 0, right));
        distributor.revoke(0, wrong);
        distributor.revoke(0, right);
        equal(stateOf(0), 0, "revoked");
    }

    function stop(bytes32 flag, uint64 lengthSeconds) private {
        vm.prank(pauser);
        distributor.pause(list(flag), lengthSeconds);
    }

    /// A thief's root is pending and due; the pauser stops it before it can be claimed from, the DAO takes its time.
    function test_pause__wrong_root_about_to_become_active__nothing_is_taken_until_it_is_ended() external {
        publish(0, rows(row(ALICE, 60), row(BOB, 40)), 100);
        enter(2);
        Row[] memory theft = rows(row(THIEF, 200), row(BOB, 0));
        proposeRoot(1, Tree.root(theft), 200);
        vm.warp(block.timestamp + DELAY);
        stop("activation", 30 days);
        bytes memory refusal =
            abi.encodeWithSelector(TimedPause.Paused.selector, bytes32("activation"), block.timestamp + 30 days);
        vm.expectRevert(refusal);
        distributor.activate();
        vm.warp(block.timestamp + 30 days - 1);
        vm.expectRevert(refusal);
        distributor.activate();
        vm.prank(guardian);
        distributor.veto(1);
        vm.warp(block.timestamp + 1);
        publish(1, rows(row(ALICE, 120), row(BOB, 80)), 200);
        equal(claim(1, rows(row(ALICE, 120), row(BOB, 80)), 0), 120, "the right one follows");
    }

    /// A wrong root is active already: claims stop at once, and the DAO revokes it after its timelock.
    function test_pause__wrong_root_is_active__claims_stop_until_the_dao_has_revoked_it() external {
        publish(0, rows(row(ALICE, 60), row(BOB, 40)), 100);
        Row[] memory theft = rows(row(THIEF, 200), row(BOB, 0));
        publish(1, theft, 200);
        stop("claims", 30 days);
        vm.warp(block.timestamp + 14 days);
        bytes32[] memory proof = Tree.proof(theft, 0);
        vm.expectPartialRevert(TimedPause.Paused.selector);
        distributor.claim(1, THIEF, address(token), 200, proof);
        distributor.revoke(1, Tree.root(theft));
        setPaused("claims", false);
        publish(1, rows(row(ALICE, 120), row(BOB, 80)), 200);
        equal(claim(1, rows(row(ALICE, 120), row(BOB, 80)), 0), 120, "nothing is missing");
    }

    function test_pause__each_part_alone__leaves_the_others() external {
        enter(1);
        stop("claims", 30 days);
        proposeRoot(0, Tree.root(rows(row(ALICE, 60), row(BOB, 40))), 100);
        vm.warp(block.timestamp + DELAY);
        distributor.activate();
        stop("votes", 30 days);
        enter(2);
        vm.prank(oracle(0));
        vm.expectRevert(abi.encodeWithSelector(TimedPause.Paused.selector, bytes32("votes"), block.timestamp - LENGTH + DELAY + 30 days));
        distributor.vote(1, ROOT, list(address(token)), list(uint256(100)), "report");
        setPaused("claims", false);
        equal(claim(0, rows(row(ALICE, 60), row(BOB, 40)), 0), 60, "claims go on");
    }

    /// A wrong root of epoch 1 took 40 of the 100 that Alice and Bob had not claimed, and all that epoch 1 added. The DAO
    /// revokes it, the right one follows; when the DAO has restored what was stolen, everyone is paid.
    function test_revoke__wrong_root__right_one_follows_without_a_second_pull() external {
        Row[] memory zero = rows(row(ALICE, 60), row(BOB, 40));
        publish(0, zero, 100);
        publish(1, rows(row(THIEF, 140), row(BOB, 40)), 200);
        claim(1, rows(row(THIEF, 140), row(BOB, 40)), 0);
        uint256 treasuryBefore = token.balanceOf(treasury);
        setPaused("claims", true);
        distributor.revoke(1, Tree.root(rows(row(THIEF, 140), row(BOB, 40))));
        equal(distributor.acceptedTotal(address(token)), 100, "back to epoch 0");
        equal(distributor.nextEpoch(), 1, "epoch 1 again");
        Row[] memory right = rows(row(ALICE, 120), row(BOB, 80));
        publish(1, right, 200);
        equal(token.balanceOf(treasury), treasuryBefore, "funded already");
        setPaused("claims", false);
        bytes32[] memory proof = Tree.proof(right, 0);
        vm.expectRevert(abi.encodeWithSelector(Claims.AboveAccepted.selector, address(token), 120, 60));
        distributor.claim(1, ALICE, address(token), 120, proof);
        token.mint(address(this), 140);
        token.approve(address(distributor), 140);
        distributor.restore(address(token), 140);
        equal(claim(1, right, 0) + claim(1, right, 1), 200, "all paid");
    }

    /// The worst that a wrong committee can take: what is unclaimed, and what one epoch adds.
    function test_wrongRoot__takes_at_most_unclaimed_plus_one_epoch() external {
        Row[] memory zero = rows(row(ALICE, 600 ether), row(BOB, 400 ether));
        publish(0, zero, EMISSION);
        claim(0, zero, 1);
        Row[] memory theft = rows(row(THIEF, 1_600 ether), row(BOB, 400 ether));
        publish(1, theft, 2 * EMISSION);
        equal(claim(1, theft, 0), 600 ether + EMISSION, "unclaimed plus one epoch");
        equal(token.balanceOf(address(distributor)), 0, "and not a wei more");
    }

    function test_setGuardian__not_the_dao__is_refused() external {
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        distributor.setGuardian(THIEF);
        distributor.setGuardian(THIEF);
        equal(distributor.guardian(), THIEF, "guardian");
    }

    function test_constructor__delay_of_an_epoch_or_less_than_a_24th__is_refused() external {
        address[] memory members = oracles();
        uint64[3] memory wrong = [LENGTH, LENGTH / 24 - 1, 0];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Committee.BadDelay.selector, wrong[i], LENGTH / 24, LENGTH));
            newDistributor(0, wrong[i], members);
        }
    }

    function test_first__later_than_zero__is_where_votes_begin() external {
        distributor = newDistributor(3, DELAY, oracles());
        vm.startPrank(treasury);
        token.approve(address(distributor), type(uint256).max);
        distributor.acceptTreasury();
        vm.stopPrank();
        equal(distributor.nextEpoch(), 3, "next");
        publish(3, rows(row(ALICE, 60), row(BOB, 40)), 100);
        (, uint64 epoch,) = distributor.latestActive();
        equal(epoch, 3, "latest");
        vm.expectPartialRevert(Claims.BadProof.selector);
        distributor.claim(2, ALICE, address(token), 1, new bytes32[](0));
    }
}
