// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ChallengeDesk} from "../src/ChallengeDesk.sol";
import {AmountOutOfRange} from "../src/Limits.sol";
import {RewardDistributor} from "../src/RewardDistributor.sol";
import {Aides} from "../src/distributor/Aides.sol";
import {RootQueue} from "../src/distributor/RootQueue.sol";
import {Network} from "./support/Network.sol";

contract ChallengeDeskTest is Network {
    address private constant EVE = address(0xE7E);
    address private constant SINK = address(0xdEaD);
    bytes32 private constant ROOT = keccak256("root");
    bytes32 private constant RIGHT = keccak256("right root");
    bytes32 private constant EVIDENCE = keccak256("what was computed here");
    uint96 private constant BOND = 50 ether;
    uint64 private constant EXTENSION = 2 days;

    function setUp() public override {
        super.setUp();
        challenges.setRules(BOND, EXTENSION);
        token.mint(EVE, 10 * BOND);
        vm.prank(EVE);
        token.approve(address(challenges), type(uint256).max);
        enter(1);
    }

    function activeAt(uint64 epoch) private view returns (uint64 at) {
        (,,, at) = distributor.rootAt(epoch);
    }

    function challenge(uint64 epoch) private returns (bytes32 ballot) {
        ballot = distributor.ballotAt(epoch);
        vm.prank(EVE);
        challenges.challenge(epoch, ballot, EVIDENCE);
    }

    function activateAt(uint256 timestamp) private {
        vm.warp(timestamp);
        distributor.activate();
    }

    function veto(uint64 epoch) private {
        vm.prank(guardian);
        distributor.veto(epoch);
    }

    function test_challenge__pending_root__waits_longer_and_says_so() external {
        proposeRoot(0, ROOT, 1);
        uint64 due = activeAt(0);
        bytes32 ballot = distributor.ballotAt(0);
        vm.expectEmit(true, true, true, true);
        emit RewardDistributor.Disputed(0, EVIDENCE, EVE);
        vm.expectEmit(true, true, true, true);
        emit RewardDistributor.ActivationPostponed(0, ROOT, due + EXTENSION);
        challenge(0);
        equal(token.balanceOf(address(challenges)), BOND, "bond");
        (address by, uint256 bond) = challenges.challengeOf(0, ballot);
        isTrue(by == EVE && bond == BOND, "challenge");
        vm.warp(due);
        vm.expectRevert(abi.encodeWithSelector(RewardDistributor.TooEarly.selector, 0, due + EXTENSION));
        distributor.activate();
        activateAt(due + EXTENSION);
    }

    /// Due, but not activated yet: the extension counts from now on.
    function test_challenge__due_already__waits_from_now_on() external {
        proposeRoot(0, ROOT, 1);
        vm.warp(activeAt(0) + 5 days);
        challenge(0);
        equal(activeAt(0), block.timestamp + EXTENSION, "from now");
    }

    function test_challenge__twice__is_refused_also_after_the_ballot_returned() external {
        proposeRoot(0, ROOT, 1);
        bytes32 ballot = challenge(0);
        bytes memory refusal = abi.encodeWithSelector(ChallengeDesk.AlreadyChallenged.selector, 0, ballot);
        vm.startPrank(EVE);
        vm.expectRevert(refusal);
        challenges.challenge(0, ballot, "more");
        vm.stopPrank();
        veto(0);
        distributor.readmit(ballot);
        proposeRoot(0, ROOT, 1);
        uint64 due = activeAt(0);
        vm.startPrank(EVE);
        vm.expectRevert(refusal);
        challenges.challenge(0, ballot, "more");
        vm.stopPrank();
        equal(activeAt(0), due, "once for each ballot");
    }

    /// The guardian vetoed the wrong root while the challenge was on its way, and the right one is pending.
    function test_challenge__another_ballot_than_was_reviewed__is_refused() external {
        proposeRoot(0, ROOT, 1);
        bytes32 wrong = distributor.ballotAt(0);
        veto(0);
        proposeRoot(0, RIGHT, 1);
        bytes32 right = distributor.ballotAt(0);
        vm.prank(EVE);
        vm.expectRevert(abi.encodeWithSelector(RewardDistributor.AnotherBallot.selector, 0, right));
        challenges.challenge(0, wrong, EVIDENCE);
        equal(token.balanceOf(EVE), 10 * BOND, "no bond taken");
    }

    function test_challenge__nothing_pending_or_off_or_without_a_bond__is_refused() external {
        vm.prank(EVE);
        vm.expectRevert(abi.encodeWithSelector(RootQueue.EpochNotPending.selector, 0));
        challenges.challenge(0, 0, EVIDENCE);
        publish(0, rows(row(EVE, 1), row(SINK, 1)), 2);
        bytes32 ballot = distributor.ballotAt(0);
        vm.prank(EVE);
        vm.expectRevert(abi.encodeWithSelector(RootQueue.EpochNotPending.selector, 0));
        challenges.challenge(0, ballot, EVIDENCE);
        enter(2);
        proposeRoot(1, ROOT, 2);
        ballot = distributor.ballotAt(1);
        vm.expectRevert();
        challenges.challenge(1, ballot, EVIDENCE);
        challenges.setRules(0, EXTENSION);
        vm.prank(EVE);
        vm.expectRevert(abi.encodeWithSelector(ChallengeDesk.ChallengesOff.selector));
        challenges.challenge(1, ballot, EVIDENCE);
    }

    function test_close__something_else_executed__returns_the_bond_at_once() external {
        proposeRoot(0, ROOT, 1);
        bytes32 ballot = challenge(0);
        veto(0);
        vm.expectRevert(abi.encodeWithSelector(ChallengeDesk.NotActive.selector, 0));
        challenges.close(0, ballot);
        proposeRoot(0, RIGHT, 1);
        vm.expectRevert(abi.encodeWithSelector(ChallengeDesk.NotActive.selector, 0));
        challenges.close(0, ballot);
        activateAt(activeAt(0));
        vm.expectEmit(true, true, true, true);
        emit RewardDistributor.ChallengeClosed(0, EVE, BOND, 0);
        challenges.close(0, ballot);
        equal(token.balanceOf(EVE), 10 * BOND, "returned");
        vm.expectRevert(abi.encodeWithSelector(ChallengeDesk.NothingChallenged.selector, 0, ballot));
        challenges.close(0, ballot);
    }

    /// A wrong root of the right report: what differs is the ballot, and the challenger was right.
    function test_close__same_report_with_another_root__returns_the_bond() external {
        bytes32 report = "the honest report";
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(oracle(i));
            distributor.vote(0, ROOT, list(address(token)), list(uint256(1)), report);
        }
        bytes32 ballot = challenge(0);
        veto(0);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(oracle(i));
            distributor.vote(0, RIGHT, list(address(token)), list(uint256(1)), report);
        }
        activateAt(activeAt(0));
        challenges.close(0, ballot);
        equal(token.balanceOf(EVE), 10 * BOND, "returned");
    }

    function test_close__challenged_ballot_executed__burns_the_bond_when_it_can_no_more_be_revoked() external {
        proposeRoot(0, ROOT, 1);
        bytes32 ballot = challenge(0);
        uint64 due = activeAt(0);
        activateAt(due);
        vm.warp(due + 30 days - 1);
        vm.expectRevert(abi.encodeWithSelector(ChallengeDesk.StillRevocable.selector, 0, due + 30 days));
        challenges.close(0, ballot);
        vm.warp(due + 30 days);
        vm.expectEmit(true, true, true, true);
        emit RewardDistributor.ChallengeClosed(0, EVE, 0, BOND);
        challenges.close(0, ballot);
        equal(token.balanceOf(SINK), BOND, "burned");
        equal(challenges.REVOCABLE(), distributor.MAX_PAUSE(), "as long as a pauser can stop claims");
    }

    /// Nobody listened to the challenge; the DAO revoked the root afterwards, and another one was executed in the end.
    function test_close__challenged_root_revoked_later__returns_the_bond() external {
        proposeRoot(0, ROOT, 1);
        bytes32 ballot = challenge(0);
        activateAt(activeAt(0));
        setPaused("claims", true);
        distributor.revoke(0, ROOT);
        vm.warp(block.timestamp + 40 days);
        vm.expectRevert(abi.encodeWithSelector(ChallengeDesk.NotActive.selector, 0));
        challenges.close(0, ballot);
        proposeRoot(0, RIGHT, 1);
        activateAt(activeAt(0));
        challenges.close(0, ballot);
        equal(token.balanceOf(EVE), 10 * BOND, "returned");
    }

    /// Epochs become active in order: all that wait behind a challenged one wait with it, once.
    function test_challenge__each_of_several_pending__their_extensions_run_together() external {
        enter(4);
        for (uint64 epoch = 0; epoch < 3; ++epoch) {
            proposeRoot(epoch, keccak256(abi.encode(epoch)), 1);
            challenge(epoch);
        }
        uint64 due = activeAt(2);
        vm.warp(due);
        for (uint256 i = 0; i < 3; ++i) distributor.activate();
        equal(due, startOf(4) + DELAY + EXTENSION, "one extension for all");
    }

    function test_setRules__not_the_dao_or_too_long__is_refused() external {
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(ChallengeDesk.NotOwner.selector, guardian));
        challenges.setRules(1, 1);
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, 7 days + 1, 7 days));
        challenges.setRules(1, 7 days + 1);
    }

    /// Another bond for later ones: those that are open keep theirs.
    function test_setRules__while_a_challenge_is_open__leaves_its_bond() external {
        proposeRoot(0, ROOT, 1);
        bytes32 ballot = challenge(0);
        challenges.setRules(2 * BOND, 1);
        veto(0);
        proposeRoot(0, RIGHT, 1);
        activateAt(activeAt(0));
        challenges.close(0, ballot);
        equal(token.balanceOf(EVE), 10 * BOND, "what it paid");
    }

    function test_postpone__not_the_desk__is_refused() external {
        proposeRoot(0, ROOT, 1);
        bytes32 ballot = distributor.ballotAt(0);
        vm.expectRevert(abi.encodeWithSelector(Aides.NotAide.selector, address(this)));
        distributor.postpone(0, ballot, EVIDENCE, EVE, 1 days);
        vm.expectRevert(abi.encodeWithSelector(Aides.NotAide.selector, address(this)));
        distributor.noteClosed(0, EVE, 1, 0);
    }
}
