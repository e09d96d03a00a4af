// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {AppRegistry} from "../AppRegistry.sol";
import {USER} from "../Staking.sol";
import {IVerifier} from "../verifiers/IVerifier.sol";
import {ITaskCallback} from "./ITaskCallback.sol";
import {TaskBook} from "./TaskBook.sol";

/// What a proof is checked against, and what follows from it.
abstract contract Proofs is TaskBook {
    using SafeERC20 for IERC20;

    uint8 private constant ZKVM = 2;
    /// Gas that a submission must have left beyond what it hands to a callback.
    uint256 private constant GAS_AFTER_CALLBACK = 10_000;

    event ProofVerified(uint256 indexed taskId, address indexed app, address indexed miner, address user, uint8 scheme, uint64 gates, uint64 epoch);
    event FeePaid(uint256 indexed taskId, uint256 toMiner, uint256 burned, uint256 rebated);
    event CallbackMade(uint256 indexed taskId, address indexed callback, bool success);

    error OtherPublics(uint256 taskId);
    error ProofRejected(address app, address verifier);
    error TooLittleGas(uint256 taskId, uint256 callbackGas);

    /// Checks the caller's proof of a task that is its own, and pays for it.
    function _prove(uint256 taskId, Work memory work, bytes calldata publics, bytes calldata proof) internal {
        address app = work.app;
        Escrow memory escrow = _escrowOf(taskId);
        (uint8 scheme, uint64 gates) = _verify(taskId, work, escrow.fee, publics, proof);
        bool isMissed = work.flags & MISSED != 0;
        (work.status, work.flags) = (Status.Proven, work.flags & ~MISSED);
        // An open dispute still asks whose task it is.
        if (work.flags & DISPUTED == 0) _forget(taskId);
        else _keepWork(taskId, work);
        emit ProofVerified(taskId, app, msg.sender, escrow.user, scheme, gates, currentEpoch());
        if (isMissed) _payKept(taskId, msg.sender);
        _payFee(taskId, work, escrow);
        if (work.flags & HAS_WISHES != 0) _callBack(taskId, app, publics, proof);
    }

    /// Fixed circuits count the approved gates; a zkVM's run counts what was measured, capped by the approval. A task that
    /// was accepted under other terms must also have the fee that these ask for.
    function _verify(uint256 taskId, Work memory work, uint256 fee, bytes calldata publics, bytes calldata proof)
        private
        view
        returns (uint8, uint64)
    {
        address app = work.app;
        AppRules memory rules = _rulesOf(app);
        _requireNoHalt(app, rules);
        (AppRegistry.Terms memory terms, address verifier) = registry.usableApproval(app);
        if (terms.id == 0) revert AppNotUsable(app);
        if (terms.id != work.approvalId) _requireFee(rules, terms.scheme, fee);
        if (_keyOf(terms.space, keccak256(publics)) != taskId >> SERIAL_BITS) revert OtherPublics(taskId);
        (bool valid, uint64 measured) = IVerifier(verifier).verify(publics, proof);
        if (!valid) revert ProofRejected(app, verifier);
        if (terms.scheme != ZKVM) return (terms.scheme, terms.gates);
        if (measured == 0) revert ProofRejected(app, verifier);
        return (terms.scheme, measured < terms.gates ? measured : terms.gates);
    }

    function _payFee(uint256 taskId, Work memory work, Escrow memory escrow) private {
        (uint256 toMiner, uint256 burned, uint256 rebated) = _shares(work, escrow.fee);
        if (rebated > 0 && staking.effectiveStake(work.app, escrow.user, USER) < _rebates[work.rebateId].stake) {
            (toMiner, rebated) = (toMiner + rebated, 0);
        }
        emit FeePaid(taskId, toMiner, burned, rebated);
        if (burned > 0) token.safeTransfer(BURN_SINK, burned);
        if (rebated > 0) token.safeTransfer(escrow.user, rebated);
        token.safeTransfer(msg.sender, toMiner);
    }

    /// Tells the proof to whom the user asked for, last of all. The callee gets the gas it was promised, or the whole
    /// submission fails for want of gas; whatever it does then, and returns, changes nothing here.
    function _callBack(uint256 taskId, address app, bytes calldata publics, bytes calldata proof) private {
        Wishes memory wishes = _wishes[taskId];
        (address callback, uint256 callbackGas) = (wishes.callback, wishes.callbackGas);
        if (callback == address(0)) return;
        bytes memory message = abi.encodeCall(ITaskCallback.onProof, (taskId, app, publics, proof));
        // A call is given at most 63 of 64 parts of what is left.
        if (gasleft() * 63 / 64 < callbackGas + GAS_AFTER_CALLBACK) revert TooLittleGas(taskId, callbackGas);
        bool success;
        assembly ("memory-safe") {
            success := call(callbackGas, callback, 0, add(message, 32), mload(message), 0, 0)
        }
        emit CallbackMade(taskId, callback, success);
    }
}
