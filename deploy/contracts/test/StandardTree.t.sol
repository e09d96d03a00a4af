// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Claims} from "../src/distributor/Claims.sol";
import {StandardTree} from "../src/distributor/StandardTree.sol";
import {Network} from "./support/Network.sol";
import {Row, Tree} from "./support/Tree.sol";

contract StandardTreeTest is Network {
    function rootOf(bytes32[] calldata proof, bytes32 leaf) external pure returns (bytes32) {
        return StandardTree.rootOf(proof, leaf);
    }

    function openZeppelin(bytes32[] calldata proof, bytes32 leaf) external pure returns (bytes32) {
        return MerkleProof.processProofCalldata(proof, leaf);
    }

    function testFuzz_rootOf__any_proof__is_what_openzeppelin_gives(bytes32[] calldata proof, bytes32 leaf) external view {
        equal(this.rootOf(proof, leaf), this.openZeppelin(proof, leaf), "root");
    }

    function leadsTo(bytes32 root, bytes32[] calldata proof, bool[] calldata flags, bytes32[] memory leaves) external pure returns (bool) {
        bytes32[] memory nodes = new bytes32[](leaves.length + flags.length);
        for (uint256 i = 0; i < leaves.length; ++i) nodes[i] = leaves[i];
        return StandardTree.leadsTo(root, proof, flags, nodes, leaves.length);
    }

    function sharedRootByOpenZeppelin(bytes32[] calldata proof, bool[] calldata flags, bytes32[] memory leaves)
        external
        pure
        returns (bytes32)
    {
        return MerkleProof.processMultiProofCalldata(proof, flags, leaves);
    }

    /// Any flags, with as many siblings as fit them, one more or one fewer: the same root, or the same refusal. A proof that
    /// is not used up leads nowhere, not even to the root 0.
    function testFuzz_leadsTo__any_proof__is_what_openzeppelin_gives(uint256 seed, uint8 leafCount, uint8 flagCount, bool fits)
        external
        view
    {
        bytes32[] memory leaves = new bytes32[](bound(leafCount, 1, 9));
        bool[] memory flags = new bool[](bound(flagCount, leaves.length - 1, leaves.length + 6));
        bytes32[] memory proof = new bytes32[](flags.length + 1 - leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) leaves[i] = keccak256(abi.encode(seed, "leaf", i));
        for (uint256 i = 0; i < proof.length; ++i) proof[i] = keccak256(abi.encode(seed, "sibling", i));
        uint256 left = leaves.length - 1;
        for (uint256 i = 0; i < flags.length; ++i) {
            bool mustSet = left == flags.length - i;
            flags[i] = fits ? left > 0 && (mustSet || (seed >> i) % 2 == 1) : (seed >> i) % 2 == 1;
            if (flags[i] && left > 0) --left;
        }
        try this.sharedRootByOpenZeppelin(proof, flags, leaves) returns (bytes32 root) {
            isTrue(this.leadsTo(root, proof, flags, leaves), "leads there");
            isTrue(!this.leadsTo(root ^ bytes32(uint256(1)), proof, flags, leaves), "and nowhere else");
        } catch {
            isTrue(!fits && !this.leadsTo(0, proof, flags, leaves), "leads nowhere");
        }
    }

    /// Before the first epoch every root is 0: nothing leads there, whatever is missing in the proof.
    function test_claimManyShared__epoch_with_zero_root__proves_nothing() external {
        publishRoot(0);
        (address[] memory accounts, uint256[] memory sums) = (list(address(1)), list(uint256(5)));
        bool[] memory flags = new bool[](1);
        for (uint256 i = 0; i < 2; ++i) {
            flags[0] = i == 1;
            vm.expectRevert(abi.encodeWithSelector(Claims.BadSharedProof.selector));
            distributor.claimManyShared(0, accounts, list(address(token)), sums, new bytes32[](1), flags);
        }
        vm.expectRevert(abi.encodeWithSelector(Claims.BadSharedProof.selector));
        distributor.claimManyShared(0, accounts, list(address(token)), sums, new bytes32[](0), new bool[](0));
        vm.expectRevert(abi.encodeWithSelector(Claims.BadSharedProof.selector));
        distributor.claimManyShared(0, new address[](0), new address[](0), new uint256[](0), new bytes32[](1), new bool[](0));
        vm.expectRevert(abi.encodeWithSelector(Claims.BadSharedProof.selector));
        distributor.claimManyShared(0, accounts, list(address(token)), sums, new bytes32[](2), flags);
    }

    function testFuzz_leafOf__any_row__is_the_double_hash(address account, address token_, uint256 cumulative) external pure {
        bytes32 expected = keccak256(bytes.concat(keccak256(abi.encode(account, token_, cumulative))));
        equal(StandardTree.leafOf(account, token_, cumulative), expected, "leaf");
    }

    /// Nothing is promised for these tokens, so a proof that is accepted ends at the accepted totals, and one that
    /// is not ends before.
    function check(Row memory leaf, bytes32[] memory proof, bool isRight) private {
        vm.expectPartialRevert(isRight ? Claims.AboveAccepted.selector : Claims.BadProof.selector);
        distributor.claim(0, leaf.account, leaf.token, leaf.cumulative, proof);
    }

    function publishRoot(bytes32 root) private {
        enter(1);
        proposeRoot(0, root, 0);
        vm.warp(block.timestamp + DELAY);
        distributor.activate();
    }

    function drawn(uint256 seed, uint256 count) private pure returns (Row[] memory leaves) {
        leaves = new Row[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            leaves[i] = Row(address(uint160(word)), address(uint160(word >> 96)), (word % 1e24) + 1);
        }
    }

    function testFuzz_claim__right_proof__is_accepted_and_altered_ones_rejected(uint256 seed, uint8 size, uint8 pick, uint8 bit)
        external
    {
        Row[] memory leaves = drawn(seed, bound(size, 1, 20));
        uint256 index = pick % leaves.length;
        publishRoot(Tree.root(leaves));
        bytes32[] memory proof = Tree.proof(leaves, index);
        Row memory leaf = leaves[index];
        check(leaf, proof, true);
        check(Row(leaf.account, leaf.token, leaf.cumulative ^ (1 << (bit % 255))), proof, false);
        check(Row(address(uint160(leaf.account) ^ uint160(1 << (bit % 160))), leaf.token, leaf.cumulative), proof, false);
        check(Row(leaf.account, address(uint160(leaf.token) ^ uint160(1 << (bit % 160))), leaf.cumulative), proof, false);
        if (proof.length == 0) return;
        proof[pick % proof.length] ^= bytes32(uint256(1) << bit);
        check(leaf, proof, false);
    }

    function testFuzz_claim__other_root__is_rejected(uint256 seed, uint8 bit) external {
        Row[] memory leaves = drawn(seed, 6);
        publishRoot(Tree.root(leaves) ^ bytes32(uint256(1) << bit));
        check(leaves[0], Tree.proof(leaves, 0), false);
    }

    function test_claim__inner_node_as_leaf_path__is_rejected() external {
        Row[] memory leaves = drawn(1, 4);
        publishRoot(Tree.root(leaves));
        bytes32[] memory path = Tree.proof(leaves, 0);
        bytes32[] memory shorter = new bytes32[](1);
        shorter[0] = path[1];
        check(leaves[0], shorter, false);
    }

    function test_claim__tree_of_openzeppelin__every_leaf_is_accepted() external {
        acceptAll("./generated/fixtures/openzeppelin.json");
    }

    function test_claim__tree_of_pozk_merkle__every_leaf_is_accepted() external {
        acceptAll("./generated/fixtures/pozk.json");
    }

    /// Nothing is promised, so an accepted proof pays nothing, without revert.
    function test_claimManyShared__multiproof_of_openzeppelin__is_accepted_and_altered_ones_rejected() external {
        string memory json = vm.readFile("./generated/fixtures/shared.json");
        publishRoot(vm.parseJsonBytes32(json, ".root"));
        address[] memory accounts = vm.parseJsonAddressArray(json, ".accounts");
        address[] memory tokens = vm.parseJsonAddressArray(json, ".tokens");
        uint256[] memory sums = vm.parseJsonUintArray(json, ".cumulative");
        bytes32[] memory proof = vm.parseJsonBytes32Array(json, ".proof");
        bool[] memory flags = vm.parseJsonBoolArray(json, ".flags");
        equal(distributor.claimManyShared(0, accounts, tokens, sums, proof, flags).length, 5, "entries");
        bytes memory refusal = abi.encodeWithSelector(Claims.BadSharedProof.selector);
        for (uint256 i = 0; i < 5; ++i) {
            ++sums[i];
            vm.expectRevert(refusal);
            distributor.claimManyShared(0, accounts, tokens, sums, proof, flags);
            --sums[i];
        }
        proof[0] ^= bytes32(uint256(1));
        vm.expectRevert(refusal);
        distributor.claimManyShared(0, accounts, tokens, sums, proof, flags);
    }

    function acceptAll(string memory path) private {
        string memory json = vm.readFile(path);
        publishRoot(vm.parseJsonBytes32(json, ".root"));
        address[] memory accounts = vm.parseJsonAddressArray(json, ".accounts");
        address[] memory tokens = vm.parseJsonAddressArray(json, ".tokens");
        uint256[] memory cumulative = vm.parseJsonUintArray(json, ".cumulative");
        equal(accounts.length, 37, "leaves");
        for (uint256 i = 0; i < accounts.length; ++i) {
            string memory key = string.concat(".proofs[", vm.toString(i), "]");
            check(Row(accounts[i], tokens[i], cumulative[i]), vm.parseJsonBytes32Array(json, key), true);
            check(Row(accounts[i], tokens[i], cumulative[i] + 1), vm.parseJsonBytes32Array(json, key), false);
        }
    }
}
