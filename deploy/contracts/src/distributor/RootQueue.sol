// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {EpochClock} from "../EpochClock.sol";

/// The roots of all epochs as one queue: active ones, then pending ones, then the epoch that is voted on.
/// Epochs follow each other without gaps, so three numbers say what state each of them is in, and whatever
/// takes epochs back only moves those numbers.
abstract contract RootQueue is EpochClock, Ownable2Step {
    enum State {
        None,
        Pending,
        Active
    }

    /// Epochs first .. oldestPending - 1 are active, oldestPending .. next - 1 pending; `next` is voted on.
    /// `round` grows whenever open votes and signatures become void.
    struct Cursor {
        uint64 oldestPending;
        uint64 next;
        uint64 round;
        bool claimsPaused;
        bool votesPaused;
    }

    /// What members agree on. Kept once per distinct content, however many members vote for it.
    struct Ballot {
        bytes32 root;
        bytes32 reportHash;
        address[] tokens;
        uint256[] cumulative;
    }

    struct Proposal {
        bytes32 ballot;
        uint64 activeAt;
    }

    Cursor internal _cursor;
    mapping(uint64 epoch => bytes32) internal _roots;
    mapping(uint64 epoch => Proposal) internal _proposals;
    mapping(bytes32 digest => Ballot) internal _ballots;

    event RoundStarted(uint64 indexed round, uint64 nextEpoch);
    event PauseSet(bool claims, bool votes);

    error ClaimsArePaused();
    error ClaimsNotPaused();
    error VotesArePaused();
    error EpochNotActive(uint64 epoch);
    error EpochNotPending(uint64 epoch);

    constructor() {
        (_cursor.oldestPending, _cursor.next) = (first, first);
    }

    /// Stops claims and votes, each on its own.
    function setPaused(bool claims, bool votes) external onlyOwner {
        (_cursor.claimsPaused, _cursor.votesPaused) = (claims, votes);
        emit PauseSet(claims, votes);
    }

    function paused() external view returns (bool claims, bool votes) {
        return (_cursor.claimsPaused, _cursor.votesPaused);
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
        Proposal storage proposal = _proposals[epoch];
        Ballot storage ballot = _ballots[proposal.ballot];
        return (uint8(found), ballot.root, ballot.reportHash, proposal.activeAt);
    }

    /// Tokens and accepted cumulative totals of a pending or active epoch.
    function totalsAt(uint64 epoch) external view returns (address[] memory tokens, uint256[] memory cumulative) {
        if (_stateOf(epoch) == State.None) return (tokens, cumulative);
        Ballot storage ballot = _ballots[_proposals[epoch].ballot];
        return (ballot.tokens, ballot.cumulative);
    }

    function _stateOf(uint64 epoch) internal view returns (State) {
        if (epoch < first || epoch >= _cursor.next) return State.None;
        return epoch < _cursor.oldestPending ? State.Active : State.Pending;
    }

    function _startRound() internal {
        uint64 started = ++_cursor.round;
        emit RoundStarted(started, _cursor.next);
    }
}
