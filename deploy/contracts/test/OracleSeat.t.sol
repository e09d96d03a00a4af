// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ZeroAddress} from "../src/Limits.sol";
import {OracleSeat} from "../src/OracleSeat.sol";
import {Committee} from "../src/distributor/Committee.sol";
import {IRewards} from "../src/distributor/IRewards.sol";
import {Network} from "./support/Network.sol";

contract OracleSeatTest is Network {
    address private constant COLD = address(0xC01D);
    bytes32 private constant ROOT = keccak256("root");
    OracleSeat private seat;

    function setUp() public override {
        super.setUp();
        seat = new OracleSeat(COLD, IRewards(address(distributor)), oracle(0));
        address[] memory members = oracles();
        members[0] = address(seat);
        distributor.setCommittee(members, 2);
        enter(1);
    }

    function voteBy(address hot) private {
        vm.prank(hot);
        seat.vote(0, ROOT, list(address(token)), list(uint256(1)), reportOf(0, ROOT));
    }

    function refuseVote(address by) private {
        vm.expectRevert(abi.encodeWithSelector(OracleSeat.NotHotKey.selector, by));
        voteBy(by);
    }

    function setHotKey(address hot) private {
        vm.prank(COLD);
        seat.setHotKey(hot);
    }

    function signedVote(uint256 key, address member) private view returns (bytes[] memory signatures) {
        bytes32 digest = relay.voteHash(
            member, 0, distributor.nonces(member), ROOT, list(address(token)), list(uint256(1)), reportOf(0, ROOT)
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        signatures = new bytes[](1);
        signatures[0] = abi.encodePacked(r, s, v);
    }

    function sendSigned(bytes[] memory signatures) private {
        relay.voteBySig(
            0, ROOT, list(address(token)), list(uint256(1)), reportOf(0, ROOT), list(address(seat)), signatures
        );
    }

    function test_vote__by_the_hot_key__is_the_seats() external {
        vm.expectEmit(true, true, true, true);
        emit Committee.ReportVoted(0, address(seat), reportOf(0, ROOT), ROOT);
        voteBy(oracle(0));
        equal(distributor.voteOf(0, address(seat)), reportOf(0, ROOT), "vote");
        equal(distributor.voteOf(0, oracle(0)), 0, "not the key's own");
        vote(1, 0, ROOT, 1);
        (uint8 state,,,) = distributor.rootAt(0);
        equal(state, 1, "pending");
    }

    function test_vote__by_anyone_else__is_refused() external {
        refuseVote(COLD);
        refuseVote(oracle(1));
        refuseVote(address(this));
    }

    function test_setHotKey__by_the_owner__ends_the_old_key_at_once() external {
        bytes[] memory old = signedVote(keys[0], address(seat));
        vm.expectEmit(true, true, true, true);
        emit OracleSeat.HotKeySet(oracle(2));
        setHotKey(oracle(2));
        refuseVote(oracle(0));
        vm.expectPartialRevert(bytes4(keccak256("NoVoteCounted(uint64)")));
        sendSigned(old);
        voteBy(oracle(2));
        setHotKey(address(0));
        refuseVote(oracle(2));
        vm.prank(oracle(2));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, oracle(2)));
        seat.setHotKey(oracle(2));
    }

    function test_isValidSignature__of_the_hot_key__counts_for_the_seat() external {
        sendSigned(signedVote(keys[0], address(seat)));
        equal(distributor.voteOf(0, address(seat)), reportOf(0, ROOT), "vote");
        bytes[] memory own = signedVote(keys[0], oracle(0));
        vm.expectPartialRevert(bytes4(keccak256("NoVoteCounted(uint64)")));
        sendSigned(own);
        isTrue(seat.isValidSignature(ROOT, "") == 0xffffffff, "no signature");
        setHotKey(address(0));
        isTrue(seat.isValidSignature(ROOT, new bytes(65)) == 0xffffffff, "nobody's signature");
    }

    function test_revokeSignatures__by_owner_or_hot_key__voids_what_was_signed() external {
        bytes[] memory old = signedVote(keys[0], address(seat));
        vm.expectRevert(abi.encodeWithSelector(OracleSeat.NotHotKey.selector, address(this)));
        seat.revokeSignatures();
        vm.prank(COLD);
        seat.revokeSignatures();
        vm.expectPartialRevert(bytes4(keccak256("NoVoteCounted(uint64)")));
        sendSigned(old);
        vm.prank(oracle(0));
        seat.revokeSignatures();
        equal(distributor.nonces(address(seat)), 2, "both");
    }

    function test_dissent_and_locate__by_the_hot_key__are_the_seats() external {
        vm.expectEmit(true, true, true, true);
        emit Committee.ReportLocated(0, "report", address(seat), "https://bundle");
        vm.prank(oracle(0));
        seat.locate(0, "report", "https://bundle");
        vote(1, 0, ROOT, 1);
        vote(2, 0, ROOT, 1);
        vm.expectEmit(true, true, true, true);
        emit Committee.Dissented(0, address(seat), "report");
        vm.prank(oracle(0));
        seat.dissent(0, "report");
        vm.expectRevert(abi.encodeWithSelector(OracleSeat.NotHotKey.selector, address(this)));
        seat.dissent(0, "report");
        vm.expectRevert(abi.encodeWithSelector(OracleSeat.NotHotKey.selector, address(this)));
        seat.locate(0, "report", "https://bundle");
    }

    function test_constructor__no_distributor__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        new OracleSeat(COLD, IRewards(address(0)), oracle(0));
    }
}
