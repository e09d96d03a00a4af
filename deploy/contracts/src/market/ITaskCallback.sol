// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// What a contract implements that wants to be told a task's proof.
interface ITaskCallback {
    /// Called by the market once the proof is verified and paid, with the gas that the task names. Whether it fails plays no
    /// part; the market cannot be entered meanwhile. Who implements it asks for the market as its caller, and for its own
    /// task: anyone can name any contract.
    function onProof(uint256 taskId, address app, bytes calldata publics, bytes calldata proof) external;
}
