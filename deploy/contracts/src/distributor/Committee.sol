// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {requireAddress} from "../Limits.sol";
import {Ballots} from "./Ballots.sol";

/// The oracles, their votes and their signatures.
abstract contract Committee is Ballots, Nonces {
    uint256 public constant MAX_MEMBERS = 32;
    bytes32 public constant VOTE_TYPEHASH = keccak256(
        "Vote(address member,uint64 epoch,uint64 round,uint256 nonce,bytes32 root,address[] tokens,uint256[] cumulative,bytes32 reportHash)"
    );

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME_HASH = keccak256("PoZK Reward Distributor");
    bytes32 private constant VERSION_HASH = keccak256("1");
    /// Least delay between proposal and activation, as a part of an epoch: an hour of a day.
    uint64 private constant LEAST_DELAY_PART = 24;

    /// The EIP-712 struct, with arrays replaced by their hashes. It names the member: several accounts may have one key.
    struct Vote {
        address member;
        uint64 epoch;
        uint64 round;
        uint256 nonce;
        bytes32 root;
        bytes32 tokens;
        bytes32 cumulative;
        bytes32 reportHash;
    }

    address[] private _members;
    mapping(address account => bool) public isMember;
    /// How many equal votes propose a root: more than half of the members.
    uint256 public quorum;
    mapping(uint64 epoch => mapping(uint64 round => mapping(address member => bytes32 ballot))) private _votes;
    mapping(uint64 round => mapping(bytes32 ballot => uint256)) private _tally;

    event ReportVoted(uint64 indexed epoch, address indexed oracle, bytes32 indexed reportHash, bytes32 root);
    event RootProposed(uint64 indexed epoch, bytes32 indexed root, bytes32 reportHash, uint64 activeAt);
    event CommitteeSet(address[] members, uint256 quorum);
    event Dissented(uint64 indexed epoch, address indexed oracle, bytes32 indexed reportHash);
    event SignatureRefused(uint64 indexed epoch, address indexed oracle);

    error NotMember(address account);
    error BadCommittee(uint256 members, uint256 quorum);
    error DuplicateMember(address account);
    error NoQuorum(uint64 epoch);
    error LengthsDiffer();
    error NoVoteCounted(uint64 epoch);

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
        if (!isMember[msg.sender]) revert NotMember(msg.sender);
        // A signature given earlier must not be able to replace this vote.
        _useNonce(msg.sender);
        bytes32 ballot = _open(epoch, root, tokens, cumulative, reportHash);
        if (_cast(epoch, msg.sender, ballot, root, reportHash) >= quorum) _propose(epoch, ballot);
    }

    /// The same for several members at once by their EIP-712 signatures. A signature that is not valid
    /// (any more) is passed over and reported; at least one must count.
    function voteBySig(
        uint64 epoch,
        bytes32 root,
        address[] calldata tokens,
        uint256[] calldata cumulative,
        bytes32 reportHash,
        address[] calldata signers,
        bytes[] calldata signatures
    ) external {
        if (signers.length != signatures.length) revert LengthsDiffer();
        bytes32 ballot = _open(epoch, root, tokens, cumulative, reportHash);
        uint256 agreeing = _countSigned(_vote(epoch, root, tokens, cumulative, reportHash), ballot, signers, signatures);
        if (agreeing == 0) revert NoVoteCounted(epoch);
        if (agreeing >= quorum) _propose(epoch, ballot);
    }

    /// Makes all signatures void that the caller has given so far.
    function revokeSignatures() external {
        _useNonce(msg.sender);
    }

    /// Proposes what a quorum of the present members agrees on; anyone may.
    function propose(uint64 epoch) external {
        _requireVotable(epoch);
        uint64 round_ = _cursor.round;
        address[] memory present = _members;
        for (uint256 i = 0; i < present.length; ++i) {
            bytes32 ballot = _votes[epoch][round_][present[i]];
            if (ballot != 0 && _tally[round_][ballot] >= quorum) return _propose(epoch, ballot);
        }
        revert NoQuorum(epoch);
    }

    /// A member says that a pending root is not what it computed; for the guardian to see.
    function dissent(uint64 epoch, bytes32 reportHash) external {
        if (!isMember[msg.sender]) revert NotMember(msg.sender);
        if (_stateOf(epoch) != State.Pending) revert EpochNotPending(epoch);
        emit Dissented(epoch, msg.sender, reportHash);
    }

    /// What `member` signs for `voteBySig` in the present round, with its nonce as given.
    function voteHash(
        address member,
        uint64 epoch,
        uint256 nonce,
        bytes32 root,
        address[] calldata tokens,
        uint256[] calldata cumulative,
        bytes32 reportHash
    ) external view returns (bytes32) {
        Vote memory content = _vote(epoch, root, tokens, cumulative, reportHash);
        (content.member, content.nonce) = (member, nonce);
        return _signedHash(content, _domainSeparator());
    }

    /// Report that a member votes for in the present round, 0 if none.
    function voteOf(uint64 epoch, address member) external view returns (bytes32 reportHash) {
        uint64 round_ = _cursor.round;
        return _ballots[round_][_votes[epoch][round_][member]].reportHash;
    }

    /// How many members vote in the present round for exactly what `member` votes for; `members` tells whom to ask.
    function agreeingWith(uint64 epoch, address member) external view returns (uint256) {
        uint64 round_ = _cursor.round;
        return _tally[round_][_votes[epoch][round_][member]];
    }

    function members() external view returns (address[] memory) {
        return _members;
    }

    function _countSigned(Vote memory content, bytes32 ballot, address[] calldata signers, bytes[] calldata signatures)
        private
        returns (uint256 agreeing)
    {
        bytes32 domain = _domainSeparator();
        for (uint256 i = 0; i < signers.length; ++i) {
            address signer = signers[i];
            (content.member, content.nonce) = (signer, nonces(signer));
            if (isMember[signer] && _isSignedBy(signer, _signedHash(content, domain), signatures[i])) {
                _useNonce(signer);
                agreeing = _cast(content.epoch, signer, ballot, content.root, content.reportHash);
            } else {
                emit SignatureRefused(content.epoch, signer);
            }
        }
    }

    function _vote(
        uint64 epoch,
        bytes32 root,
        address[] calldata tokens,
        uint256[] calldata cumulative,
        bytes32 reportHash
    ) private view returns (Vote memory) {
        bytes32 tokensHash = keccak256(abi.encodePacked(tokens));
        bytes32 cumulativeHash = keccak256(abi.encodePacked(cumulative));
        return Vote(address(0), epoch, _cursor.round, 0, root, tokensHash, cumulativeHash, reportHash);
    }

    /// By its own key, also where the account has code (EIP-7702), or as the contract at the account says (EIP-1271).
    function _isSignedBy(address signer, bytes32 hash, bytes calldata signature) private view returns (bool) {
        (address recovered, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(hash, signature);
        if (failure == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return SignatureChecker.isValidERC1271SignatureNowCalldata(signer, hash, signature);
    }

    function _signedHash(Vote memory content, bytes32 domain) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, keccak256(abi.encode(VOTE_TYPEHASH, content))));
    }

    /// Of this contract on the chain that runs it, also after the chain has split.
    function _domainSeparator() private view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, address(this)));
    }

    /// Moves a member's slot to `ballot` and returns how many members agree on it.
    function _cast(uint64 epoch, address member, bytes32 ballot, bytes32 root, bytes32 reportHash)
        private
        returns (uint256)
    {
        uint64 round_ = _cursor.round;
        mapping(bytes32 => uint256) storage tally = _tally[round_];
        bytes32 before = _votes[epoch][round_][member];
        if (before == ballot) return tally[ballot];
        if (before != 0) --tally[before];
        _votes[epoch][round_][member] = ballot;
        emit ReportVoted(epoch, member, reportHash, root);
        return ++tally[ballot];
    }

    function _propose(uint64 epoch, bytes32 hash) private {
        uint64 round_ = _cursor.round;
        Ballot storage ballot = _ballots[round_][hash];
        uint64 activeAt = uint64(block.timestamp) + activationDelay;
        _proposals[epoch] = Proposal(hash, activeAt, round_);
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
