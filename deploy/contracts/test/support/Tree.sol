// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

struct Row {
    address account;
    address token;
    uint256 cumulative;
}

/// A `standard-v1` tree in memory: leaves sorted by hash, a complete binary tree of 2k - 1 nodes.
library Tree {
    function leafOf(Row memory row) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(row.account, row.token, row.cumulative))));
    }

    function build(Row[] memory rows) internal pure returns (bytes32[] memory nodes) {
        uint256 count = rows.length;
        if (count == 0) return new bytes32[](1);
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 leaf = leafOf(rows[i]);
            uint256 j = i;
            for (; j > 0 && leaves[j - 1] > leaf; --j) leaves[j] = leaves[j - 1];
            leaves[j] = leaf;
        }
        nodes = new bytes32[](2 * count - 1);
        for (uint256 i = 0; i < count; ++i) nodes[nodes.length - 1 - i] = leaves[i];
        for (uint256 i = count - 1; i > 0; --i) nodes[i - 1] = pair(nodes[2 * i - 1], nodes[2 * i]);
    }

    function root(Row[] memory rows) internal pure returns (bytes32) {
        return build(rows)[0];
    }

    function proof(Row[] memory rows, uint256 index) internal pure returns (bytes32[] memory path) {
        bytes32[] memory nodes = build(rows);
        bytes32 leaf = leafOf(rows[index]);
        uint256 at_ = rows.length - 1;
        while (nodes[at_] != leaf) ++at_;
        uint256 depth = 0;
        for (uint256 i = at_; i > 0; i = (i - 1) / 2) ++depth;
        path = new bytes32[](depth);
        for (uint256 i = 0; i < depth; ++i) {
            path[i] = nodes[at_ % 2 == 1 ? at_ + 1 : at_ - 1];
            at_ = (at_ - 1) / 2;
        }
    }

    function pair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }
}
