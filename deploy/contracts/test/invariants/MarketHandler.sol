// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {DevToken} from "../../src/DevToken.sol";
import {MarketDesk} from "../../src/MarketDesk.sol";
import {MINER, Staking, USER} from "../../src/Staking.sol";
import {TaskMarket} from "../../src/TaskMarket.sol";
import {Disputes} from "../../src/market/Disputes.sol";
import {TaskBook} from "../../src/market/TaskBook.sol";
import {Harness} from "../support/Harness.sol";

/// Drives market and staking with three accounts that are users and miners at once, an arbiter, a pauser and a DAO that is
/// the owner and slashes by hand. What the contracts refuse by their rules is caught; the invariants look at what is left.
contract MarketHandler is Harness {
    uint256 private constant ACCOUNTS = 3;

    TaskMarket public immutable market;
    MarketDesk internal immutable desk;
    Staking public immutable staking;
    address public immutable app;
    address private immutable dao;
    address private immutable arbiter;
    address private immutable pauser;
    uint256[] public taskIds;
    uint256[] internal acceptedIds;
    uint256[] private disputedIds;
    mapping(uint256 taskId => bytes) internal preimages;
    mapping(bytes32 preimageHash => uint256) public proofsOf;
    uint256 public done;

    constructor(TaskMarket market_, Staking staking_, DevToken token, address app_, address dao_) {
        (market, staking, app, dao) = (market_, staking_, app_, dao_);
        desk = MarketDesk(address(market_));
        (arbiter, pauser) = (desk.arbiter(), market_.pauser());
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            vm.startPrank(account(i));
            token.approve(address(market_), type(uint256).max);
            token.approve(address(staking_), type(uint256).max);
            vm.stopPrank();
        }
    }

    function account(uint256 index) public pure returns (address) {
        return address(uint160(0xACC0 + index % ACCOUNTS));
    }

    function taskCount() external view returns (uint256) {
        return taskIds.length;
    }

    function publicsOf(uint256 taskId) public view returns (bytes memory) {
        return abi.encode(keccak256(preimages[taskId]));
    }

    function pick(uint256 seed) internal view returns (uint256) {
        return recent(taskIds, seed);
    }

    /// One of the last eight; 0 where there is none.
    function recent(uint256[] storage ids, uint256 seed) internal view returns (uint256) {
        return ids.length == 0 ? 0 : ids[ids.length - 1 - seed % (ids.length < 8 ? ids.length : 8)];
    }

    function post(uint256 who, uint256 fee, uint8 statement) external {
        bytes memory preimage = abi.encode(statement);
        vm.prank(account(who));
        try market.postTask(app, bound(fee, 1, 100 ether), "", abi.encode(keccak256(preimage))) returns (uint256 taskId) {
            taskIds.push(taskId);
            preimages[taskId] = preimage;
            ++done;
        } catch {}
    }

    /// One of the recent tasks, an open one where there is one.
    function pickOpen(uint256 seed) internal view returns (uint256 taskId) {
        for (uint256 i = 0; i < 8; ++i) {
            taskId = pick(seed % 8 + i);
            if (desk.taskOf(taskId).status == TaskBook.Status.Open) return taskId;
        }
    }

    function accept(uint256 who, uint256 which) external {
        uint256 taskId = pickOpen(which);
        vm.prank(account(who));
        try market.acceptTask(taskId, 0, 0, type(uint128).max) {
            acceptedIds.push(taskId);
            ++done;
        } catch {}
    }

    function prove(uint256 which, bool right) external {
        uint256 taskId = recent(acceptedIds, which);
        address miner = desk.taskOf(taskId).miner;
        bytes memory proof = right ? preimages[taskId] : bytes("wrong");
        vm.prank(miner);
        try market.submitProof(taskId, publicsOf(taskId), proof) {
            isTrue(right, "a wrong proof was accepted");
            isTrue(!market.isPaused(market.haltFlag(app)), "a proof was accepted in a halt");
            equal(++proofsOf[keccak256(proof)], 1, "proofs of one statement");
            ++done;
        } catch {}
    }

    function cancel(uint256 which) external {
        if (which % 4 != 0) return;
        uint256 taskId = pick(which / 4);
        vm.prank(desk.taskOf(taskId).user);
        try market.cancelTask(taskId) {
            ++done;
        } catch {}
    }

    function expire(uint256 which) external {
        uint256 taskId = recent(acceptedIds, which);
        (uint256 before,) = staking.totals();
        TaskBook.TaskView memory task = desk.taskOf(taskId);
        bool isFree = market.isPaused(market.haltFlag(app)) || block.timestamp <= task.deadline;
        try market.expireTask(taskId) {
            (uint256 left,) = staking.totals();
            isTrue(!isFree || left == before, "slashed without a missed deadline");
            ++done;
        } catch {}
    }

    function dispute(uint256 which, bool byMiner) external {
        uint256 taskId = recent(acceptedIds, which);
        TaskBook.TaskView memory task = desk.taskOf(taskId);
        vm.prank(byMiner ? task.miner : task.user);
        try desk.openDispute(taskId) {
            disputedIds.push(taskId);
            ++done;
        } catch {}
    }

    function resolve(uint256 which, uint8 ruling, uint256 amount) external {
        uint256 taskId = recent(disputedIds, which);
        uint32 serial = desk.disputeOf(taskId).serial;
        vm.prank(arbiter);
        try desk.resolveDispute(taskId, serial, Disputes.Ruling(ruling % 3), uint128(amount % 12 ether)) {
            ++done;
        } catch {}
    }

    function lapse(uint256 which) external {
        try desk.lapseDispute(recent(disputedIds, which)) {
            ++done;
        } catch {}
    }

    /// Bit 0 halts, bit 1 stops acceptances.
    function pause(uint8 which, uint256 lengthSeconds) external {
        bytes32[] memory flags = flagsOf(which);
        vm.prank(pauser);
        try market.pause(flags, uint64(bound(lengthSeconds, 1, 1 hours))) {
            ++done;
        } catch {}
    }

    function resume(uint8 which) external {
        bytes32[] memory flags = flagsOf(which);
        vm.prank(dao);
        market.setPause(flags, 0);
    }

    function flagsOf(uint8 which) private view returns (bytes32[] memory flags) {
        flags = new bytes32[](which % 4 == 3 ? 2 : which % 4 == 0 ? 0 : 1);
        if (flags.length > 0) flags[0] = which % 2 == 1 ? market.haltFlag(app) : market.acceptanceFlag(app);
        if (flags.length > 1) flags[1] = market.acceptanceFlag(app);
    }

    function setRules(uint256 burn, uint256 rebate, uint256 capacity) external {
        vm.startPrank(dao);
        desk.setFeeShares(uint16(burn % 2_500), uint16(rebate % 2_500), 1 ether);
        uint128 stake_ = uint128(bound(capacity, 1, 20 ether));
        desk.setCapacity(stake_, stake_ / 2 + 1);
        vm.stopPrank();
    }

    function stake(uint256 who, bool asUser, uint256 amount) external {
        vm.prank(account(who));
        staking.stake(app, asUser ? USER : MINER, bound(amount, 1, 300 ether));
        ++done;
    }

    function stakeFor(uint256 who, bool asUser, uint256 amount) external {
        vm.prank(account(who));
        staking.stakeFor(app, asUser ? USER : MINER, account(who % ACCOUNTS + 1), bound(amount, 1, 300 ether));
        ++done;
    }

    /// What comes by a plain transfer is all that the DAO can take out.
    function rescue(uint256 who, uint256 amount) external {
        amount = bound(amount, 1, 10 ether);
        IERC20 token = staking.token();
        vm.prank(account(who));
        token.transfer(address(staking), amount);
        vm.prank(dao);
        equal(staking.rescue(token, account(who)), amount, "rescued");
        ++done;
    }

    function requestWithdraw(uint256 who, bool asUser, uint256 amount) external {
        vm.prank(account(who));
        try staking.requestWithdraw(app, asUser ? USER : MINER, bound(amount, 1, 50 ether)) {
            ++done;
        } catch {}
    }

    function withdraw(uint256 who, bool asUser) external {
        vm.prank(account(who));
        try staking.withdraw(app, asUser ? USER : MINER) {
            ++done;
        } catch {}
    }

    function slash(uint256 who, bool asUser, uint256 amount) external {
        vm.prank(dao);
        staking.slash(app, account(who), asUser ? USER : MINER, bound(amount, 1, 10 ether), account(who % ACCOUNTS + 1));
        ++done;
    }

    /// Minutes mostly, at times a day.
    function passTime(uint32 howLong) external {
        vm.warp(block.timestamp + howLong % (howLong % 4 == 0 ? 90_000 : 3_000));
    }
}
