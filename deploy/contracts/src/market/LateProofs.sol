// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TaskBook} from "./TaskBook.sol";

/// Commitments to proofs of tasks whose miner missed its deadline. Anyone may prove such a task without an acceptance, up to
/// the final deadline, and the first one is paid the fee and what waits of the slash. It commits to its proof in an earlier
/// block, so that who sees it in the mempool cannot take it for its own.
abstract contract LateProofs is TaskBook {
    event ProofCommitted(bytes32 indexed commitment, address indexed prover);

    error NotCommitted(bytes32 commitment);

    /// What a prover commits to; `salt` keeps others from trying proofs they know.
    function lateCommitment(uint256 taskId, address prover, bytes32 proofHash, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(taskId, prover, proofHash, salt));
    }

    /// By whom it is sent plays no part, as the commitment names its prover; the first time counts.
    function commitProof(bytes32 commitment) external {
        if (_committedIn[commitment] == 0) _committedIn[commitment] = block.number;
        emit ProofCommitted(commitment, msg.sender);
    }

    function _requireCommitted(uint256 taskId, bytes calldata proof, bytes32 salt) internal view {
        bytes32 commitment = lateCommitment(taskId, msg.sender, keccak256(proof), salt);
        uint256 since = _committedIn[commitment];
        if (since == 0 || since >= block.number) revert NotCommitted(commitment);
    }
}
