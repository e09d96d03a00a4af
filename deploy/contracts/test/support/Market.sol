// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MINER, USER} from "../../src/Staking.sol";
import {Acceptances} from "../../src/market/Acceptances.sol";
import {Batches} from "../../src/market/Batches.sol";
import {Order} from "../../src/market/Orders.sol";
import {TaskBook} from "../../src/market/TaskBook.sol";
import {Network} from "./Network.sol";

/// A network with one approved Plonk app of 1,000 gates, a user, and two miners with 25 ether each; epoch 1.
abstract contract Market is Network {
    address internal constant USER_ACCOUNT = address(0x0511);
    address internal constant MINER_ONE = address(0x1111);
    address internal constant MINER_TWO = address(0x2222);
    uint32 internal constant WINDOW = 600;
    uint64 internal constant GATES = 1_000;
    uint256 internal constant FEE = 3 ether;

    address internal app;
    mapping(uint256 taskId => bytes) internal publicsOf;
    uint256 private _statements;

    function setUp() public virtual override {
        super.setUp();
        weighSchemes();
        app = registry.registerApp(0, GATES, address(verifier), WINDOW, "app");
        approve(app, 0, 0, GATES, address(verifier), WINDOW);
        join(USER_ACCOUNT, 5 ether, USER);
        join(MINER_ONE, 25 ether, MINER);
        join(MINER_TWO, 25 ether, MINER);
        enter(1);
    }

    function join(address account, uint256 amount, uint8 role) internal {
        token.mint(account, 1_000 ether);
        vm.startPrank(account);
        token.approve(address(staking), type(uint256).max);
        token.approve(address(market), type(uint256).max);
        staking.stake(app, role, amount);
        vm.stopPrank();
    }

    /// Posts a task for a new statement and returns it with its proof.
    function post() internal returns (uint256 taskId, bytes memory proof) {
        proof = abi.encode("preimage", ++_statements);
        taskId = postAs(USER_ACCOUNT, app, abi.encode(keccak256(proof)));
    }

    function postAs(address user, address which, bytes memory publics) internal returns (uint256 taskId) {
        vm.prank(user);
        taskId = market.postTask(which, FEE, "", publics);
        publicsOf[taskId] = publics;
    }

    /// A fee that rises from 1 to 3 ether in the 100 seconds from now on, for a statement of its own, within the hour.
    function order(address user, bytes memory proof) internal view returns (Order memory made) {
        (made.user, made.app, made.minFee, made.maxFee) = (user, app, 1 ether, 3 ether);
        (made.rampStart, made.rampEnd) = (uint40(block.timestamp), uint40(block.timestamp) + 100);
        made.lockBy = uint40(block.timestamp) + 3_600;
        (made.inputs, made.publics) = ("inputs", abi.encode(keccak256(proof)));
    }

    function signed(Order memory made, uint256 key) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, desk.orderHash(made));
        return abi.encodePacked(r, s, v);
    }

    function lock(address miner, Order memory made, bytes memory signature) internal returns (uint256 taskId) {
        vm.prank(miner);
        taskId = market.lockOrder(made, signature, anyTerms());
        publicsOf[taskId] = made.publics;
    }

    function anyTerms() internal pure returns (Acceptances.Bounds memory) {
        return Acceptances.Bounds(0, 0, type(uint128).max);
    }

    /// Posts a task for a new statement with what its user wishes.
    function post(TaskBook.Wishes memory wishes) internal returns (uint256 taskId, bytes memory proof) {
        proof = abi.encode("preimage", ++_statements);
        Batches.Posting[] memory one = new Batches.Posting[](1);
        one[0] = Batches.Posting(app, FEE, "", abi.encode(keccak256(proof)), wishes);
        vm.prank(USER_ACCOUNT);
        taskId = desk.postMany(one)[0];
        publicsOf[taskId] = one[0].publics;
    }

    /// Accepts whatever the terms.
    function accept(address miner, uint256 taskId) internal {
        vm.prank(miner);
        market.acceptTask(taskId, 0, 0, type(uint128).max);
    }

    function halt(address which, uint64 lengthSeconds) internal {
        bytes32[] memory flags = list(market.haltFlag(which));
        vm.prank(pauser);
        market.pause(flags, lengthSeconds);
    }

    function submit(address miner, uint256 taskId, bytes memory proof) internal {
        vm.prank(miner);
        market.submitProof(taskId, publicsOf[taskId], proof);
    }

    function cancel(uint256 taskId) internal {
        vm.prank(USER_ACCOUNT);
        market.cancelTask(taskId);
    }

    /// A task that MINER_ONE has accepted.
    function accepted() internal returns (uint256 taskId, bytes memory proof) {
        (taskId, proof) = post();
        accept(MINER_ONE, taskId);
    }

    function stakeOf(address miner) internal view returns (uint256) {
        return staking.effectiveStake(app, miner, MINER);
    }
}
