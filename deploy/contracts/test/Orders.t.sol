// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MINER, Staking} from "../src/Staking.sol";
import {TaskMarket} from "../src/TaskMarket.sol";
import {TimedPause} from "../src/TimedPause.sol";
import {AmountOutOfRange} from "../src/Limits.sol";
import {Acceptances} from "../src/market/Acceptances.sol";
import {Order, Orders} from "../src/market/Orders.sol";
import {Proofs} from "../src/market/Proofs.sol";
import {TaskBook} from "../src/market/TaskBook.sol";
import {BareWallet} from "./support/BareWallet.sol";
import {Market} from "./support/Market.sol";

contract OrdersTest is Market {
    uint256 private constant KEY = 0x5160;
    address private user;

    function setUp() public override {
        super.setUp();
        user = vm.addr(KEY);
        token.mint(user, 1_000 ether);
        vm.prank(user);
        token.approve(address(market), type(uint256).max);
    }

    function refuses(bytes memory refusal, Order memory made, bytes memory signature) private {
        vm.prank(MINER_ONE);
        vm.expectRevert(refusal);
        market.lockOrder(made, signature, anyTerms());
    }

    /// A user that sends nothing to the chain: posted, paid in and accepted in the miner's one transaction.
    function test_lockOrder__signed__posts_accepts_and_takes_in_the_fee_at_once() external {
        Order memory made = order(user, "proof");
        bytes memory signature = signed(made, KEY);
        uint256 taskId = desk.orderId(made);
        vm.expectEmit(true, true, true, true);
        emit Acceptances.TaskPosted(taskId, app, user, 1 ether, "inputs", made.publics);
        vm.expectEmit(true, true, true, true);
        emit TaskMarket.OrderLocked(taskId, desk.orderHash(made), 0);
        vm.expectEmit(true, true, true, true);
        emit Acceptances.TaskAccepted(taskId, MINER_ONE, uint64(block.timestamp) + WINDOW);
        equal(lock(MINER_ONE, made, signature), taskId, "the id that was told before");
        equal(token.balanceOf(user), 999 ether, "paid in");
        equal(staking.positionOf(app, MINER_ONE, MINER).locked, CAPACITY, "locked");
        uint256 before = token.balanceOf(MINER_ONE);
        submit(MINER_ONE, taskId, "proof");
        equal(token.balanceOf(MINER_ONE), before + 1 ether, "paid out");
        equal(token.balanceOf(address(market)), 0, "nothing held");
    }

    function test_lockOrder__later__pays_more_up_to_the_most() external {
        Order memory made = order(user, "proof");
        bytes memory signature = signed(made, KEY);
        uint256 start = block.timestamp;
        uint8[4] memory moments = [0, 25, 100, 101];
        uint64[4] memory fees = [1 ether, 1.5 ether, 3 ether, 3 ether];
        for (uint256 i = 0; i < 4; ++i) {
            vm.warp(start + moments[i]);
            equal(desk.orderFee(made), fees[i], "fee");
        }
        vm.warp(start + 50);
        equal(desk.taskOf(lock(MINER_ONE, made, signature)).fee, 2 ether, "half way");
        made.rampStart = uint40(start) + 60;
        equal(desk.orderFee(made), 1 ether, "before it rises");
        made.rampEnd = made.rampStart;
        equal(desk.orderFee(made), 1 ether, "a step to come");
        vm.warp(made.rampStart);
        equal(desk.orderFee(made), 3 ether, "a step");
    }

    function testFuzz_orderFee__any_ramp__never_falls_and_stays_between(
        uint96 least,
        uint96 more,
        uint40 start,
        uint40 length,
        uint40 moment
    ) external {
        Order memory made = order(user, "proof");
        made.minFee = least;
        made.maxFee = uint96(bound(more, least, type(uint96).max));
        (made.rampStart, made.rampEnd) = (start, uint40(bound(length, start, type(uint40).max)));
        vm.warp(bound(moment, 1, type(uint40).max - 1));
        uint256 fee = desk.orderFee(made);
        isTrue(fee >= made.minFee && fee <= made.maxFee, "between");
        vm.warp(block.timestamp + 1);
        isTrue(desk.orderFee(made) >= fee, "never falls");
    }

    /// Whatever becomes of its task, an order takes its fee once.
    function test_lockOrder__twice__is_refused_also_after_a_refund() external {
        Order memory made = order(user, "proof");
        bytes memory signature = signed(made, KEY);
        uint256 taskId = lock(MINER_ONE, made, signature);
        bytes memory refusal = abi.encodeWithSelector(Orders.OrderUsed.selector, taskId);
        refuses(refusal, made, signature);
        vm.warp(block.timestamp + WINDOW + 1);
        vm.prank(user);
        market.cancelTask(taskId);
        refuses(refusal, made, signature);
        made.salt = 1;
        signature = signed(made, KEY);
        taskId = lock(MINER_TWO, made, signature);
        submit(MINER_TWO, taskId, "proof");
        refuses(abi.encodeWithSelector(TaskBook.StatementTaken.selector, app, taskId), made, signature);
    }

    function test_lockOrder__cancelled__is_refused() external {
        Order memory made = order(user, "proof");
        uint256 taskId = desk.orderId(made);
        vm.prank(MINER_ONE);
        vm.expectRevert(abi.encodeWithSelector(TaskBook.NotTheUser.selector, taskId, MINER_ONE));
        desk.cancelOrder(made);
        vm.prank(user);
        desk.cancelOrder(made);
        refuses(abi.encodeWithSelector(Orders.OrderUsed.selector, taskId), made, signed(made, KEY));
    }

    /// Each word of an order is signed.
    function test_lockOrder__any_word_changed__is_refused() external {
        Order memory made = order(user, "proof");
        bytes memory signature = signed(made, KEY);
        for (uint256 i = 0; i < 14; ++i) {
            Order memory other = order(user, "proof");
            if (i == 0) other.app = address(1);
            if (i == 1) ++other.minFee;
            if (i == 2) --other.maxFee;
            if (i == 3) --other.rampStart;
            if (i == 4) --other.rampEnd;
            if (i == 5) ++other.lockBy;
            if (i == 6) other.finalAt = type(uint40).max;
            if (i == 7) other.lockSeconds = 1;
            if (i == 8) other.callbackGas = 1;
            if (i == 9) other.callback = address(1);
            if (i == 10) other.priority = 1;
            if (i == 11) other.salt = 1;
            if (i == 12) other.inputs = "input";
            if (i == 13) other.publics = "publics";
            bytes32 hash = desk.orderHash(other);
            isTrue(hash != desk.orderHash(made), "another hash");
            refuses(abi.encodeWithSelector(TaskMarket.NotSignedByUser.selector, hash, user), other, signature);
        }
    }

    /// The hash as EIP-712 writes it, word for word.
    function test_orderHash__is_that_of_the_standard() external view {
        Order memory made = order(user, "proof");
        made.priority = 3;
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("PoZK Task Market"),
                keccak256("1"),
                block.chainid,
                address(market)
            )
        );
        bytes memory first = abi.encode(
            market.ORDER_TYPEHASH(), made.user, made.app, made.minFee, made.maxFee, made.rampStart, made.rampEnd, made.lockBy
        );
        bytes memory second = abi.encode(
            made.finalAt, made.lockSeconds, made.callbackGas, made.callback, made.miner, made.priority, made.salt
        );
        bytes32 content = keccak256(bytes.concat(first, second, keccak256(made.inputs), keccak256(made.publics)));
        equal(desk.orderHash(made), keccak256(abi.encodePacked(hex"1901", domain, content)), "hash");
    }

    function test_lockOrder__signed_by_another__is_refused() external {
        Order memory made = order(user, "proof");
        refuses(abi.encodeWithSelector(TaskMarket.NotSignedByUser.selector, desk.orderHash(made), user), made, signed(made, 1));
        made.user = address(0);
        refuses(abi.encodeWithSelector(TaskMarket.NotSignedByUser.selector, desk.orderHash(made), address(0)), made, "");
    }

    function test_lockOrder__user_is_a_contract__its_word_counts() external {
        BareWallet wallet = new BareWallet(user);
        token.mint(address(wallet), 10 ether);
        vm.prank(address(wallet));
        token.approve(address(market), 10 ether);
        Order memory made = order(address(wallet), "proof");
        lock(MINER_ONE, made, signed(made, KEY));
        equal(token.balanceOf(address(wallet)), 9 ether, "the wallet has paid");
    }

    function test_lockOrder__after_its_time__is_refused() external {
        Order memory made = order(user, "proof");
        bytes memory signature = signed(made, KEY);
        vm.warp(made.lockBy + 1);
        refuses(abi.encodeWithSelector(TaskMarket.OrderTooLate.selector, desk.orderHash(made), made.lockBy), made, signature);
    }

    function test_lockOrder__for_one_miner__is_refused_to_others() external {
        Order memory made = order(user, "proof");
        made.miner = MINER_TWO;
        bytes memory signature = signed(made, KEY);
        refuses(
            abi.encodeWithSelector(TaskMarket.OrderOfAnotherMiner.selector, desk.orderHash(made), MINER_TWO), made, signature
        );
        lock(MINER_TWO, made, signature);
    }

    function test_lockOrder__fees_or_ramp_upside_down__is_refused() external {
        Order memory made = order(user, "proof");
        made.minFee = 4 ether;
        vm.expectPartialRevert(Orders.BadOrder.selector);
        market.lockOrder(made, "", anyTerms());
        made = order(user, "proof");
        made.rampStart = made.rampEnd + 1;
        vm.expectPartialRevert(Orders.BadOrder.selector);
        market.lockOrder(made, "", anyTerms());
    }

    function test_lockOrder__no_fee_or_below_the_least__is_refused() external {
        Order memory made = order(user, "proof");
        made.minFee = 0;
        refuses(abi.encodeWithSelector(AmountOutOfRange.selector, 0, market.MAX_FEE()), made, signed(made, KEY));
        made = order(user, "proof");
        desk.setMinFee(0, 2 ether);
        bytes memory signature = signed(made, KEY);
        refuses(abi.encodeWithSelector(TaskBook.FeeTooSmall.selector, 1 ether, 2 ether), made, signature);
        vm.warp(block.timestamp + 50);
        lock(MINER_ONE, made, signature);
    }

    function test_lockOrder__terms_below_the_miners_bounds__is_refused() external {
        desk.setFeeShares(200, 0, 0);
        Order memory made = order(user, "proof");
        bytes memory signature = signed(made, KEY);
        uint256 pay = 0.98 ether;
        bytes memory refusal =
            abi.encodeWithSelector(Acceptances.TermsBelowBounds.selector, desk.orderId(made), pay, WINDOW, CAPACITY);
        vm.startPrank(MINER_ONE);
        vm.expectRevert(refusal);
        market.lockOrder(made, signature, Acceptances.Bounds(pay + 1, 0, CAPACITY));
        vm.expectRevert(refusal);
        market.lockOrder(made, signature, Acceptances.Bounds(0, WINDOW + 1, CAPACITY));
        vm.expectRevert(refusal);
        market.lockOrder(made, signature, Acceptances.Bounds(0, 0, CAPACITY - 1));
        market.lockOrder(made, signature, Acceptances.Bounds(pay, WINDOW, CAPACITY));
    }

    function test_lockOrder__statement_taken__is_refused() external {
        uint256 other = postAs(USER_ACCOUNT, app, order(user, "proof").publics);
        accept(MINER_TWO, other);
        Order memory made = order(user, "proof");
        refuses(abi.encodeWithSelector(TaskBook.StatementTaken.selector, app, other), made, signed(made, KEY));
    }

    function test_lockOrder__halted_closed_stopped_or_no_stake__is_refused() external {
        Order memory made = order(user, "proof");
        bytes memory signature = signed(made, KEY);
        vm.prank(USER_ACCOUNT);
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, CAPACITY, 0));
        market.lockOrder(made, signature, anyTerms());
        halt(app, 60);
        uint64 until = uint64(block.timestamp) + 60;
        refuses(abi.encodeWithSelector(TimedPause.Paused.selector, market.haltFlag(app), until), made, signature);
        made.app = address(1);
        refuses(abi.encodeWithSelector(TaskBook.AppNotUsable.selector, address(1)), made, signed(made, KEY));
    }

    function test_lockOrder__user_cannot_pay__is_refused() external {
        Order memory made = order(user, "proof");
        vm.prank(user);
        token.approve(address(market), 0);
        bytes memory signature = signed(made, KEY);
        vm.prank(MINER_ONE);
        vm.expectRevert();
        market.lockOrder(made, signature, anyTerms());
    }

    /// The task of an order is like any other from then on.
    function test_lockOrder__missed__is_taken_over_and_proven() external {
        Order memory made = order(user, "proof");
        uint256 taskId = lock(MINER_ONE, made, signed(made, KEY));
        vm.warp(block.timestamp + WINDOW + 1);
        accept(MINER_TWO, taskId);
        equal(stakeOf(MINER_ONE), 25 ether - MISS, "slashed");
        uint256 before = token.balanceOf(MINER_TWO);
        vm.expectEmit(true, true, true, true);
        emit Proofs.ProofVerified(taskId, app, MINER_TWO, user, 0, GATES, 1);
        submit(MINER_TWO, taskId, "proof");
        equal(token.balanceOf(MINER_TWO), before + 1 ether + MISS / 2, "fee and half of the slash");
    }
}
