// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MarketDesk} from "../src/MarketDesk.sol";
import {MINER} from "../src/Staking.sol";
import {Acceptances} from "../src/market/Acceptances.sol";
import {Batches} from "../src/market/Batches.sol";
import {Order} from "../src/market/Orders.sol";
import {Proofs} from "../src/market/Proofs.sol";
import {TaskBook} from "../src/market/TaskBook.sol";
import {Market} from "./support/Market.sol";

contract BatchesTest is Market {
    uint256 private constant KEY = 0x5160;
    TaskBook.Wishes private none;

    function postings(uint256 count) private view returns (Batches.Posting[] memory made) {
        made = new Batches.Posting[](count);
        for (uint256 i = 0; i < count; ++i) {
            made[i] = Batches.Posting(app, FEE + i, "inputs", abi.encode(keccak256(abi.encode(i))), none);
        }
    }

    function postMany(uint256 count) private returns (uint256[] memory taskIds) {
        Batches.Posting[] memory made = postings(count);
        vm.prank(USER_ACCOUNT);
        taskIds = desk.postMany(made);
        for (uint256 i = 0; i < count; ++i) publicsOf[taskIds[i]] = made[i].publics;
    }

    function acceptances(uint256[] memory taskIds) private pure returns (Batches.Acceptance[] memory made) {
        made = new Batches.Acceptance[](taskIds.length);
        for (uint256 i = 0; i < taskIds.length; ++i) made[i] = Batches.Acceptance(taskIds[i], anyTerms());
    }

    function submissions(uint256[] memory taskIds) private view returns (Batches.Submission[] memory made) {
        made = new Batches.Submission[](taskIds.length);
        for (uint256 i = 0; i < taskIds.length; ++i) {
            made[i] = Batches.Submission(taskIds[i], publicsOf[taskIds[i]], abi.encode(i));
        }
    }

    function test_postMany__posts_each_and_takes_the_fees_in_at_once() external {
        uint256 before = token.balanceOf(USER_ACCOUNT);
        Batches.Posting[] memory made = postings(3);
        vm.expectEmit(false, true, true, true);
        emit Acceptances.TaskPosted(0, app, USER_ACCOUNT, FEE, "inputs", made[0].publics);
        uint256[] memory taskIds = postMany(3);
        equal(token.balanceOf(USER_ACCOUNT), before - 3 * FEE - 3, "paid in");
        for (uint256 i = 0; i < 3; ++i) {
            TaskBook.TaskView memory task = desk.taskOf(taskIds[i]);
            equal(task.fee, FEE + i, "fee");
            equal(task.user, USER_ACCOUNT, "user");
            isTrue(task.status == TaskBook.Status.Open, "open");
        }
    }

    function test_postMany__one_refused__posts_none() external {
        Batches.Posting[] memory made = postings(2);
        made[1].app = address(1);
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.AppNotUsable.selector, address(1)));
        desk.postMany(made);
        equal(token.balanceOf(address(market)), 0, "nothing paid in");
    }

    /// The desk's own address holds nothing, by mistake either.
    function test_postMany__at_the_desks_own_address__is_refused() external {
        MarketDesk own = MarketDesk(market.desk());
        vm.startPrank(USER_ACCOUNT);
        token.approve(address(own), type(uint256).max);
        vm.expectPartialRevert(Batches.NotTheMarket.selector);
        own.postMany(postings(1));
    }

    function test_acceptMany__taken_by_another__is_skipped_and_told() external {
        uint256[] memory taskIds = postMany(3);
        accept(MINER_TWO, taskIds[1]);
        Batches.Acceptance[] memory made = acceptances(taskIds);
        vm.expectEmit(true, true, true, true);
        emit Batches.TaskSkipped(taskIds[1], MINER_ONE, bytes32(TaskBook.DeadlineNotPassed.selector));
        vm.prank(MINER_ONE);
        equal(desk.acceptMany(made), 2, "accepted");
        equal(staking.positionOf(app, MINER_ONE, MINER).openTasks, 2, "by its own stake");
        equal(desk.taskOf(taskIds[0]).miner, MINER_ONE, "for the caller");
    }

    /// What the stake no longer covers is left for others.
    function test_acceptMany__more_than_the_stake_covers__takes_what_it_covers() external {
        uint256[] memory taskIds = postMany(3);
        vm.prank(MINER_ONE);
        equal(desk.acceptMany(acceptances(taskIds)), 2, "of three");
        isTrue(desk.taskOf(taskIds[2]).status == TaskBook.Status.Open, "left");
    }

    function test_acceptMany__none_or_nothing_left__fails() external {
        vm.expectPartialRevert(Batches.NothingDone.selector);
        desk.acceptMany(new Batches.Acceptance[](0));
        uint256[] memory taskIds = postMany(1);
        vm.expectPartialRevert(Batches.NothingDone.selector);
        desk.acceptMany(acceptances(taskIds));
        vm.expectPartialRevert(Batches.NothingDone.selector);
        desk.submitMany(submissions(taskIds));
    }

    function test_submitMany__one_wrong__is_skipped_and_the_others_are_paid() external {
        uint256[] memory taskIds = postMany(2);
        vm.startPrank(MINER_ONE);
        desk.acceptMany(acceptances(taskIds));
        Batches.Submission[] memory made = submissions(taskIds);
        made[0].proof = "wrong";
        uint256 before = token.balanceOf(MINER_ONE);
        vm.expectEmit(true, true, true, true);
        emit Batches.TaskSkipped(taskIds[0], MINER_ONE, bytes32(Proofs.ProofRejected.selector));
        equal(desk.submitMany(made), 1, "proven");
        equal(token.balanceOf(MINER_ONE), before + FEE + 1, "paid");
        isTrue(desk.taskOf(taskIds[0]).status == TaskBook.Status.Accepted, "can still be proven");
    }

    function test_multicall__of_one_caller__all_or_nothing() external {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(market.postTask, (app, FEE, "", "publics"));
        calls[1] = abi.encodeCall(market.postTask, (app, FEE, "", "others"));
        vm.prank(USER_ACCOUNT);
        bytes[] memory answers = desk.multicall(calls);
        equal(desk.taskOf(abi.decode(answers[0], (uint256))).user, USER_ACCOUNT, "in the caller's name");
        calls[1] = abi.encodeCall(market.postTask, (app, 0, "", "others"));
        vm.prank(USER_ACCOUNT);
        vm.expectRevert();
        desk.multicall(calls);
        equal(desk.postCount(), 2, "none of the second");
    }

    /// Nobody gets the owner's rights by calling through the market or its desk.
    function test_multicall__what_is_the_owners__stays_the_owners() external {
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(desk.setMinFee, (0, 1));
        vm.prank(USER_ACCOUNT);
        vm.expectRevert();
        desk.multicall(calls);
        desk.multicall(calls);
        equal(desk.minFee(0), 1, "by the owner");
    }

    function permitOf(address owner, uint256 key, uint256 value) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 content = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                owner,
                address(market),
                value,
                token.nonces(owner),
                type(uint256).max
            )
        );
        return vm.sign(key, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), content)));
    }

    function test_permit__with_a_post__needs_no_approval_also_where_another_handed_it_in() external {
        address user = vm.addr(KEY);
        token.mint(user, 2 * FEE);
        for (uint256 i = 0; i < 2; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = permitOf(user, KEY, FEE);
            if (i == 1) token.permit(user, address(market), FEE, type(uint256).max, v, r, s);
            bytes[] memory calls = new bytes[](2);
            calls[0] = abi.encodeCall(desk.permit, (user, FEE, type(uint256).max, v, r, s));
            calls[1] = abi.encodeCall(market.postTask, (app, FEE, "", ""));
            vm.prank(user);
            desk.multicall(calls);
        }
        equal(token.balanceOf(user), 0, "paid in twice");
    }

    /// A user that never sends a transaction: its miner hands in permit and order together.
    function test_permit__with_an_order__costs_its_user_nothing_but_the_fee() external {
        address user = vm.addr(KEY);
        token.mint(user, 1 ether);
        (uint8 v, bytes32 r, bytes32 s) = permitOf(user, KEY, 1 ether);
        Order memory made = order(user, "proof");
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(desk.permit, (user, 1 ether, type(uint256).max, v, r, s));
        calls[1] = abi.encodeCall(market.lockOrder, (made, signed(made, KEY), anyTerms()));
        vm.prank(MINER_ONE);
        bytes[] memory answers = desk.multicall(calls);
        equal(desk.taskOf(abi.decode(answers[1], (uint256))).miner, MINER_ONE, "locked");
        equal(token.balanceOf(user), 0, "paid in");
    }
}
