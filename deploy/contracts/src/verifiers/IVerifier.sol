// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// What the market asks of a proof system. An answer is a view: it may fail, but it changes nothing.
interface IVerifier {
    /// @param publics the statement, as posted with the task
    /// @param proof what the miner submits
    /// @return valid whether the proof shows the statement
    /// @return gates what a zkVM measured of its run, 0 for a fixed circuit
    function verify(bytes calldata publics, bytes calldata proof) external view returns (bool valid, uint64 gates);

    /// What its statements are about. Verifiers that take each other's proofs answer the same, so that a proof counts once.
    function statementDomain() external view returns (bytes32);
}
