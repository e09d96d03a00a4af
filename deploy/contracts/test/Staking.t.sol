// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

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
        if (seed % 4 == 0) staking.stake(APP, MINER, amount);
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
