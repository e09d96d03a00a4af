// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IVerifier} from "./IVerifier.sol";
import {requirePlainCode} from "./PlainCode.sol";

/// Puts a verifier that snarkjs generated behind the market's interface. `publics` are the public signals and `proof`
/// the proof's numbers, 32 bytes each, in the order of snarkjs' `exportSolidityCallData`. The generated function
/// takes arrays of fixed length, which are encoded as exactly these bytes one after the other.
contract SnarkVerifier is IVerifier {
    enum System {
        Plonk,
        Groth16
    }

    /// Order r of the curve's scalar field. A signal counts in its own bytes only: the generated Plonk verifier hashes what
    /// it is given and reduces it later, so that s + r would have a genuine proof of its own for the statement of s.
    uint256 public constant FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant WORD = 32;
    /// A point that is not on the curve makes the precompiles take all the gas they get, so a wrong proof would cost its
    /// sender everything. Right ones took 196,000 (Groth16) and 261,000 (Plonk) with two signals; each more takes 7,000.
    uint256 private constant VERIFY_GAS = 1_000_000;
    uint256 private constant SIGNAL_GAS = 10_000;

    address public immutable generated;
    uint256 public immutable proofBytes;
    uint256 public immutable publicsBytes;
    uint256 public immutable gasLimit;
    bytes4 public immutable selector;
    /// The code behind: adapters of one circuit's verifier, wherever it stands, have their statements in common.
    bytes32 public immutable statementDomain;

    /// @param generated_ a contract made by `snarkjs zkey export solidityverifier`
    /// @param signals how many public signals the circuit has
    constructor(address generated_, System system, uint256 signals) {
        requirePlainCode(generated_);
        generated = generated_;
        statementDomain = generated_.codehash;
        publicsBytes = signals * WORD;
        gasLimit = VERIFY_GAS + signals * SIGNAL_GAS;
        bool isPlonk = system == System.Plonk;
        proofBytes = (isPlonk ? 24 : 8) * WORD;
        string memory parts = isPlonk ? "uint256[24]" : "uint256[2],uint256[2][2],uint256[2]";
        selector = bytes4(keccak256(abi.encodePacked("verifyProof(", parts, ",uint256[", Strings.toString(signals), "])")));
    }

    function verify(bytes calldata publics, bytes calldata proof) external view returns (bool, uint64) {
        if (publics.length != publicsBytes || proof.length != proofBytes) return (false, 0);
        for (uint256 start = 0; start < publics.length; start += WORD) {
            if (uint256(bytes32(publics[start:])) >= FIELD_ORDER) return (false, 0);
        }
        (bool success, bytes memory answer) = generated.staticcall{gas: gasLimit}(abi.encodePacked(selector, proof, publics));
        return (success && answer.length == WORD && abi.decode(answer, (uint256)) == 1, 0);
    }
}
