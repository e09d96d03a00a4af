// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ZeroAddress} from "../src/Limits.sol";
import {Owned} from "../src/Owned.sol";
import {TimedPause} from "../src/TimedPause.sol";
import {Harness} from "./support/Harness.sol";

contract Pausable is TimedPause {
    constructor(address owner_, address pauser_)
        Ownable(owner_)
        TimedPause(pauser_)
    {}

    function run(bytes32 flag) external view {
        _requireRunning(flag);
    }

    function mend(bytes32 flag) external view {
        _requirePaused(flag);
    }
}

contract TimedPauseTest is Harness {
    uint64 private constant START = 1_000_000;
    bytes32 private constant ONE = "one";
    bytes32 private constant TWO = "two";
    address private constant PAUSER = address(0x9A05E);
    Pausable private subject;

    function setUp() external {
        vm.warp(START);
        subject = new Pausable(address(this), PAUSER);
    }

    function flags() private pure returns (bytes32[] memory both) {
        both = new bytes32[](2);
        (both[0], both[1]) = (ONE, TWO);
    }

    function pause(address who, uint64 lengthSeconds) private {
        vm.prank(who);
        subject.pause(flags(), lengthSeconds);
    }

    function test_pause__several_flags__holds_at_once_and_ends_by_itself() external {
        subject.run(ONE);
        pause(PAUSER, 3_600);
        vm.expectRevert(abi.encodeWithSelector(TimedPause.Paused.selector, ONE, START + 3_600));
        subject.run(ONE);
        vm.expectRevert(abi.encodeWithSelector(TimedPause.Paused.selector, TWO, START + 3_600));
        subject.run(TWO);
        subject.run("three");
        subject.mend(TWO);
        vm.warp(START + 3_600);
        subject.run(ONE);
        vm.expectRevert(abi.encodeWithSelector(TimedPause.NotPaused.selector, TWO));
        subject.mend(TWO);
    }

    function test_pause__not_the_pauser__is_refused() external {
        vm.expectRevert(abi.encodeWithSelector(TimedPause.NotPauser.selector, address(this)));
        subject.pause(flags(), 1);
    }

    function test_pause__no_time_or_too_long__is_refused() external {
        uint64 limit = subject.MAX_PAUSE();
        vm.expectRevert(abi.encodeWithSelector(TimedPause.BadPauseLength.selector, 0, limit));
        pause(PAUSER, 0);
        vm.expectRevert(abi.encodeWithSelector(TimedPause.BadPauseLength.selector, limit + 1, limit));
        pause(PAUSER, limit + 1);
        pause(PAUSER, limit);
    }

    function test_pause__again__is_refused_while_set_and_until_the_cooldown_is_over() external {
        pause(PAUSER, 3_600);
        uint256 allowed = START + 3_600 + subject.COOLDOWN();
        vm.expectRevert(abi.encodeWithSelector(TimedPause.PausedTooOften.selector, ONE, allowed));
        pause(PAUSER, 3_600);
        vm.warp(allowed - 1);
        vm.expectRevert(abi.encodeWithSelector(TimedPause.PausedTooOften.selector, ONE, allowed));
        pause(PAUSER, 3_600);
        vm.warp(allowed);
        pause(PAUSER, 3_600);
    }

    function test_pause__by_a_new_pauser__need_not_wait_for_the_cooldown_of_the_old_one() external {
        pause(PAUSER, 3_600);
        subject.setPauser(address(7));
        vm.expectRevert(abi.encodeWithSelector(TimedPause.PausedTooOften.selector, ONE, START + 3_600));
        pause(address(7), 1);
        vm.warp(START + 3_600);
        pause(address(7), 1);
        isTrue(subject.isPaused(ONE), "paused anew");
    }

    function test_setPause__extends_ends_and_frees_the_pauser() external {
        pause(PAUSER, 3_600);
        subject.setPause(flags(), START + 100 days);
        vm.warp(START + 50 days);
        vm.expectRevert(abi.encodeWithSelector(TimedPause.PausedTooOften.selector, ONE, START + 100 days));
        pause(PAUSER, 1);
        subject.setPause(flags(), 0);
        subject.run(ONE);
        pause(PAUSER, 3_600);
        isTrue(subject.isPaused(TWO), "paused anew");
    }

    function test_setPause__without_end__holds_until_the_owner_ends_it() external {
        subject.setPause(flags(), type(uint64).max);
        vm.warp(START + 36_500 days);
        isTrue(subject.isPaused(ONE), "still paused");
    }

    function test_setPause__not_the_owner__is_refused() external {
        bytes memory refusal = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, PAUSER);
        vm.startPrank(PAUSER);
        vm.expectRevert(refusal);
        subject.setPause(flags(), 0);
        vm.expectRevert(refusal);
        subject.setPauser(PAUSER);
        vm.stopPrank();
        vm.expectRevert(abi.encodePacked(ZeroAddress.selector));
        subject.setPauser(address(0));
    }

    function test_renounceOwnership__by_the_owner__is_refused() external {
        vm.expectRevert(abi.encodePacked(Owned.OwnershipStays.selector));
        subject.renounceOwnership();
        equal(subject.owner(), address(this), "owner");
    }
}
