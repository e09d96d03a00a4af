// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EpochClock} from "../EpochClock.sol";
import {TimedPause} from "../TimedPause.sol";

/// The roots of all epochs as one queue: active ones, then pending ones, then the epoch that is voted on.
/// Epochs follow each other without gaps, so three numbers say what state each of them is in, and whatever
/// takes epochs back only moves those numbers.
abstract contract RootQueue is EpochClock, TimedPause {
    enum State {
        None,
        Pending,
        Active
    }

    /// Epochs first .. oldestPending - 1 are active, oldestPending .. next - 1 pending; `next` is voted on.
    /// `round` grows whenever open votes and signatures become void. `claimsPausedUntil` repeats the pause of claims, so that
    /// a claim reads one word less.
    struct Cursor {
        uint64 oldestPending;
        uint64 next;
        uint64 round;
        uint64 claimsPausedUntil;
    }

    /// What members agree on. Kept once per round and distinct content, with how many vote for it in that round.
    struct Ballot {
        bytes32 root;
        bytes32 reportHash;
        address[] tokens;
        uint256[] cumulative;
        uint256 votes;
    }

    /// `ballot` is the hash of a ballot's content, see `Ballots`; `round` the one it was proposed in.
    struct Proposal {
        bytes32 ballot;
        uint64 activeAt;
        uint64 round;
    }

    /// What can be paused, each on its own.
    bytes32 public constant CLAIMS = "claims";
    bytes32 public constant VOTES = "votes";
    bytes32 public constant ACTIVATION = "activation";

    Cursor internal _cursor;
    mapping(uint64 epoch => bytes32) internal _roots;
    mapping(uint64 epoch => Proposal) internal _proposals;
    mapping(uint64 round => mapping(bytes32 ballot => Ballot)) internal _ballots;

    event RoundStarted(uint64 indexed round, uint64 nextEpoch);

    error EpochNotActive(uint64 epoch);
    error EpochNotPending(uint64 epoch);

    constructor() {
        (_cursor.oldestPending, _cursor.next) = (first, first);
    }

    /// The epoch whose votes are open, once it has ended.
    function nextEpoch() external view returns (uint64) {
        return _cursor.next;
    }

    /// The round that votes and signatures for any open epoch belong to.
    function round(uint64) external view returns (uint64) {
        return _cursor.round;
    }

    function latestActive() external view returns (bool exists, uint64 epoch, bytes32 root) {
        uint64 oldest = _cursor.oldestPending;
        if (oldest == first) return (false, 0, 0);
        return (true, oldest - 1, _roots[oldest - 1]);
    }

    /// State (0 none, 1 pending, 2 active) and content of an epoch; zeros where there is none.
    function rootAt(uint64 epoch)
        external
        view
        returns (uint8 state, bytes32 root, bytes32 reportHash, uint64 activeAt)
    {
        State found = _stateOf(epoch);
        if (found == State.None) return (0, 0, 0, 0);
        Ballot storage ballot = _ballotOf(epoch);
        return (uint8(found), ballot.root, ballot.reportHash, _proposals[epoch].activeAt);
    }

    /// The hash of all that was agreed on for a pending or active epoch, see `Ballots`; 0 where there is nothing.
    function ballotAt(uint64 epoch) external view returns (bytes32) {
        return _stateOf(epoch) == State.None ? bytes32(0) : _proposals[epoch].ballot;
    }

    /// Tokens and accepted cumulative totals of a pending or active epoch.
    function totalsAt(uint64 epoch) external view returns (address[] memory tokens, uint256[] memory cumulative) {
        if (_stateOf(epoch) == State.None) return (tokens, cumulative);
        Ballot storage ballot = _ballotOf(epoch);
        return (ballot.tokens, ballot.cumulative);
    }

    /// The content of a pending or active epoch.
    function _ballotOf(uint64 epoch) internal view returns (Ballot storage) {
        Proposal storage proposal = _proposals[epoch];
        return _ballots[proposal.round][proposal.ballot];
    }

    function _stateOf(uint64 epoch) internal view returns (State) {
        if (epoch < first || epoch >= _cursor.next) return State.None;
        return epoch < _cursor.oldestPending ? State.Active : State.Pending;
    }

    function _requirePending(uint64 epoch) internal view {
        if (_stateOf(epoch) != State.Pending) revert EpochNotPending(epoch);
    }

    function _requireActive(uint64 epoch) internal view {
        if (_stateOf(epoch) != State.Active) revert EpochNotActive(epoch);
    }

    function _onPause(bytes32 flag, uint64 until) internal override {
        if (flag == CLAIMS) _cursor.claimsPausedUntil = until;
    }

    function _startRound() internal {
        uint64 started = ++_cursor.round;
        emit RoundStarted(started, _cursor.next);
    }
}
