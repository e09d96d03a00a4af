// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Owned} from "./Owned.sol";
import {requireAddress} from "./Limits.sol";

/// Flags that stop parts of a contract. The pauser acts at once and can do little: it sets a flag for at most
/// MAX_PAUSE, and not again before COOLDOWN has passed since the end, unless the owner has dealt with that flag or
/// appointed another pauser meanwhile. Only the owner ends a pause early or makes it longer.
abstract contract TimedPause is Owned {
    /// Longest pause by the pauser, in seconds: longer than a vote and a timelock take together.
    uint64 public constant MAX_PAUSE = 30 days;
    /// Seconds for which a flag stays clear between two pauses by one pauser.
    uint64 public constant COOLDOWN = 7 days;

    /// `by` is the pauser that set it, zero where the owner spoke last.
    struct Pause {
        uint64 until;
        address by;
    }

    address public pauser;
    mapping(bytes32 flag => Pause) private _pauses;

    event PauserSet(address indexed pauser);
    event PauseSet(bytes32 indexed flag, uint64 until, address by);

    error NotPauser(address caller);
    error BadPauseLength(uint64 lengthSeconds, uint64 limit);
    error PausedTooOften(bytes32 flag, uint256 allowedFrom);
    error Paused(bytes32 flag, uint64 until);
    error NotPaused(bytes32 flag);

    /// @param first the pauser from deployment on
    constructor(address first) {
        _setPauser(first);
    }

    function setPauser(address pauser_) external onlyOwner {
        _setPauser(pauser_);
    }

    /// The pauser stops what `flags` name, all of them or none, for `lengthSeconds` from now on.
    function pause(bytes32[] calldata flags, uint64 lengthSeconds) external {
        if (msg.sender != pauser) revert NotPauser(msg.sender);
        if (lengthSeconds == 0 || lengthSeconds > MAX_PAUSE) revert BadPauseLength(lengthSeconds, MAX_PAUSE);
        for (uint256 i = 0; i < flags.length; ++i) {
            Pause memory last = _pauses[flags[i]];
            uint256 allowedFrom = last.by == msg.sender ? uint256(last.until) + COOLDOWN : last.until;
            if (block.timestamp < allowedFrom) revert PausedTooOften(flags[i], allowedFrom);
            _setPause(flags[i], uint64(block.timestamp) + lengthSeconds, msg.sender);
        }
    }

    /// The owner pauses, extends or ends: `flags` are set until `until`, in seconds since 1970 UTC; 0 ends a pause now.
    function setPause(bytes32[] calldata flags, uint64 until) external onlyOwner {
        for (uint256 i = 0; i < flags.length; ++i) _setPause(flags[i], until, address(0));
    }

    /// The moment from which a flag is clear again, 0 where it never was set; it is set while this lies ahead.
    function pausedUntil(bytes32 flag) public view returns (uint64) {
        return _pauses[flag].until;
    }

    function isPaused(bytes32 flag) public view returns (bool) {
        return block.timestamp < pausedUntil(flag);
    }

    function _requireRunning(bytes32 flag) internal view {
        if (isPaused(flag)) revert Paused(flag, pausedUntil(flag));
    }

    function _requirePaused(bytes32 flag) internal view {
        if (!isPaused(flag)) revert NotPaused(flag);
    }

    /// A pause that ends early is remembered as having ended now: what it kept somebody from doing is not forgotten.
    function _setPause(bytes32 flag, uint64 until, address by) private {
        if (until < block.timestamp) until = uint64(block.timestamp);
        _pauses[flag] = Pause(until, by);
        emit PauseSet(flag, until, by);
        _onPause(flag, until);
    }

    /// For contracts that keep what they read often beside what else they read.
    function _onPause(bytes32 flag, uint64 until) internal virtual {}

    function _setPauser(address pauser_) private {
        requireAddress(pauser_);
        pauser = pauser_;
        emit PauserSet(pauser_);
    }
}
