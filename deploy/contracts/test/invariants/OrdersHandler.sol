// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {DevToken} from "../../src/DevToken.sol";
import {Staking} from "../../src/Staking.sol";
import {TaskMarket} from "../../src/TaskMarket.sol";
import {Acceptances} from "../../src/market/Acceptances.sol";
import {Batches} from "../../src/market/Batches.sol";
import {ITaskCallback} from "../../src/market/ITaskCallback.sol";
import {Order} from "../../src/market/Orders.sol";
import {TaskBook} from "../../src/market/TaskBook.sol";
import {MarketHandler} from "./MarketHandler.sol";

/// The same with what the market offers beyond single tasks: signed orders, wishes, batches, late proofs and callbacks.
contract OrdersHandler is MarketHandler, ITaskCallback {
    uint256 private constant SIGNERS = 2;

    DevToken private immutable token;
    mapping(bytes32 orderHash => uint256) private locks;
    uint256 private orderCount;
    bool private isRude;

    constructor(TaskMarket market_, Staking staking_, DevToken token_, address app_, address dao_)
        MarketHandler(market_, staking_, token_, app_, dao_)
    {
        token = token_;
        for (uint256 i = 0; i < SIGNERS; ++i) {
            vm.prank(signer(i));
            token.approve(address(market_), type(uint256).max);
        }
    }

    /// One of the accounts that only ever sign.
    function signer(uint256 index) public pure returns (address) {
        return vm.addr(keyOf(index));
    }

    function keyOf(uint256 index) private pure returns (uint256) {
        return 0x5160 + index % SIGNERS;
    }

    /// Locks an order once, and tries to lock it again at once and after all that others do.
    function lockOrder(uint256 who, uint256 signs, uint8 statement, uint256 fee, uint16 seconds_) external {
        bytes memory preimage = abi.encode(statement);
        Order memory made;
        (made.user, made.app, made.salt) = (signer(signs), app, orderCount++ / 2);
        (made.minFee, made.maxFee) = (uint96(bound(fee, 1, 10 ether)), 10 ether);
        (made.rampStart, made.rampEnd) = (uint40(block.timestamp - 1), uint40(block.timestamp) + seconds_);
        made.lockBy = uint40(block.timestamp);
        (made.lockSeconds, made.callback, made.callbackGas) = (seconds_, address(this), seconds_);
        made.publics = abi.encode(keccak256(preimage));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keyOf(signs), desk.orderHash(made));
        for (uint256 i = 0; i < 2; ++i) lockOnce(account(who), made, abi.encodePacked(r, s, v), preimage);
    }

    function lockOnce(address miner, Order memory made, bytes memory signature, bytes memory preimage) private {
        (uint256 before, uint256 fee, bytes32 hash) = (token.balanceOf(made.user), desk.orderFee(made), desk.orderHash(made));
        vm.prank(miner);
        try market.lockOrder(made, signature, Acceptances.Bounds(0, 0, type(uint128).max)) returns (uint256 taskId) {
            equal(++locks[hash], 1, "locked once");
            equal(before - token.balanceOf(made.user), fee, "its fee and no more");
            keep(taskId, preimage);
            acceptedIds.push(taskId);
            ++done;
        } catch {
            equal(token.balanceOf(made.user), before, "refused, so nothing paid");
        }
    }

    /// Two tasks, one with wishes; the other's statement may be the same.
    function postMany(uint256 who, uint256 fee, uint8 statement, uint16 lockSeconds, uint16 finalIn) external {
        Batches.Posting[] memory two = new Batches.Posting[](2);
        bytes[2] memory preimages_ = [abi.encode(statement), abi.encode(statement / 2)];
        for (uint256 i = 0; i < 2; ++i) {
            TaskBook.Wishes memory wishes;
            if (i == 0) wishes = TaskBook.Wishes(uint40(block.timestamp) + finalIn, lockSeconds, 50_000, address(this));
            two[i] = Batches.Posting(app, bound(fee, 1, 50 ether), "", abi.encode(keccak256(preimages_[i])), wishes);
        }
        vm.prank(account(who));
        try desk.postMany(two) returns (uint256[] memory ids) {
            for (uint256 i = 0; i < 2; ++i) keep(ids[i], preimages_[i]);
            ++done;
        } catch {}
    }

    function acceptMany(uint256 who, uint256 first, uint256 second) external {
        Batches.Acceptance[] memory two = new Batches.Acceptance[](2);
        two[0] = Batches.Acceptance(pickOpen(first), Acceptances.Bounds(0, 0, type(uint128).max));
        two[1] = Batches.Acceptance(pick(second), Acceptances.Bounds(0, 0, type(uint128).max));
        vm.prank(account(who));
        try desk.acceptMany(two) returns (uint256 count) {
            isTrue(count > 0, "something done");
            for (uint256 i = 0; i < 2; ++i) acceptedIds.push(two[i].taskId);
            ++done;
        } catch {}
    }

    /// A right and a wrong proof: the wrong one is skipped.
    function submitMany(uint256 first, uint256 second) external {
        Batches.Submission[] memory two = new Batches.Submission[](2);
        (uint256 right, uint256 wrong) = (recent(acceptedIds, first), recent(acceptedIds, second));
        two[0] = Batches.Submission(right, publicsOf(right), preimages[right]);
        two[1] = Batches.Submission(wrong, publicsOf(wrong), "wrong");
        address miner = desk.taskOf(right).miner;
        vm.prank(miner);
        try desk.submitMany(two) returns (uint256 count) {
            equal(count, 1, "the right one");
            equal(++proofsOf[keccak256(preimages[right])], 1, "proofs of one statement");
            ++done;
        } catch {}
    }

    /// A late proof by anyone, committed to in an earlier block or not.
    function proveLate(uint256 who, uint256 which, bool isCommitted) external {
        uint256 taskId = recent(acceptedIds, which);
        bytes memory proof = preimages[taskId];
        TaskBook.TaskView memory task = desk.taskOf(taskId);
        bytes32 commitment = market.lateCommitment(taskId, account(who), keccak256(proof), keccak256(abi.encode(done)));
        market.commitProof(commitment);
        if (isCommitted) vm.roll(block.number + 1);
        vm.prank(account(who));
        try market.submitLate(taskId, publicsOf(taskId), proof, keccak256(abi.encode(done))) {
            isTrue(isCommitted, "without a commitment");
            bool wasMissed = task.missed || (task.status == TaskBook.Status.Accepted && block.timestamp > task.deadline);
            isTrue(wasMissed, "nobody was late");
            isTrue(task.wishes.finalAt == 0 || block.timestamp <= task.wishes.finalAt, "past the final deadline");
            equal(++proofsOf[keccak256(proof)], 1, "proofs of one statement");
            ++done;
        } catch {}
    }

    /// Past the final deadline anyone may; the fee goes to the user all the same.
    function cancelFinal(uint256 which) external {
        uint256 taskId = pick(which);
        TaskBook.TaskView memory task = desk.taskOf(taskId);
        uint256 before = token.balanceOf(task.user);
        try market.cancelTask(taskId) {
            isTrue(task.wishes.finalAt != 0 && block.timestamp > task.wishes.finalAt, "before the final deadline");
            equal(token.balanceOf(task.user), before + task.fee, "refunded");
            ++done;
        } catch {}
    }

    function setRude(bool rude) external {
        isRude = rude;
    }

    function onProof(uint256 taskId, address, bytes calldata, bytes calldata) external {
        if (isRude && msg.sender == address(market)) market.cancelTask(taskId);
    }

    function keep(uint256 taskId, bytes memory preimage) private {
        taskIds.push(taskId);
        preimages[taskId] = preimage;
    }
}
