// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {DevToken} from "../src/DevToken.sol";
import {AmountOutOfRange, MAX_AMOUNT, ZeroAddress} from "../src/Limits.sol";
import {MINER, Staking, USER} from "../src/Staking.sol";
import {Network} from "./support/Network.sol";
import {Log} from "./support/Vm.sol";

contract StakingTest is Network {
    address private APP;
    address private constant HARMED = address(0x4A2);

    function setUp() public override {
        super.setUp();
        APP = registry.registerApp(0, 1_000, address(verifier), 600, "app");
        staking.setSlasher(address(this), true, address(this).codehash);
        token.mint(address(this), 1_000 ether);
        token.approve(address(staking), type(uint256).max);
    }

    function effective() private view returns (uint256) {
        return staking.effectiveStake(APP, address(this), MINER);
    }

    function test_stake__same_epoch__does_not_count_yet() external {
        staking.stake(APP, MINER, 100);
        equal(effective(), 0, "now");
        enter(1);
        equal(effective(), 100, "next epoch");
    }

    function test_stake__emits_next_epoch() external {
        enter(3);
        vm.expectEmit(true, true, true, true);
        emit Staking.StakeChanged(APP, address(this), USER, 5, 4);
        staking.stake(APP, USER, 5);
    }

    function test_stake__unregistered_app__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(Staking.UnknownApp.selector, address(0xA99)));
        staking.stake(address(0xA99), USER, 1);
    }

    function test_setSlasher__other_code_than_reviewed__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(Staking.NotAsReviewed.selector, address(token)));
        staking.setSlasher(address(token), true, keccak256("reviewed"));
        staking.setSlasher(address(token), true, address(token).codehash);
        staking.setSlasher(address(0xE0A), true, keccak256(""));
        staking.setSlasher(address(token), false, 0);
        isTrue(!staking.isSlasher(address(token)) && staking.isSlasher(address(0xE0A)), "slashers");
    }

    function test_hold__keeps_what_is_free_of_a_users_stake() external {
        staking.stake(APP, USER, 30);
        equal(staking.hold(APP, address(this), 20), 20, "all that was asked");
        staking.requestWithdraw(APP, USER, 4);
        equal(staking.hold(APP, address(this), 20), 6, "what is left");
        equal(staking.hold(APP, address(this), 20), 0, "nothing left");
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 1, 0));
        staking.requestWithdraw(APP, USER, 1);
        staking.letGo(APP, address(this), 20);
        staking.requestWithdraw(APP, USER, 20);
        vm.expectRevert(abi.encodeWithSelector(Staking.AlreadyUnlocked.selector, APP, address(this)));
        staking.letGo(APP, address(this), 7);
    }

    function test_hold__not_a_slasher__is_refused() external {
        vm.startPrank(address(0xBAD));
        vm.expectRevert(abi.encodeWithSelector(Staking.NotSlasher.selector, address(0xBAD)));
        staking.hold(APP, address(this), 1);
        vm.expectRevert(abi.encodeWithSelector(Staking.NotSlasher.selector, address(0xBAD)));
        staking.letGo(APP, address(this), 0);
    }

    function test_stake__role_above_one__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(Staking.BadRole.selector, 2));
        staking.stake(APP, 2, 1);
    }

    function test_stake__zero_or_above_limit__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, 0, MAX_AMOUNT));
        staking.stake(APP, MINER, 0);
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, MAX_AMOUNT + 1, MAX_AMOUNT));
        staking.stake(APP, MINER, MAX_AMOUNT + 1);
    }

    function test_stake__more_than_all_stakes_may_come_to__is_refused() external {
        uint256 most = staking.MAX_STAKES();
        token.mint(address(this), most);
        staking.stake(APP, MINER, 5);
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, most + 1, most));
        staking.stake(APP, USER, most - 4);
        staking.stake(APP, USER, most - 5);
        enter(1);
        staking.requestWithdraw(APP, USER, most - 5);
        vm.expectRevert(abi.encodeWithSelector(AmountOutOfRange.selector, most + 1, most));
        staking.stake(APP, MINER, 1);
        enter(2);
        equal(staking.withdraw(APP, USER), most - 5, "all of it back");
        staking.stake(APP, MINER, 1);
    }

    function test_stakeFor__another_account__is_its_stake_and_the_callers_money() external {
        uint256 before = token.balanceOf(address(this));
        vm.expectEmit(true, true, true, true);
        emit Staking.StakeChanged(APP, HARMED, MINER, 7, 1);
        staking.stakeFor(APP, MINER, HARMED, 7);
        equal(token.balanceOf(address(this)), before - 7, "paid by the caller");
        enter(1);
        equal(staking.effectiveStake(APP, HARMED, MINER), 7, "the account's");
        equal(effective(), 0, "not the caller's");
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 1, 0));
        staking.requestWithdraw(APP, MINER, 1);
        vm.prank(HARMED);
        staking.requestWithdraw(APP, MINER, 7);
    }

    function test_stakeFor__nobody__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        staking.stakeFor(APP, MINER, address(0), 1);
    }

    function permitted(uint256 key, uint256 amount, uint256 deadline) private view returns (uint8 v, bytes32 r, bytes32 s) {
        address owner = vm.addr(key);
        bytes32 typehash = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 content = keccak256(abi.encode(typehash, owner, address(staking), amount, token.nonces(owner), deadline));
        return vm.sign(key, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), content)));
    }

    function test_stakeWithPermit__no_allowance__one_signature_stakes() external {
        address owner = vm.addr(keys[0]);
        token.mint(owner, 9);
        (uint8 v, bytes32 r, bytes32 s) = permitted(keys[0], 9, block.timestamp);
        vm.prank(owner);
        staking.stakeWithPermit(APP, MINER, 9, block.timestamp, v, r, s);
        equal(staking.positionOf(APP, owner, MINER).incoming, 9, "staked");
    }

    /// Whoever sees the signature can hand it in first; the stake goes through all the same.
    function test_stakeWithPermit__permit_was_handed_in_before__still_stakes() external {
        address owner = vm.addr(keys[0]);
        token.mint(owner, 9);
        (uint8 v, bytes32 r, bytes32 s) = permitted(keys[0], 9, block.timestamp);
        token.permit(owner, address(staking), 9, block.timestamp, v, r, s);
        vm.prank(owner);
        staking.stakeWithPermit(APP, MINER, 9, block.timestamp, v, r, s);
        equal(staking.positionOf(APP, owner, MINER).incoming, 9, "staked");
    }

    function test_stakeWithPermit__signature_of_another__is_refused() external {
        address thief = vm.addr(keys[1]);
        token.mint(vm.addr(keys[0]), 9);
        (uint8 v, bytes32 r, bytes32 s) = permitted(keys[0], 9, block.timestamp);
        vm.prank(thief);
        vm.expectRevert();
        staking.stakeWithPermit(APP, MINER, 9, block.timestamp, v, r, s);
    }

    function test_multicall__several_stakes__are_the_callers() external {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(Staking.stake, (APP, MINER, 3));
        calls[1] = abi.encodeCall(Staking.stakeFor, (APP, USER, HARMED, 4));
        staking.multicall(calls);
        equal(staking.positionOf(APP, address(this), MINER).incoming, 3, "own");
        equal(staking.positionOf(APP, HARMED, USER).incoming, 4, "for another");
    }

    function test_rescue__surplus_alone__goes_where_the_dao_says() external {
        staking.stake(APP, MINER, 100);
        enter(1);
        staking.requestWithdraw(APP, MINER, 40);
        vm.expectRevert(abi.encodeWithSelector(Staking.NoSurplus.selector, address(token)));
        staking.rescue(token, HARMED);
        token.transfer(address(staking), 6);
        vm.expectEmit(true, true, true, true);
        emit Staking.Rescued(address(token), HARMED, 6);
        equal(staking.rescue(token, HARMED), 6, "surplus");
        equal(token.balanceOf(address(staking)), 100, "stake and queue stay");
        DevToken stray = new DevToken("Stray", "STR", address(this));
        stray.mint(address(staking), 5);
        equal(staking.rescue(stray, HARMED), 5, "another token");
    }

    function test_rescue__not_the_dao_or_to_nobody__is_refused() external {
        vm.prank(HARMED);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, HARMED));
        staking.rescue(token, HARMED);
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        staking.rescue(token, address(0));
    }

    /// Locks look at a position without changing it; what is due counts all the same.
    function test_lock__changes_due__counts_them() external {
        staking.stake(APP, MINER, 50);
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 10, 0));
        staking.lock(APP, address(this), 10);
        enter(1);
        staking.lock(APP, address(this), 10);
        staking.requestWithdraw(APP, MINER, 40);
        enter(2);
        equal(effective(), 10, "left");
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 11, 10));
        staking.lock(APP, address(this), 1);
        staking.unlock(APP, address(this), 10);
        staking.lock(APP, address(this), 9);
        equal(staking.withdraw(APP, MINER), 40, "queue");
        equal(staking.positionOf(APP, address(this), MINER).locked, 9, "lock stays");
    }

    function test_stake__beyond_the_epochs_a_position_can_hold__is_refused() external {
        enter(uint64(type(uint32).max) / 2);
        vm.expectRevert(abi.encodeWithSelector(Staking.ClockRunsOut.selector, uint64(type(uint32).max) / 2));
        staking.stake(APP, MINER, 1);
    }

    function test_requestWithdraw__counts_until_the_epoch_ends() external {
        staking.stake(APP, MINER, 100);
        enter(1);
        staking.requestWithdraw(APP, MINER, 60);
        equal(effective(), 100, "still counts");
        vm.expectPartialRevert(Staking.NothingToWithdraw.selector);
        staking.withdraw(APP, MINER);
        enter(2);
        equal(effective(), 40, "less");
        equal(staking.withdraw(APP, MINER), 60, "paid");
        vm.expectPartialRevert(Staking.NothingToWithdraw.selector);
        staking.withdraw(APP, MINER);
    }

    function test_requestWithdraw__more_than_staked__is_refused() external {
        staking.stake(APP, MINER, 100);
        staking.requestWithdraw(APP, MINER, 30);
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 71, 70));
        staking.requestWithdraw(APP, MINER, 71);
    }

    function test_slash__not_a_slasher__is_refused() external {
        vm.prank(address(0xBAD));
        vm.expectRevert(abi.encodeWithSelector(Staking.NotSlasher.selector, address(0xBAD)));
        staking.slash(APP, address(this), MINER, 1, HARMED);
    }

    /// Effective 100, 80 queued, slash of 50: -50 now, +30 next epoch.
    function test_slash__queued_withdrawal__gives_the_deficit_back_next_epoch() external {
        staking.stake(APP, MINER, 100);
        enter(1);
        staking.requestWithdraw(APP, MINER, 80);
        vm.recordLogs();
        equal(staking.slash(APP, address(this), MINER, 50, HARMED), 50, "taken");
        Log[] memory logs = vm.getRecordedLogs();
        checkChange(logs[0], -50, 1);
        checkChange(logs[1], 30, 2);
        equal(effective(), 50, "now");
        enter(2);
        equal(effective(), 0, "next epoch");
        equal(staking.withdraw(APP, MINER), 50, "the queue shrank");
        equal(token.balanceOf(HARMED), 50, "beneficiary");
    }

    function test_slash__beyond_effective__takes_from_pending_deposit() external {
        staking.stake(APP, MINER, 10);
        enter(1);
        staking.stake(APP, MINER, 40);
        vm.recordLogs();
        equal(staking.slash(APP, address(this), MINER, 30, HARMED), 30, "taken");
        Log[] memory logs = vm.getRecordedLogs();
        checkChange(logs[0], -10, 1);
        checkChange(logs[1], -20, 2);
        enter(2);
        equal(effective(), 20, "the rest of the deposit");
    }

    function test_slash__more_than_there_is__takes_what_there_is() external {
        staking.stake(APP, MINER, 10);
        enter(1);
        equal(staking.slash(APP, address(this), MINER, 500, HARMED), 10, "taken");
        equal(effective(), 0, "nothing left");
        equal(staking.slash(APP, address(this), MINER, 500, HARMED), 0, "nothing to take");
    }

    function test_lock__beyond_stake__is_refused() external {
        staking.stake(APP, MINER, 25);
        enter(1);
        staking.lock(APP, address(this), 10);
        staking.lock(APP, address(this), 10);
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 30, 25));
        staking.lock(APP, address(this), 10);
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 6, 5));
        staking.requestWithdraw(APP, MINER, 6);
        staking.unlock(APP, address(this), 10);
        staking.requestWithdraw(APP, MINER, 15);
    }

    function test_lock__higher_rate_later__counts_all_open_tasks_at_it() external {
        staking.stake(APP, MINER, 50);
        enter(1);
        staking.lock(APP, address(this), 10);
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 60, 50));
        staking.lock(APP, address(this), 30);
    }

    function test_lock__leaving_stake__does_not_cover() external {
        staking.stake(APP, MINER, 50);
        enter(1);
        staking.requestWithdraw(APP, MINER, 45);
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 10, 5));
        staking.lock(APP, address(this), 10);
    }

    function test_lock__no_stake__is_refused_even_for_nothing() external {
        vm.expectRevert(abi.encodeWithSelector(Staking.StakeTooSmall.selector, 0, 0));
        staking.lock(APP, address(this), 0);
    }

    function test_slash__no_beneficiary__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(ZeroAddress.selector));
        staking.slash(APP, address(this), MINER, 1, address(0));
    }

    /// Any order of actions over several epochs: replaying the events gives the stake of every epoch, no sum is
    /// negative, and the tokens held are exactly stake plus queue.
    function testFuzz_events__replayed__equal_effective_stake(uint256 seed) external {
        int256[8] memory byEpoch;
        for (uint64 epoch = 0; epoch < 6; ++epoch) {
            enter(epoch);
            for (uint256 i = 0; i < 4; ++i) {
                seed = uint256(keccak256(abi.encode(seed)));
                vm.recordLogs();
                act(seed);
                replay(vm.getRecordedLogs(), byEpoch);
            }
            int256 sum = 0;
            for (uint64 e = 0; e <= epoch; ++e) sum += byEpoch[e];
            isTrue(sum >= 0 && sum + byEpoch[epoch + 1] >= 0, "a sum is negative");
            equal(effective(), uint256(sum), "effective stake");
            (uint256 staked, uint256 queued) = staking.totals();
            equal(token.balanceOf(address(staking)), staked + queued, "tokens held");
            equal(staked, uint256(sum + byEpoch[epoch + 1]), "staked total");
        }
    }

    function act(uint256 seed) private {
        uint256 amount = bound(seed >> 8, 1, 1_000);
        Staking.Position memory position = staking.positionOf(APP, address(this), MINER);
        uint256 next = uint256(position.effective) + position.incoming - position.outgoing;
        // A lock at any moment, to be given back at once: it changes nothing else.
        if (seed % 3 == 0 && position.effective > 0 && next > 0) {
            staking.lock(APP, address(this), 1);
            staking.unlock(APP, address(this), 1);
        }
        if (seed % 8 == 0) staking.stakeFor(APP, MINER, address(this), amount);
        else if (seed % 4 == 0) staking.stake(APP, MINER, amount);
        else if (seed % 4 == 1 && next > 0) staking.requestWithdraw(APP, MINER, bound(amount, 1, next));
        else if (seed % 4 == 2) staking.slash(APP, address(this), MINER, amount, HARMED);
        else if (position.withdrawable > 0) staking.withdraw(APP, MINER);
    }

    function replay(Log[] memory logs, int256[8] memory byEpoch) private pure {
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] != Staking.StakeChanged.selector) continue;
            (int256 delta, uint64 epoch) = abi.decode(logs[i].data, (int256, uint64));
            byEpoch[epoch] += delta;
        }
    }

    function checkChange(Log memory log, int256 delta, uint64 epoch) private pure {
        equal(log.topics[0], Staking.StakeChanged.selector, "event");
        (int256 gotDelta, uint64 gotEpoch) = abi.decode(log.data, (int256, uint64));
        equal(uint256(gotDelta), uint256(delta), "delta");
        equal(gotEpoch, epoch, "epoch");
    }
}
