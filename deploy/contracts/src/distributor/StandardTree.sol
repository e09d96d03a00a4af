// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// Leaves and proofs of a `standard-v1` tree. The same results as OpenZeppelin's MerkleProof at about half the gas a
/// level, because nothing is copied; a test compares the two on random proofs.
library StandardTree {
    /// keccak256(keccak256(abi.encode(account, token, cumulative))); hashed twice so that no inner node is a leaf.
    function leafOf(address account, address token, uint256 cumulative) internal pure returns (bytes32 leaf) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, and(account, 0xffffffffffffffffffffffffffffffffffffffff))
            mstore(add(free, 32), and(token, 0xffffffffffffffffffffffffffffffffffffffff))
            mstore(add(free, 64), cumulative)
            mstore(0, keccak256(free, 96))
            leaf := keccak256(0, 32)
        }
    }

    /// The root that `proof` leads to from `leaf`; of each pair the smaller hash comes first. A node goes to word 1 where it
    /// is the greater one, else to word 0, and its sibling to the other. Five levels a turn: turns cost as much as hashes.
    function rootOf(bytes32[] calldata proof, bytes32 leaf) internal pure returns (bytes32 node) {
        assembly ("memory-safe") {
            node := leaf
            let place := proof.offset
            let end := add(place, shl(5, proof.length))
            for { let single := add(place, shl(5, mod(proof.length, 5))) } lt(place, single) { place := add(place, 32) } {
                let sibling := calldataload(place)
                let word := shl(5, gt(node, sibling))
                mstore(word, node)
                mstore(xor(word, 32), sibling)
                node := keccak256(0, 64)
            }
            for {} lt(place, end) { place := add(place, 160) } {
                let sibling := calldataload(place)
                let word := shl(5, gt(node, sibling))
                mstore(word, node)
                mstore(xor(word, 32), sibling)
                node := keccak256(0, 64)
                sibling := calldataload(add(place, 32))
                word := shl(5, gt(node, sibling))
                mstore(word, node)
                mstore(xor(word, 32), sibling)
                node := keccak256(0, 64)
                sibling := calldataload(add(place, 64))
                word := shl(5, gt(node, sibling))
                mstore(word, node)
                mstore(xor(word, 32), sibling)
                node := keccak256(0, 64)
                sibling := calldataload(add(place, 96))
                word := shl(5, gt(node, sibling))
                mstore(word, node)
                mstore(xor(word, 32), sibling)
                node := keccak256(0, 64)
                sibling := calldataload(add(place, 128))
                word := shl(5, gt(node, sibling))
                mstore(word, node)
                mstore(xor(word, 32), sibling)
                node := keccak256(0, 64)
            }
        }
    }

    /// Whether a multiproof as OpenZeppelin's leads to `root` from the first `count` (at least one) of `nodes`, which has room for
    /// as many more as there are flags; `count + proof.length` is `flags.length + 1`. Leaves and what is made of them are
    /// one queue: a flag takes its two next, without one its next and a sibling. Where just the siblings are used up,
    /// count - 1 flags were set, so that the queue never ran dry on the way.
    function leadsTo(
        bytes32 root,
        bytes32[] calldata proof,
        bool[] calldata flags,
        bytes32[] memory nodes,
        uint256 count
    ) internal pure returns (bool isRoot) {
        assembly ("memory-safe") {
            let next := add(nodes, 32)
            let made := add(next, shl(5, count))
            let node := mload(next)
            let sibling := proof.offset
            let flag := flags.offset
            for { let end := add(flag, shl(5, flags.length)) } lt(flag, end) { flag := add(flag, 32) } {
                let left := mload(next)
                next := add(next, 32)
                let right
                switch calldataload(flag)
                case 0 {
                    right := calldataload(sibling)
                    sibling := add(sibling, 32)
                }
                default {
                    right := mload(next)
                    next := add(next, 32)
                }
                let word := shl(5, gt(left, right))
                mstore(word, left)
                mstore(xor(word, 32), right)
                node := keccak256(0, 64)
                mstore(made, node)
                made := add(made, 32)
            }
            isRoot := and(eq(node, root), eq(sibling, add(proof.offset, shl(5, proof.length))))
        }
    }
}
