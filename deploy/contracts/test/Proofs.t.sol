// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {TaskMarket} from "../src/TaskMarket.sol";
import {ITaskCallback} from "../src/market/ITaskCallback.sol";
import {Proofs} from "../src/market/Proofs.sol";
import {TaskBook} from "../src/market/TaskBook.sol";
import {Market} from "./support/Market.sol";

/// Keeps what it is told, or misbehaves.
contract Listener is ITaskCallback {
    enum Mood {
        Keeps,
        Reverts,
        BurnsGas,
        FloodsReturnData,
        Reenters
    }

    Mood public mood;
    uint256 public taskId;
    address public app;
    bytes public publics;
    bytes public proof;
    address public caller;
    uint256 public gasGiven;
    uint256 public paid;

    function behave(Mood mood_) external {
        mood = mood_;
    }

    function onProof(uint256 taskId_, address app_, bytes calldata publics_, bytes calldata proof_) external {
        gasGiven = gasleft();
        if (mood == Mood.Reverts) revert("no");
        if (mood == Mood.BurnsGas) while (true) {}
        if (mood == Mood.FloodsReturnData) {
            assembly {
                revert(0, 1000000)
            }
        }
        if (mood == Mood.Reenters) TaskMarket(payable(msg.sender)).cancelTask(taskId_);
        (taskId, app, publics, proof, caller) = (taskId_, app_, publics_, proof_, msg.sender);
    }
}

/// What follows from a proof where its user has asked for a callback.
contract ProofsTest is Market {
    uint24 private constant GAS = 300_000;
    Listener private listener;

    function setUp() public override {
        super.setUp();
        listener = new Listener();
    }

    function acceptedFor(address callback) private returns (uint256 taskId, bytes memory proof) {
        TaskBook.Wishes memory wishes;
        (wishes.callback, wishes.callbackGas) = (callback, GAS);
        (taskId, proof) = post(wishes);
        accept(MINER_ONE, taskId);
    }

    function test_callback__asked_for__is_told_the_proof_after_the_payment() external {
        (uint256 taskId, bytes memory proof) = acceptedFor(address(listener));
        uint256 before = token.balanceOf(MINER_ONE);
        vm.expectEmit(true, true, true, true);
        emit Proofs.CallbackMade(taskId, address(listener), true);
        submit(MINER_ONE, taskId, proof);
        equal(token.balanceOf(MINER_ONE), before + FEE, "paid");
        equal(listener.taskId(), taskId, "task");
        equal(listener.app(), app, "app");
        equal(keccak256(listener.publics()), keccak256(publicsOf[taskId]), "publics");
        equal(keccak256(listener.proof()), keccak256(proof), "proof");
        equal(listener.caller(), address(market), "by the market");
        isTrue(listener.gasGiven() <= GAS && listener.gasGiven() > GAS - 10_000, "with the gas that was asked for");
    }

    /// Whatever the callee does, the miner is paid.
    function test_callback__misbehaves__the_miner_is_paid_all_the_same() external {
        for (uint8 mood = 1; mood < 5; ++mood) {
            (uint256 taskId, bytes memory proof) = acceptedFor(address(listener));
            listener.behave(Listener.Mood(mood));
            uint256 before = token.balanceOf(MINER_ONE);
            vm.expectEmit(true, true, true, true);
            emit Proofs.CallbackMade(taskId, address(listener), false);
            uint256 gas = gasleft();
            submit(MINER_ONE, taskId, proof);
            isTrue(gas - gasleft() < GAS + 150_000, "bounded");
            equal(token.balanceOf(MINER_ONE), before + FEE, "paid");
            isTrue(desk.taskOf(taskId).status == TaskBook.Status.Proven, "proven");
        }
    }

    function test_callback__no_code__is_passed_over() external {
        (uint256 taskId, bytes memory proof) = acceptedFor(address(0xE0A));
        submit(MINER_ONE, taskId, proof);
        isTrue(desk.taskOf(taskId).status == TaskBook.Status.Proven, "proven");
    }

    /// A miner cannot keep the callee from its gas by giving the transaction too little.
    function test_callback__too_little_gas_left__the_submission_fails() external {
        (uint256 taskId, bytes memory proof) = acceptedFor(address(listener));
        vm.prank(MINER_ONE);
        (bool success, bytes memory answer) = address(market).call{gas: GAS + 20_000}(
            abi.encodeCall(market.submitProof, (taskId, publicsOf[taskId], proof))
        );
        isTrue(!success, "failed");
        equal(bytes32(bytes4(answer)), bytes32(Proofs.TooLittleGas.selector), "for want of gas");
        submit(MINER_ONE, taskId, proof);
        equal(listener.taskId(), taskId, "told");
    }

    /// The callee may not even be a contract of the network's: it gets no more than a call of one function.
    function test_callback__the_token_itself__nothing_happens() external {
        (uint256 taskId, bytes memory proof) = acceptedFor(address(token));
        vm.expectEmit(true, true, true, true);
        emit Proofs.CallbackMade(taskId, address(token), false);
        submit(MINER_ONE, taskId, proof);
    }
}
