// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Groth16Verifier} from "../generated/groth16.sol";
import {PlonkVerifier} from "../generated/plonk.sol";
import {Proofs} from "../src/market/Proofs.sol";
import {TaskBook} from "../src/market/TaskBook.sol";
import {AttestedRiscZero} from "../src/verifiers/AttestedRiscZero.sol";
import {IRiscZeroVerifier} from "../src/verifiers/IRiscZeroVerifier.sol";
import {IVerifier} from "../src/verifiers/IVerifier.sol";
import {NoPlainCode} from "../src/verifiers/PlainCode.sol";
import {SnarkVerifier} from "../src/verifiers/SnarkVerifier.sol";
import {ZkvmVerifier} from "../src/verifiers/ZkvmVerifier.sol";
import {Market} from "./support/Market.sol";

/// Genuine proofs made by prove.mjs: Plonk 0 and 1, Groth16 2 and 3, zkVM 4.
contract VerifiersTest is Market {
    string private json;
    IVerifier private plonk;
    IVerifier private groth16;
    IVerifier private zkvm;

    function setUp() public override {
        super.setUp();
        json = vm.readFile("./generated/fixtures/proofs.json");
        plonk = new SnarkVerifier(address(new PlonkVerifier()), SnarkVerifier.System.Plonk, 2);
        groth16 = new SnarkVerifier(address(new Groth16Verifier()), SnarkVerifier.System.Groth16, 2);
        IRiscZeroVerifier attested = new AttestedRiscZero(vm.parseJsonAddress(json, ".attestor"));
        zkvm = new ZkvmVerifier(attested, vm.parseJsonBytes32(json, ".imageId"));
    }

    function made(uint256 index) private view returns (bytes memory publics, bytes memory proof) {
        string memory key = string.concat(".proofs[", vm.toString(index), "]");
        return (vm.parseJsonBytes(json, string.concat(key, ".publics")), vm.parseJsonBytes(json, string.concat(key, ".proof")));
    }

    function holds(IVerifier by, bytes memory publics, bytes memory proof) private view returns (bool valid) {
        (valid,) = by.verify(publics, proof);
    }

    function flipped(bytes memory data, uint256 index) private pure returns (bytes memory copy) {
        copy = bytes.concat(data);
        copy[index] ^= 0x01;
    }

    function checkSnark(IVerifier by, uint256 index) private view {
        (bytes memory publics, bytes memory proof) = made(index);
        (bytes memory otherPublics, bytes memory otherProof) = made(index + 1);
        isTrue(holds(by, publics, proof), "right");
        isTrue(holds(by, otherPublics, otherProof), "right too");
        isTrue(!holds(by, otherPublics, proof), "proof of another statement");
        for (uint256 i = 31; i < publics.length; i += 32) isTrue(!holds(by, flipped(publics, i), proof), "altered publics");
        for (uint256 i = 31; i < proof.length; i += 32) isTrue(!holds(by, publics, flipped(proof, i)), "altered proof");
        isTrue(!holds(by, publics, ""), "no proof");
        isTrue(!holds(by, "", proof), "no publics");
        isTrue(!holds(by, bytes.concat(publics, bytes32(0)), proof), "publics too long");
    }

    function test_verify__plonk__right_ones_only() external view {
        checkSnark(plonk, 0);
    }

    function test_verify__groth16__right_ones_only() external view {
        checkSnark(groth16, 2);
    }

    /// Genuine proofs for other bytes of one statement: multiple 0 is the honest one.
    function test_verify__genuine_proof_of_an_aliased_signal__is_refused() external view {
        string memory aliases = vm.readFile("./generated/fixtures/aliased.json");
        for (uint256 i = 0; i < 7; ++i) {
            string memory key = string.concat(".aliases[", vm.toString(i), "]");
            uint256 multiple = vm.parseJsonUint(aliases, string.concat(key, ".multiple"));
            bytes memory publics = vm.parseJsonBytes(aliases, string.concat(key, ".publics"));
            bytes memory proof = vm.parseJsonBytes(aliases, string.concat(key, ".proof"));
            isTrue(generatedHolds(publics, proof), "the proof is genuine");
            isTrue(holds(plonk, publics, proof) == (multiple == 0), "only the statement's own bytes");
        }
    }

    /// What the generated verifier alone says.
    function generatedHolds(bytes memory publics, bytes memory proof) private view returns (bool) {
        SnarkVerifier adapter = SnarkVerifier(address(plonk));
        bytes memory call = abi.encodePacked(adapter.selector(), proof, publics);
        (bool success, bytes memory answer) = adapter.generated().staticcall(call);
        return success && abi.decode(answer, (bool));
    }

    function test_verify__groth16_publics_beyond_the_field__are_refused() external view {
        uint256 order = SnarkVerifier(address(groth16)).FIELD_ORDER();
        (bytes memory publics, bytes memory proof) = made(2);
        (uint256 result, uint256 salt) = abi.decode(publics, (uint256, uint256));
        isTrue(!holds(groth16, abi.encode(result + order, salt), proof), "the same statement in other bytes");
    }

    function test_verify__zkvm__checks_statement_image_and_seal() external {
        (bytes memory publics, bytes memory proof) = made(4);
        (bool valid, uint64 gates) = zkvm.verify(publics, proof);
        isTrue(valid, "right");
        (bytes memory seal, bytes memory journal) = abi.decode(proof, (bytes, bytes));
        (, uint256 inJournal) = abi.decode(journal, (bytes32, uint256));
        equal(gates, inJournal, "gates of the journal");
        isTrue(!holds(zkvm, flipped(publics, 0), proof), "another statement");
        isTrue(!holds(zkvm, publics, abi.encode(seal, flipped(journal, 63))), "altered journal");
        isTrue(!holds(zkvm, publics, abi.encode(flipped(seal, 5), journal)), "altered seal");
        isTrue(!holds(zkvm, publics, abi.encode(seal, bytes.concat(bytes32(0)))), "journal too short");
        ZkvmVerifier otherImage = new ZkvmVerifier(ZkvmVerifier(address(zkvm)).risc0(), keccak256("other program"));
        isTrue(!holds(otherImage, publics, proof), "another program");
    }

    function test_submitProof__genuine_proofs__are_paid_and_a_wrong_one_is_not() external {
        IVerifier[3] memory verifiers = [plonk, groth16, zkvm];
        for (uint8 scheme = 0; scheme < 3; ++scheme) {
            uint64 epoch = scheme + 2;
            approve(app, epoch, scheme, GATES, address(verifiers[scheme]), WINDOW);
            enter(epoch);
            (bytes memory publics, bytes memory proof) = made(2 * scheme);
            uint256 taskId = postAs(USER_ACCOUNT, app, publics);
            accept(MINER_ONE, taskId);
            vm.prank(MINER_ONE);
            vm.expectRevert(abi.encodeWithSelector(Proofs.ProofRejected.selector, app, verifiers[scheme]));
            market.submitProof(taskId, publics, flipped(proof, scheme == 2 ? 100 : 31));
            submit(MINER_ONE, taskId, proof);
            isTrue(desk.taskOf(taskId).status == TaskBook.Status.Proven, "proven");
        }
    }

    function test_statementDomain__same_code_or_program_behind__is_the_same() external {
        SnarkVerifier again = new SnarkVerifier(address(new PlonkVerifier()), SnarkVerifier.System.Plonk, 2);
        equal(again.statementDomain(), plonk.statementDomain(), "the circuit deployed twice");
        isTrue(plonk.statementDomain() != groth16.statementDomain(), "another circuit");
        ZkvmVerifier behind = ZkvmVerifier(address(zkvm));
        IRiscZeroVerifier other = new AttestedRiscZero(address(1));
        equal(new ZkvmVerifier(other, behind.imageId()).statementDomain(), zkvm.statementDomain(), "one program");
        isTrue(new ZkvmVerifier(other, 0).statementDomain() != zkvm.statementDomain(), "another program");
    }

    function test_constructor__no_code_behind__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(NoPlainCode.selector, address(1234)));
        new SnarkVerifier(address(1234), SnarkVerifier.System.Plonk, 2);
        vm.expectRevert(abi.encodeWithSelector(NoPlainCode.selector, address(1234)));
        new ZkvmVerifier(IRiscZeroVerifier(address(1234)), 0);
    }
}
