// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IRiscZeroVerifier} from "./IRiscZeroVerifier.sol";

/// Stands where a Risc0 verifier would, on networks that have none. The seal is a signature by one known key over
/// (domain, imageId, journalDigest). It proves that the holder of the key vouches for the journal and nothing about
/// any program having run: not a zero-knowledge proof, and not for a network with money in it.
contract AttestedRiscZero is IRiscZeroVerifier {
    bytes32 public constant DOMAIN = keccak256("PoZK attested journal");

    address public immutable attestor;

    error NotAttested(bytes32 imageId, bytes32 journalDigest);

    constructor(address attestor_) {
        attestor = attestor_;
    }

    function verify(bytes calldata seal, bytes32 imageId, bytes32 journalDigest) external view {
        bytes32 digest = keccak256(abi.encode(DOMAIN, imageId, journalDigest));
        (address signer, ECDSA.RecoverError problem,) = ECDSA.tryRecoverCalldata(digest, seal);
        if (problem != ECDSA.RecoverError.NoError || signer != attestor) revert NotAttested(imageId, journalDigest);
    }
}
