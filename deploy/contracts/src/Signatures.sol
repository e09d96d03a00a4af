// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// Whether an account has signed: by its own key, also where it has code (EIP-7702), or as the contract at the account says
/// (EIP-1271).
function isSignedBy(address signer, bytes32 hash, bytes calldata signature) view returns (bool) {
    (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(hash, signature);
    if (failure == ECDSA.RecoverError.NoError && recovered == signer) return true;
    return SignatureChecker.isValidERC1271SignatureNowCalldata(signer, hash, signature);
}
