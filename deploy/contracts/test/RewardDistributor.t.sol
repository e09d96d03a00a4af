// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Clock} from "../src/EpochClock.sol";
import {RewardDistributor} from "../src/RewardDistributor.sol";
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

    function test_veto__report_returns_only_by_the_dao() external {
        enter(1);
        proposeRoot(0, ROOT, 1);
        vm.prank(guardian);
        distributor.veto(0);
        bytes32 report = reportOf(0, ROOT);
        vm.prank(oracle(0));
        vm.expectRevert(abi.encodeWithSelector(Ballots.ReportBanned.selector, report));
        distributor.vote(0, ROOT, list(address(token)), list(uint256(1)), report);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        distributor.readmit(report);
        distributor.readmit(report);
        proposeRoot(0, ROOT, 1);
        equal(stateOf(0), 1, "pending again");
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
        vm.expectRevert(abi.encodeWithSelector(RootQueue.ClaimsNotPaused.selector));
        distributor.revoke(0);
        distributor.setPaused(true, false);
        vm.expectRevert(abi.encodeWithSelector(RootQueue.EpochNotActive.selector, 1));
        distributor.revoke(1);
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        distributor.revoke(0);
    }

    /// A wrong root of epoch 1 took 40 of the 100 that Alice and Bob had not claimed, and all that epoch 1 added. The DAO
    /// revokes it, the right one follows; when the DAO has restored what was stolen, everyone is paid.
    function test_revoke__wrong_root__right_one_follows_without_a_second_pull() external {
        Row[] memory zero = rows(row(ALICE, 60), row(BOB, 40));
        publish(0, zero, 100);
        publish(1, rows(row(THIEF, 140), row(BOB, 40)), 200);
        claim(1, rows(row(THIEF, 140), row(BOB, 40)), 0);
        uint256 treasuryBefore = token.balanceOf(treasury);
        distributor.setPaused(true, false);
        distributor.revoke(1);
        equal(distributor.acceptedTotal(address(token)), 100, "back to epoch 0");
        equal(distributor.nextEpoch(), 1, "epoch 1 again");
        Row[] memory right = rows(row(ALICE, 120), row(BOB, 80));
        publish(1, right, 200);
        equal(token.balanceOf(treasury), treasuryBefore, "funded already");
        distributor.setPaused(false, false);
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

    function test_constructor__delay_of_an_epoch__is_refused() external {
        address[] memory members = oracles();
        vm.expectRevert(abi.encodeWithSelector(Committee.DelayTooLong.selector, LENGTH, LENGTH));
        new RewardDistributor(
            Clock(GENESIS, LENGTH, 0), address(this), token, parameters, treasury, guardian, LENGTH, members
        );
    }

    function test_first__later_than_zero__is_where_votes_begin() external {
        distributor = new RewardDistributor(
            Clock(GENESIS, LENGTH, 3), address(this), token, parameters, treasury, guardian, DELAY, oracles()
        );
        vm.prank(treasury);
        token.approve(address(distributor), type(uint256).max);
        equal(distributor.nextEpoch(), 3, "next");
        publish(3, rows(row(ALICE, 60), row(BOB, 40)), 100);
        (, uint64 epoch,) = distributor.latestActive();
        equal(epoch, 3, "latest");
        vm.expectPartialRevert(Claims.BadProof.selector);
        distributor.claim(2, ALICE, address(token), 1, new bytes32[](0));
    }
}
