// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {AmountOutOfRange, MAX_AMOUNT} from "../src/Limits.sol";
import {Aides} from "../src/distributor/Aides.sol";
import {Ballots} from "../src/distributor/Ballots.sol";
import {Committee} from "../src/distributor/Committee.sol";
import {RootQueue} from "../src/distributor/RootQueue.sol";
import {RewardRelay} from "../src/RewardRelay.sol";
import {TimedPause} from "../src/TimedPause.sol";
import {BareWallet} from "./support/BareWallet.sol";
import {Network} from "./support/Network.sol";

contract CommitteeTest is Network {
    bytes32 private constant ROOT = keccak256("root");
    bytes32 private constant OTHER = keccak256("other root");

    function stateOf(uint64 epoch) private view returns (uint8 state) {
        (state,,,) = distributor.rootAt(epoch);
    }

    function agreeing(uint64 epoch, uint256 who) private view returns (uint256) {
        return distributor.agreeingWith(epoch, oracle(who));
    }

    function refuseVote(uint64 epoch, address[] memory tokens, uint256[] memory sums, bytes memory refusal) private {
        vm.prank(oracle(0));
        vm.expectRevert(refusal);
        distributor.vote(epoch, ROOT, tokens, sums, "report");
    }

    function sign(uint256 who, uint64 epoch, bytes32 root, uint256 total) private view returns (bytes memory) {
        return signFor(oracle(who), who, epoch, root, total);
    }

    /// By the key of an oracle, for the vote of `member`.
    function signFor(address member, uint256 who, uint64 epoch, bytes32 root, uint256 total)
        private
        view
        returns (bytes memory)
    {
        bytes32 digest = relay.voteHash(
            member,
            epoch,
            distributor.nonces(member),
            root,
            list(address(token)),
            list(total),
            reportOf(epoch, root)
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[who], digest);
        return abi.encodePacked(r, s, v);
    }

    function sendSigned(uint64 epoch, bytes32 root, uint256 total, address[] memory signers, bytes[] memory signatures) private {
        relay.voteBySig(epoch, root, list(address(token)), list(total), reportOf(epoch, root), signers, signatures);
    }

    /// Signatures of the first two oracles.
    function twoSigned(uint64 epoch, bytes32 root, uint256 total)
        private
        view
        returns (address[] memory signers, bytes[] memory signatures)
    {
        signers = new address[](2);
        signatures = new bytes[](2);
        for (uint256 i = 0; i < 2; ++i) (signers[i], signatures[i]) = (oracle(i), sign(i, epoch, root, total));
    }

    function test_vote__epoch_not_over__is_refused() external {
        vm.warp(startOf(1) - 1);
        refuseVote(0, list(address(token)), list(uint256(1)), abi.encodeWithSelector(Ballots.EpochNotEnded.selector, 0));
        vm.warp(startOf(1));
        vote(0, 0, ROOT, 1);
    }

    function test_vote__not_the_next_epoch__is_refused() external {
        enter(5);
        refuseVote(1, list(address(token)), list(uint256(1)), abi.encodeWithSelector(Ballots.NotNextEpoch.selector, 1, 0));
        proposeRoot(0, ROOT, 1);
        refuseVote(0, list(address(token)), list(uint256(1)), abi.encodeWithSelector(Ballots.NotNextEpoch.selector, 0, 1));
    }

    function test_vote__not_a_member__is_refused() external {
        enter(1);
        vm.expectRevert(abi.encodeWithSelector(Committee.NotMember.selector, address(this)));
        distributor.vote(0, ROOT, list(address(token)), list(uint256(1)), "report");
    }

    function test_vote__paused__is_refused() external {
        enter(1);
        setPaused("votes", true);
        refuseVote(0, list(address(token)), list(uint256(1)), abi.encodeWithSelector(TimedPause.Paused.selector, bytes32("votes"), type(uint64).max));
    }

    function test_vote__quorum__proposes_in_the_same_call() external {
        enter(1);
        vote(0, 0, ROOT, 1);
        equal(stateOf(0), 0, "one of three");
        vm.expectEmit(true, true, true, true);
        emit Committee.RootProposed(0, ROOT, reportOf(0, ROOT), uint64(block.timestamp) + DELAY);
        vote(2, 0, ROOT, 1);
        equal(stateOf(0), 1, "pending");
        equal(distributor.nextEpoch(), 1, "next");
    }

    function test_vote__differing_in_any_part__is_another_ballot() external {
        enter(1);
        address[] memory tokens = list(address(token));
        vm.prank(oracle(0));
        distributor.vote(0, ROOT, tokens, list(uint256(1)), "report");
        vm.prank(oracle(1));
        distributor.vote(0, ROOT, tokens, list(uint256(2)), "report");
        vm.prank(oracle(2));
        distributor.vote(0, ROOT, tokens, list(uint256(1)), "another report");
        equal(stateOf(0), 0, "no quorum");
        equal(agreeing(0, 0), 1, "alone");
    }

    function test_vote__changed_before_execution__moves_the_slot() external {
        enter(1);
        vote(0, 0, OTHER, 1);
        vote(0, 0, ROOT, 1);
        equal(distributor.voteOf(0, oracle(0)), reportOf(0, ROOT), "slot");
        vote(1, 0, OTHER, 1);
        equal(stateOf(0), 0, "the old vote no longer counts");
        vote(2, 0, ROOT, 1);
        equal(stateOf(0), 1, "the new one does");
    }

    function test_vote__repeated__counts_once() external {
        enter(1);
        vote(0, 0, ROOT, 1);
        vote(0, 0, ROOT, 1);
        equal(agreeing(0, 0), 1, "one member");
        equal(stateOf(0), 0, "not proposed");
    }

    function test_vote__totals_above_the_cap__is_refused() external {
        enter(1);
        refuseVote(
            0,
            list(address(token)),
            list(EMISSION + 1),
            abi.encodeWithSelector(Ballots.GrowthAboveCap.selector, token, EMISSION + 1, EMISSION)
        );
        refuseVote(
            0, list(address(7)), list(uint256(1)), abi.encodeWithSelector(Ballots.GrowthAboveCap.selector, address(7), 1, 0)
        );
        vote(0, 0, ROOT, EMISSION);
    }

    function test_vote__corrections__raise_the_cap_of_their_token_and_epoch() external {
        parameters.addCorrection(0, address(1), address(token), 5);
        parameters.addCorrection(1, address(1), address(token), 100);
        equal(distributor.growthCap(0, address(token)), EMISSION + 5, "cap");
        enter(1);
        vote(0, 0, ROOT, EMISSION + 5);
    }

    function test_vote__emission_of_that_epoch_counts__not_of_today() external {
        parameters.setEmission(1, 7);
        enter(3);
        equal(distributor.growthCap(0, address(token)), EMISSION, "epoch 0");
        equal(distributor.growthCap(1, address(token)), 7, "epoch 1");
    }

    function test_vote__totals_that_fall_or_vanish__are_refused() external {
        enter(1);
        proposeRoot(0, ROOT, 10);
        enter(2);
        refuseVote(
            1, list(address(token)), list(uint256(9)), abi.encodeWithSelector(Ballots.TotalFalls.selector, token, 10, 9)
        );
        refuseVote(
            1, new address[](0), new uint256[](0), abi.encodeWithSelector(Ballots.TotalMissing.selector, address(token))
        );
        vote(0, 1, ROOT, 10);
    }

    function test_vote__token_list_not_ascending_or_too_long__is_refused() external {
        enter(1);
        address[] memory twice = new address[](2);
        (twice[0], twice[1]) = (address(9), address(9));
        refuseVote(0, twice, new uint256[](2), abi.encodeWithSelector(Ballots.BadTokenList.selector, 1));
        refuseVote(0, twice, new uint256[](1), abi.encodeWithSelector(Ballots.BadTokenList.selector, 2));
        refuseVote(0, new address[](65), new uint256[](65), abi.encodeWithSelector(Ballots.BadTokenList.selector, 65));
        uint256[] memory tooMuch = list(MAX_AMOUNT + 1);
        refuseVote(0, list(address(token)), tooMuch, abi.encodeWithSelector(AmountOutOfRange.selector, MAX_AMOUNT + 1, MAX_AMOUNT));
    }

    function test_vote__tokens_with_nothing_to_pay__may_come_and_go() external {
        enter(1);
        address[] memory three = new address[](3);
        (three[0], three[1], three[2]) = (address(1), address(2), address(3));
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(oracle(i));
            distributor.vote(0, ROOT, three, new uint256[](3), "report");
        }
        enter(2);
        vote(0, 1, ROOT, 5);
    }

    function test_vote__no_report_hash__is_refused() external {
        enter(1);
        vm.prank(oracle(0));
        vm.expectRevert(abi.encodeWithSelector(Ballots.EmptyReportHash.selector));
        distributor.vote(0, ROOT, new address[](0), new uint256[](0), 0);
    }

    function test_propose__without_quorum__is_refused() external {
        enter(1);
        vote(0, 0, ROOT, 1);
        vm.expectRevert(abi.encodeWithSelector(Committee.NoQuorum.selector, 0));
        distributor.propose(0);
    }

    function test_setCommittee__voids_open_votes_and_counts_present_members() external {
        enter(1);
        vote(0, 0, ROOT, 1);
        address[] memory two = new address[](2);
        (two[0], two[1]) = (oracle(0), oracle(1));
        distributor.setCommittee(two, 2);
        equal(distributor.voteOf(0, oracle(0)), 0, "void");
        isTrue(!distributor.isMember(oracle(2)), "left");
        vote(1, 0, ROOT, 1);
        equal(stateOf(0), 0, "the vote of before does not count");
        vm.expectRevert(abi.encodeWithSelector(Committee.NoQuorum.selector, 0));
        distributor.propose(0);
        vote(0, 0, ROOT, 1);
        equal(stateOf(0), 1, "both of the new committee");
    }

    function test_setCommittee__bad_sizes__are_refused() external {
        address[] memory none = new address[](0);
        vm.expectRevert(abi.encodeWithSelector(Committee.BadCommittee.selector, 0, 0));
        distributor.setCommittee(none, 0);
        address[] memory members = oracles();
        vm.expectRevert(abi.encodeWithSelector(Committee.BadCommittee.selector, 3, 1));
        distributor.setCommittee(members, 1);
        vm.expectRevert(abi.encodeWithSelector(Committee.BadCommittee.selector, 3, 4));
        distributor.setCommittee(members, 4);
        members[2] = members[0];
        vm.expectRevert(abi.encodeWithSelector(Committee.DuplicateMember.selector, members[0]));
        distributor.setCommittee(members, 2);
        vm.expectRevert(abi.encodeWithSelector(Committee.BadCommittee.selector, 33, 17));
        distributor.setCommittee(new address[](33), 17);
    }

    function test_setCommittee__not_the_dao__is_refused() external {
        address[] memory members = oracles();
        vm.prank(guardian);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, guardian));
        distributor.setCommittee(members, 2);
    }

    function test_voteBySig__quorum_of_signatures__proposes() external {
        enter(1);
        (address[] memory signers, bytes[] memory signatures) = twoSigned(0, ROOT, 1);
        sendSigned(0, ROOT, 1, signers, signatures);
        equal(stateOf(0), 1, "pending");
        equal(distributor.nonces(oracle(0)), 1, "nonce used");
    }

    function test_voteBySig__signature_after_direct_vote__is_passed_over() external {
        enter(1);
        (address[] memory signers, bytes[] memory signatures) = twoSigned(0, ROOT, 1);
        vote(0, 0, OTHER, 1);
        vm.expectEmit(true, true, false, true);
        emit RewardRelay.SignatureRefused(0, oracle(0));
        sendSigned(0, ROOT, 1, signers, signatures);
        equal(distributor.voteOf(0, oracle(0)), reportOf(0, OTHER), "the later word stands");
        equal(distributor.voteOf(0, oracle(1)), reportOf(0, ROOT), "the other one counts");
    }

    function test_voteBySig__revoked_replayed_or_of_other_content__is_not_counted() external {
        enter(1);
        (address[] memory signers, bytes[] memory signatures) = twoSigned(0, ROOT, 1);
        bytes memory none = abi.encodeWithSelector(RewardRelay.NoVoteCounted.selector, 0);
        vm.expectRevert(none);
        sendSigned(0, ROOT, 2, signers, signatures);
        vm.expectRevert(none);
        sendSigned(0, OTHER, 1, signers, signatures);
        vm.prank(oracle(0));
        distributor.revokeSignatures();
        vm.prank(oracle(1));
        distributor.revokeSignatures();
        vm.expectRevert(none);
        sendSigned(0, ROOT, 1, signers, signatures);
    }

    function test_voteBySig__same_signature_twice_in_one_call__counts_once() external {
        enter(1);
        (address[] memory signers, bytes[] memory signatures) = twoSigned(0, ROOT, 1);
        (signers[1], signatures[1]) = (signers[0], signatures[0]);
        sendSigned(0, ROOT, 1, signers, signatures);
        equal(stateOf(0), 0, "one member only");
        equal(agreeing(0, 0), 1, "one vote");
    }

    function test_voteBySig__signatures_of_a_vetoed_round__are_void() external {
        enter(1);
        bytes memory kept = sign(2, 0, OTHER, 1);
        proposeRoot(0, ROOT, 1);
        vm.prank(guardian);
        distributor.veto(0);
        (address[] memory signers, bytes[] memory signatures) = (list(oracle(2)), new bytes[](1));
        signatures[0] = kept;
        vm.expectRevert(abi.encodeWithSelector(RewardRelay.NoVoteCounted.selector, 0));
        sendSigned(0, OTHER, 1, signers, signatures);
        signatures[0] = sign(2, 0, OTHER, 1);
        sendSigned(0, OTHER, 1, signers, signatures);
    }

    function test_voteBySig__not_a_member__is_passed_over() external {
        enter(1);
        distributor.setCommittee(list(oracle(1)), 1);
        (address[] memory signers, bytes[] memory signatures) = twoSigned(0, ROOT, 1);
        sendSigned(0, ROOT, 1, signers, signatures);
        equal(distributor.voteOf(0, oracle(0)), 0, "left the committee");
        equal(stateOf(0), 1, "one of one");
    }

    /// The wallet takes any signature of its owner, who is a member too, and both have the same nonce.
    function test_voteBySig__signature_of_a_member_that_owns_another_one__counts_for_itself_alone() external {
        enter(1);
        address wallet = address(new BareWallet(oracle(0)));
        address[] memory members = oracles();
        members[1] = wallet;
        distributor.setCommittee(members, 2);
        address[] memory signers = new address[](2);
        bytes[] memory signatures = new bytes[](2);
        (signers[0], signers[1]) = (oracle(0), wallet);
        (signatures[0], signatures[1]) = (sign(0, 0, ROOT, 1), sign(0, 0, ROOT, 1));
        vm.expectEmit(true, true, false, true);
        emit RewardRelay.SignatureRefused(0, wallet);
        sendSigned(0, ROOT, 1, signers, signatures);
        equal(stateOf(0), 0, "one signature is one vote");
        equal(agreeing(0, 0), 1, "its own");
    }

    function test_voteBySig__wallet_by_a_signature_that_names_it__counts() external {
        enter(1);
        address wallet = address(new BareWallet(oracle(0)));
        distributor.setCommittee(list(wallet), 1);
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = signFor(wallet, 0, 0, ROOT, 1);
        sendSigned(0, ROOT, 1, list(wallet), signatures);
        equal(stateOf(0), 1, "pending");
    }

    /// An account that delegates by EIP-7702 has code, and still its key.
    function test_voteBySig__member_with_delegated_code__counts_by_its_key() external {
        enter(1);
        vm.etch(oracle(0), abi.encodePacked(hex"ef0100", address(token)));
        (address[] memory signers, bytes[] memory signatures) = twoSigned(0, ROOT, 1);
        sendSigned(0, ROOT, 1, signers, signatures);
        equal(stateOf(0), 1, "pending");
    }

    /// As wallets compute it from the field names that README tells.
    function test_voteHash__is_the_hash_of_eip_712() external {
        enter(1);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("PoZK Reward Distributor"),
                keccak256("1"),
                block.chainid,
                address(distributor)
            )
        );
        bytes32 content = keccak256(
            abi.encode(
                relay.VOTE_TYPEHASH(),
                oracle(0),
                7,
                0,
                5,
                ROOT,
                keccak256(abi.encode(address(token))),
                keccak256(abi.encode(9)),
                bytes32("report")
            )
        );
        bytes32 got = relay.voteHash(oracle(0), 7, 5, ROOT, list(address(token)), list(uint256(9)), "report");
        equal(got, keccak256(abi.encodePacked(hex"1901", domain, content)), "hash");
    }

    function test_voteBySig__lengths_differ__is_refused() external {
        enter(1);
        vm.expectRevert(abi.encodeWithSelector(RewardRelay.LengthsDiffer.selector));
        sendSigned(0, ROOT, 1, new address[](1), new bytes[](2));
    }

    function test_countSigned__not_the_relay__is_refused() external {
        enter(1);
        vm.expectRevert(abi.encodeWithSelector(Aides.NotAide.selector, address(this)));
        distributor.countSigned(0, ROOT, list(address(token)), list(uint256(1)), "report", oracles());
    }

    function test_locate__by_a_member__says_where_and_changes_nothing() external {
        vm.expectEmit(true, true, true, true);
        emit Committee.ReportLocated(3, "report", oracle(0), "ipfs://bundle");
        vm.prank(oracle(0));
        distributor.locate(3, "report", "ipfs://bundle");
        equal(distributor.nonces(oracle(0)), 0, "signatures stay good");
        vm.expectRevert(abi.encodeWithSelector(Committee.NotMember.selector, address(this)));
        distributor.locate(3, "report", "ipfs://bundle");
    }

    function test_locate__too_long__is_refused() external {
        string memory longest = string(new bytes(256));
        vm.startPrank(oracle(0));
        distributor.locate(0, "report", longest);
        vm.expectRevert(abi.encodeWithSelector(Committee.LocationTooLong.selector, 257, 256));
        distributor.locate(0, "report", string.concat(longest, "x"));
    }

    function test_dissent__member_on_pending_root__is_heard() external {
        enter(1);
        vm.prank(oracle(2));
        vm.expectRevert(abi.encodeWithSelector(RootQueue.EpochNotPending.selector, 0));
        distributor.dissent(0, "mine");
        proposeRoot(0, ROOT, 1);
        vm.expectRevert(abi.encodeWithSelector(Committee.NotMember.selector, address(this)));
        distributor.dissent(0, "mine");
        vm.expectEmit(true, true, true, true);
        emit Committee.Dissented(0, oracle(2), "mine");
        vm.prank(oracle(2));
        distributor.dissent(0, "mine");
    }
}
