// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Claims} from "../src/distributor/Claims.sol";
import {RootQueue} from "../src/distributor/RootQueue.sol";
import {TimedPause} from "../src/TimedPause.sol";
import {Network} from "./support/Network.sol";
import {Row, Tree} from "./support/Tree.sol";

contract ClaimsTest is Network {
    address private constant ALICE = address(0xA);
    address private constant BOB = address(0xB);

    function test_claim__active_root__pays_account() external {
        Row[] memory leaves = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        publish(0, leaves, 100 ether);
        equal(claim(0, leaves, 0), 60 ether, "paid");
        equal(token.balanceOf(ALICE), 60 ether, "balance");
        equal(distributor.claimed(ALICE, address(token)), 60 ether, "claimed");
    }

    function test_claim__again__pays_zero_without_revert() external {
        Row[] memory leaves = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        publish(0, leaves, 100 ether);
        claim(0, leaves, 0);
        equal(claim(0, leaves, 0), 0, "second");
        equal(token.balanceOf(ALICE), 60 ether, "balance");
    }

    function test_claim__old_root_after_newer_one__still_pays() external {
        Row[] memory old = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        Row[] memory newer = rows(row(ALICE, 90 ether), row(BOB, 60 ether));
        publish(0, old, 100 ether);
        publish(1, newer, 150 ether);
        equal(claim(0, old, 0), 60 ether, "from the old root");
        equal(claim(1, newer, 0), 30 ether, "the difference");
        equal(claim(0, old, 0), 0, "nothing left in the old one");
    }

    function test_claim__pending_root__is_refused() external {
        Row[] memory leaves = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        enter(1);
        proposeRoot(0, Tree.root(leaves), 100 ether);
        bytes32[] memory proof = Tree.proof(leaves, 0);
        vm.expectRevert(abi.encodeWithSelector(RootQueue.EpochNotActive.selector, 0));
        distributor.claim(0, ALICE, address(token), 60 ether, proof);
    }

    function test_claim__recipient_set__pays_there() external {
        Row[] memory leaves = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        publish(0, leaves, 100 ether);
        vm.prank(ALICE);
        distributor.setRecipient(address(0xC0));
        claim(0, leaves, 0);
        equal(token.balanceOf(address(0xC0)), 60 ether, "recipient");
        equal(token.balanceOf(ALICE), 0, "account");
    }

    function test_claim__recipient_set__stays_for_later_claims_until_unset() external {
        vm.prank(ALICE);
        distributor.setRecipient(address(0xC0));
        Row[] memory zero = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        Row[] memory one = rows(row(ALICE, 90 ether), row(BOB, 60 ether));
        Row[] memory two = rows(row(ALICE, 100 ether), row(BOB, 80 ether));
        publish(0, zero, 100 ether);
        claim(0, zero, 0);
        publish(1, one, 150 ether);
        claim(1, one, 0);
        equal(token.balanceOf(address(0xC0)), 90 ether, "both there");
        equal(distributor.claimed(ALICE, address(token)), 90 ether, "claimed");
        vm.prank(ALICE);
        distributor.setRecipient(address(0));
        publish(2, two, 180 ether);
        claim(2, two, 0);
        equal(token.balanceOf(ALICE), 10 ether, "the account again");
        equal(distributor.claimed(ALICE, address(token)), 100 ether, "all");
    }

    function test_setRecipient__distributor_relay_or_desk__is_refused() external {
        address[3] memory ours = [address(distributor), address(relay), address(challenges)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(Claims.BadRecipient.selector, ours[i]));
            distributor.setRecipient(ours[i]);
        }
    }

    function claimTo(address by, Row[] memory leaves, uint256 index, address to) private returns (uint256) {
        Row memory leaf = leaves[index];
        bytes32[] memory proof = Tree.proof(leaves, index);
        vm.prank(by);
        return distributor.claimTo(0, leaf.account, leaf.token, leaf.cumulative, proof, to);
    }

    function test_claimTo__by_the_account__pays_there_this_once() external {
        Row[] memory zero = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        Row[] memory one = rows(row(ALICE, 90 ether), row(BOB, 60 ether));
        vm.prank(ALICE);
        distributor.setRecipient(address(0xC0));
        publish(0, zero, 100 ether);
        vm.expectEmit(true, true, true, true);
        emit Claims.Claimed(ALICE, address(token), 60 ether, 60 ether, address(0xD0));
        equal(claimTo(ALICE, zero, 0, address(0xD0)), 60 ether, "paid");
        equal(token.balanceOf(address(0xD0)), 60 ether, "there");
        equal(claimTo(ALICE, zero, 0, address(0xD0)), 0, "nothing left");
        publish(1, one, 150 ether);
        claim(1, one, 0);
        equal(token.balanceOf(address(0xC0)), 30 ether, "later ones go where they did");
    }

    function test_claimTo__by_anyone_else_or_to_nobody__is_refused() external {
        Row[] memory leaves = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        publish(0, leaves, 100 ether);
        bytes32[] memory proof = Tree.proof(leaves, 0);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(Claims.NotTheAccount.selector, BOB, ALICE));
        distributor.claimTo(0, ALICE, address(token), 60 ether, proof, BOB);
        address[4] memory nobody = [address(0), address(distributor), address(relay), address(challenges)];
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(ALICE);
            vm.expectRevert(abi.encodeWithSelector(Claims.BadRecipient.selector, nobody[i]));
            distributor.claimTo(0, ALICE, address(token), 60 ether, proof, nobody[i]);
        }
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(Claims.BadProof.selector, ALICE, address(token), 61 ether));
        distributor.claimTo(0, ALICE, address(token), 61 ether, proof, BOB);
    }

    function test_claimTo__paused__is_refused() external {
        Row[] memory leaves = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        publish(0, leaves, 100 ether);
        setPaused("claims", true);
        bytes32[] memory proof = Tree.proof(leaves, 0);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(TimedPause.Paused.selector, bytes32("claims"), type(uint64).max));
        distributor.claimTo(0, ALICE, address(token), 60 ether, proof, ALICE);
        vm.warp(block.timestamp + 1);
        setPaused("claims", false);
        equal(claimTo(ALICE, leaves, 0, ALICE), 60 ether, "resumed at once");
    }

    function test_claim__paused__is_refused_until_resumed() external {
        Row[] memory leaves = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        publish(0, leaves, 100 ether);
        setPaused("claims", true);
        bytes32[] memory proof = Tree.proof(leaves, 0);
        vm.expectRevert(abi.encodeWithSelector(TimedPause.Paused.selector, bytes32("claims"), type(uint64).max));
        distributor.claim(0, ALICE, address(token), 60 ether, proof);
        setPaused("claims", false);
        setPaused("votes", true);
        setPaused("activation", true);
        equal(claim(0, leaves, 0), 60 ether, "votes paused, claims not");
    }

    function test_claim__leaves_above_total__stops_at_accepted_total() external {
        Row[] memory lying = rows(row(ALICE, 900 ether), row(BOB, 900 ether));
        publish(0, lying, 1_000 ether);
        claim(0, lying, 0);
        bytes32[] memory proof = Tree.proof(lying, 1);
        vm.expectRevert(abi.encodeWithSelector(Claims.AboveAccepted.selector, address(token), 900 ether, 100 ether));
        distributor.claim(0, BOB, address(token), 900 ether, proof);
    }

    function test_claim__cumulative_of_maximum__does_not_overflow() external {
        Row[] memory lying = rows(row(ALICE, type(uint256).max), row(BOB, 1));
        publish(0, lying, 1_000 ether);
        bytes32[] memory proof = Tree.proof(lying, 0);
        vm.expectPartialRevert(Claims.AboveAccepted.selector);
        distributor.claim(0, ALICE, address(token), type(uint256).max, proof);
    }

    function test_claim__epoch_with_zero_root__proves_nothing() external {
        enter(1);
        proposeRoot(0, bytes32(0), 0);
        vm.warp(block.timestamp + DELAY);
        distributor.activate();
        vm.expectPartialRevert(Claims.BadProof.selector);
        distributor.claim(0, ALICE, address(token), 1, new bytes32[](0));
    }

    function test_claimMany__some_claimed_some_wrong__pays_the_rest() external {
        Row[] memory leaves = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        publish(0, leaves, 100 ether);
        claim(0, leaves, 0);
        (address[] memory accounts, address[] memory tokens, uint256[] memory cumulative, bytes32[][] memory proofs) =
            batch(leaves, 3);
        cumulative[2] = 41 ether;
        accounts[2] = BOB;
        vm.expectEmit(true, true, false, true);
        emit Claims.ClaimSkipped(ALICE, address(token), 0, Claims.Skipped.AlreadyClaimed);
        uint256[] memory paid = distributor.claimMany(0, accounts, tokens, cumulative, proofs);
        equal(paid[0], 0, "already claimed");
        equal(paid[1], 40 ether, "paid");
        equal(paid[2], 0, "wrong proof");
        equal(token.balanceOf(BOB), 40 ether, "balance");
    }

    function test_claimMany__same_leaf_twice__pays_once() external {
        Row[] memory leaves = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        publish(0, leaves, 100 ether);
        (address[] memory accounts, address[] memory tokens, uint256[] memory cumulative, bytes32[][] memory proofs) =
            batch(leaves, 4);
        uint256[] memory paid = distributor.claimMany(0, accounts, tokens, cumulative, proofs);
        equal(paid[0] + paid[2], 60 ether, "alice once");
        equal(paid[1] + paid[3], 40 ether, "bob once");
    }

    function test_claimMany__lengths_differ__is_refused() external {
        Row[] memory leaves = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        publish(0, leaves, 100 ether);
        (address[] memory accounts, address[] memory tokens, uint256[] memory cumulative,) = batch(leaves, 2);
        vm.expectRevert(abi.encodeWithSelector(Claims.BatchLengthsDiffer.selector));
        distributor.claimMany(0, accounts, tokens, cumulative, new bytes32[][](1));
    }

    function test_claimManyShared__both_leaves__pays_both() external {
        Row[] memory leaves = rows(row(ALICE, 60 ether), row(BOB, 40 ether));
        publish(0, leaves, 100 ether);
        (address[] memory accounts, address[] memory tokens, uint256[] memory cumulative,) = batch(leaves, 2);
        bool[] memory flags = new bool[](1);
        flags[0] = true;
        uint256[] memory paid =
            distributor.claimManyShared(0, accounts, tokens, cumulative, new bytes32[](0), flags);
        equal(paid[0], 60 ether, "alice");
        equal(paid[1], 40 ether, "bob");
        cumulative[0] = 61 ether;
        vm.expectRevert(abi.encodeWithSelector(Claims.BadSharedProof.selector));
        distributor.claimManyShared(0, accounts, tokens, cumulative, new bytes32[](0), flags);
    }

    /// Entries 0 .. count - 1, repeating the leaves.
    function batch(Row[] memory leaves, uint256 count)
        private
        pure
        returns (address[] memory accounts, address[] memory tokens, uint256[] memory cumulative, bytes32[][] memory proofs)
    {
        accounts = new address[](count);
        tokens = new address[](count);
        cumulative = new uint256[](count);
        proofs = new bytes32[][](count);
        for (uint256 i = 0; i < count; ++i) {
            Row memory leaf = leaves[i % leaves.length];
            (accounts[i], tokens[i], cumulative[i]) = (leaf.account, leaf.token, leaf.cumulative);
            proofs[i] = Tree.proof(leaves, i % leaves.length);
        }
    }
}
