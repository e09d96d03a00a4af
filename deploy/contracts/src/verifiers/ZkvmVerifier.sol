// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IRiscZeroVerifier} from "./IRiscZeroVerifier.sol";
import {IVerifier} from "./IVerifier.sol";
import {requirePlainCode} from "./PlainCode.sol";

/// Puts a Risc0 verifier behind the market's interface. `proof` is abi.encode(bytes seal, bytes journal). The journal
/// begins with abi.encode(bytes32 statement, uint256 gates): the guest program must commit to the keccak256 of the
/// task's publics, and to the gates its run took.
///
/// What this does not verify: it trusts the verifier it was given for the seal, and the program `imageId` for what the
/// two words of the journal mean. A program that writes any number it likes as gates is caught by nothing here; the
/// approval's gates cap what it can gain.
contract ZkvmVerifier is IVerifier {
    uint256 private constant JOURNAL_HEAD = 64;

    IRiscZeroVerifier public immutable risc0;
    bytes32 public immutable imageId;

    constructor(IRiscZeroVerifier risc0_, bytes32 imageId_) {
        requirePlainCode(address(risc0_));
        risc0 = risc0_;
        imageId = imageId_;
    }

    function verify(bytes calldata publics, bytes calldata proof) external view returns (bool, uint64) {
        (bytes memory seal, bytes memory journal) = abi.decode(proof, (bytes, bytes));
        if (journal.length < JOURNAL_HEAD) return (false, 0);
        (bytes32 statement, uint256 gates) = abi.decode(journal, (bytes32, uint256));
        if (statement != keccak256(publics) || gates > type(uint64).max) return (false, 0);
        try risc0.verify(seal, imageId, sha256(journal)) {
            return (true, uint64(gates));
        } catch {
            return (false, 0);
        }
    }

    /// The program: whatever stands behind checks its seals, a run of it shows the same.
    function statementDomain() external view returns (bytes32) {
        return keccak256(abi.encode("risc0", imageId));
    }
}
