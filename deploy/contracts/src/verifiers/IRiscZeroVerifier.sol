// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// The verifier of the Risc0 zkVM, as its contracts have it: reverts unless `seal` proves that the program `imageId`
/// ended well with the journal whose SHA-256 is `journalDigest`.
interface IRiscZeroVerifier {
    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view;
}
