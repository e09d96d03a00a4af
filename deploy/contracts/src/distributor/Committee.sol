// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {requireAddress} from "../Limits.sol";
import {Aides} from "./Aides.sol";
import {Ballots} from "./Ballots.sol";

/// The oracles and their votes, their own or, through the relay, by signature.
abstract contract Committee is Ballots, Aides {
    uint256 public constant MAX_MEMBERS = 32;
    /// Bytes that the location of a report may take.
    uint256 public constant MAX_LOCATION = 256;
    /// Least delay between proposal and activation, as a part of an epoch: an hour of a day.
    uint64 private constant LEAST_DELAY_PART = 24;

    address[] private _members;
    mapping(address account => bool) public isMember;
    /// How many equal votes propose a root: more than half of the members.
    uint256 public quorum;
    /// By `round << 64 | epoch`.
    mapping(uint256 roundAndEpoch => mapping(address member => bytes32 ballot)) private _votes;

    event ReportVoted(uint64 indexed epoch, address indexed oracle, bytes32 indexed reportHash, bytes32 root);
    event RootProposed(uint64 indexed epoch, bytes32 indexed root, bytes32 reportHash, uint64 activeAt);
    event CommitteeSet(address[] members, uint256 quorum);
    event Dissented(uint64 indexed epoch, address indexed oracle, bytes32 indexed reportHash);
    event ReportLocated(uint64 indexed epoch, bytes32 indexed reportHash, address indexed by, string location);

    error NotMember(address account);
    error BadCommittee(uint256 members, uint256 quorum);
    error DuplicateMember(address account);
    error NoQuorum(uint64 epoch);
    error LocationTooLong(uint256 length, uint256 limit);

    /// Seconds between proposal and activation.
    uint64 public immutable activationDelay;

    error BadDelay(uint64 delay, uint64 least, uint64 lengthSeconds);

    constructor(address[] memory members_, uint64 activationDelay_) {
        uint64 least = lengthSeconds / LEAST_DELAY_PART;
        if (activationDelay_ < least || activationDelay_ == 0 || activationDelay_ >= lengthSeconds) {
            revert BadDelay(activationDelay_, least, lengthSeconds);
        }
        activationDelay = activationDelay_;
        _setCommittee(members_, members_.length / 2 + 1);
    }

    /// Replaces the committee. Open votes and signatures are void.
    function setCommittee(address[] calldata members_, uint256 quorum_) external onlyOwner {
        _setCommittee(members_, quorum_);
        _startRound();
    }

    /// Votes for the report of the epoch that is next. A member may change its vote until the epoch is
    /// proposed, which the vote that completes the quorum does.
    /// @param tokens strictly ascending
    /// @param cumulative total of all leaves by token, in wei
    function vote(uint64 epoch, bytes32 root, address[] calldata tokens, uint256[] calldata cumulative, bytes32 reportHash)
        external
    {
        _onlyMember();
        // A signature given earlier must not be able to replace this vote.
        _useNonce(msg.sender);
        bytes32 ballot = _open(epoch, root, tokens, cumulative, reportHash);
        if (_cast(epoch, msg.sender, ballot, root, reportHash) >= quorum) _propose(epoch, ballot);
    }

    /// The same for members whose signatures the relay has checked.
    function countSigned(
        uint64 epoch,
        bytes32 root,
        address[] calldata tokens,
        uint256[] calldata cumulative,
        bytes32 reportHash,
        address[] calldata signers
    ) external {
        _onlyRelay();
        bytes32 ballot = _open(epoch, root, tokens, cumulative, reportHash);
        uint256 agreeing = 0;
        for (uint256 i = 0; i < signers.length; ++i) {
            _useNonce(signers[i]);
            agreeing = _cast(epoch, signers[i], ballot, root, reportHash);
        }
        if (agreeing >= quorum) _propose(epoch, ballot);
    }

    /// Proposes what a quorum of the present members agrees on; anyone may.
    function propose(uint64 epoch) external {
        _requireVotable(epoch);
        mapping(address => bytes32) storage votes = _votesFor(epoch);
        address[] memory present = _members;
        for (uint256 i = 0; i < present.length; ++i) {
            bytes32 hash = votes[present[i]];
            if (_openBallot(hash).votes >= quorum) return _propose(epoch, hash);
        }
        revert NoQuorum(epoch);
    }

    /// A member says that a pending root is not what it computed; for the guardian to see.
    function dissent(uint64 epoch, bytes32 reportHash) external {
        _onlyMember();
        _requirePending(epoch);
        emit Dissented(epoch, msg.sender, reportHash);
    }

    /// A member says where the report that it computed and its tables can be had; part of no vote.
    function locate(uint64 epoch, bytes32 reportHash, string calldata location) external {
        _onlyMember();
        if (bytes(location).length > MAX_LOCATION) revert LocationTooLong(bytes(location).length, MAX_LOCATION);
        emit ReportLocated(epoch, reportHash, msg.sender, location);
    }

    /// Report that a member votes for in the present round, 0 if none.
    function voteOf(uint64 epoch, address member) external view returns (bytes32 reportHash) {
        return _openBallot(_votesFor(epoch)[member]).reportHash;
    }

    /// How many members vote in the present round for exactly what `member` votes for; `members` tells whom to ask.
    function agreeingWith(uint64 epoch, address member) external view returns (uint256) {
        return _openBallot(_votesFor(epoch)[member]).votes;
    }

    function members() external view returns (address[] memory) {
        return _members;
    }

    function _onlyMember() private view {
        if (!isMember[msg.sender]) revert NotMember(msg.sender);
    }

    /// Moves a member's slot to `ballot` and returns how many members agree on it.
    function _cast(uint64 epoch, address member, bytes32 ballot, bytes32 root, bytes32 reportHash)
        private
        returns (uint256)
    {
        mapping(address => bytes32) storage votes = _votesFor(epoch);
        Ballot storage chosen = _openBallot(ballot);
        bytes32 before = votes[member];
        if (before == ballot) return chosen.votes;
        if (before != 0) --_openBallot(before).votes;
        votes[member] = ballot;
        emit ReportVoted(epoch, member, reportHash, root);
        return ++chosen.votes;
    }

    function _votesFor(uint64 epoch) private view returns (mapping(address => bytes32) storage) {
        return _votes[uint256(_cursor.round) << 64 | epoch];
    }

    /// A ballot of the present round; without votes where nobody votes for it.
    function _openBallot(bytes32 hash) private view returns (Ballot storage) {
        return _ballots[_cursor.round][hash];
    }

    function _propose(uint64 epoch, bytes32 hash) private {
        Ballot storage ballot = _openBallot(hash);
        uint64 activeAt = uint64(block.timestamp) + activationDelay;
        _proposals[epoch] = Proposal(hash, activeAt, _cursor.round);
        _roots[epoch] = ballot.root;
        _cursor.next = epoch + 1;
        emit RootProposed(epoch, ballot.root, ballot.reportHash, activeAt);
    }

    function _setCommittee(address[] memory members_, uint256 quorum_) private {
        if (members_.length == 0 || members_.length > MAX_MEMBERS || quorum_ > members_.length || 2 * quorum_ <= members_.length) {
            revert BadCommittee(members_.length, quorum_);
        }
        address[] memory before = _members;
        for (uint256 i = 0; i < before.length; ++i) isMember[before[i]] = false;
        for (uint256 i = 0; i < members_.length; ++i) {
            requireAddress(members_[i]);
            if (isMember[members_[i]]) revert DuplicateMember(members_[i]);
            isMember[members_[i]] = true;
        }
        _members = members_;
        quorum = quorum_;
        emit CommitteeSet(members_, quorum_);
    }
}
