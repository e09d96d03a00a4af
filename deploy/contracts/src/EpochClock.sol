// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

struct Clock {
    uint64 genesis;
    uint64 lengthSeconds;
    uint64 first;
}

/// The three constants that contracts and oracles share, and what follows from them.
abstract contract EpochClock {
    /// Seconds since 1970 UTC at which epoch 0 begins.
    uint64 public immutable genesis;
    /// Duration of every epoch.
    uint64 public immutable lengthSeconds;
    /// The first epoch that is settled.
    uint64 public immutable first;

    error BadClock(uint64 lengthSeconds, uint64 first);
    error BeforeGenesis(uint256 timestamp, uint64 genesis);
    error EpochNotInFuture(uint64 epoch, uint64 current);

    constructor(Clock memory clock) {
        // Ends of epochs are computed in uint256, so only a zero length or an unreachable start can go wrong.
        if (clock.lengthSeconds == 0 || clock.first == type(uint64).max) revert BadClock(clock.lengthSeconds, clock.first);
        (genesis, lengthSeconds, first) = (clock.genesis, clock.lengthSeconds, clock.first);
    }

    /// Epoch of this block; before genesis it is 0.
    function currentEpoch() public view returns (uint64) {
        return _epochAt(block.timestamp);
    }

    /// True once a block may exist that lies after `epoch`, so that its events are complete.
    function hasEnded(uint64 epoch) public view returns (bool) {
        return block.timestamp >= uint256(genesis) + (uint256(epoch) + 1) * lengthSeconds;
    }

    /// Rules change for epochs that have not begun. Up to and including `first` nothing has been settled
    /// yet, so there the network may still be set up for any epoch.
    function _requireFuture(uint64 epoch) internal view {
        uint64 current = currentEpoch();
        if (epoch <= current && current > first) revert EpochNotInFuture(epoch, current);
    }

    function _epochAt(uint256 timestamp) internal view returns (uint64) {
        if (timestamp < genesis) return 0;
        return uint64((timestamp - genesis) / lengthSeconds);
    }

    function _requireAfterGenesis() internal view {
        if (block.timestamp < genesis) revert BeforeGenesis(block.timestamp, genesis);
    }
}
