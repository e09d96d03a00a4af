// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IVerifier} from "./IVerifier.sol";

/// The simplest statement that can be wrong: `publics` is a hash, `proof` its preimage. Nothing about it is
/// zero-knowledge; it lets a local network carry traffic without a proving toolchain. It measures no run, so for a
/// zkVM app it names the largest number and the approval's gates count.
contract PreimageVerifier is IVerifier {
    function verify(bytes calldata publics, bytes calldata proof) external pure returns (bool, uint64) {
        return (publics.length == 32 && keccak256(proof) == bytes32(publics), type(uint64).max);
    }

    function statementDomain() external pure returns (bytes32) {
        return keccak256("preimage of a Keccak-256 hash");
    }
}
