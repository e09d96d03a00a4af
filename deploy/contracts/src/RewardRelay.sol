// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {isSignedBy} from "./Signatures.sol";
import {Staking} from "./Staking.sol";
import {IRewards} from "./distributor/IRewards.sol";

/// What accounts and members may do at a distributor by signature, and claims that are staked at once. A distributor makes
/// its own relay and trusts no other: it has no owner and no state, and holds tokens only within one call. Signatures are
/// EIP-712 in the distributor's domain and carry its nonces, which `revokeSignatures` there makes void.
contract RewardRelay {
    using SafeERC20 for IERC20;

    bytes32 public constant VOTE_TYPEHASH = keccak256(
        "Vote(address member,uint64 epoch,uint64 round,uint256 nonce,bytes32 root,address[] tokens,uint256[] cumulative,bytes32 reportHash)"
    );
    bytes32 public constant RECIPIENT_TYPEHASH =
        keccak256("SetRecipient(address account,address to,uint256 nonce,uint256 deadline)");

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME_HASH = keccak256("PoZK Reward Distributor");
    bytes32 private constant VERSION_HASH = keccak256("1");

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

    IRewards public immutable distributor;
    /// The emission token, which is staked.
    IERC20 public immutable token;
    Staking public immutable staking;

    event SignatureRefused(uint64 indexed epoch, address indexed oracle);

    error LengthsDiffer();
    error NoVoteCounted(uint64 epoch);
    error SignatureExpired(uint256 deadline);
    error NotSignedBy(address account);
    error OtherStakedToken(address token);

    constructor(IRewards distributor_, IERC20 token_, Staking staking_) {
        if (address(staking_.token()) != address(token_)) revert OtherStakedToken(address(staking_.token()));
        (distributor, token, staking) = (distributor_, token_, staking_);
        token_.forceApprove(address(staking_), type(uint256).max);
    }

    /// Votes for several members at once by their EIP-712 signatures. A signature that is not valid (any more) is passed
    /// over and reported, as is a member's second one; at least one must count.
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
        address[] memory counted = _signed(_vote(epoch, root, tokens, cumulative, reportHash), signers, signatures);
        if (counted.length == 0) revert NoVoteCounted(epoch);
        distributor.countSigned(epoch, root, tokens, cumulative, reportHash, counted);
    }

    /// Sets where an account's claims are paid (zero: to itself), by its signature up to `deadline`; anyone may send it.
    function setRecipientBySig(address account, address to, uint256 deadline, bytes calldata signature) external {
        if (block.timestamp > deadline) revert SignatureExpired(deadline);
        bytes32 hash = recipientHash(account, to, distributor.nonces(account), deadline);
        if (!isSignedBy(account, hash, signature)) revert NotSignedBy(account);
        distributor.setRecipientFor(account, to);
    }

    /// Claims what the caller is owed in the emission token, wherever its claims are paid else, and stakes all of it for
    /// the caller. Nothing left is no error: nothing is staked.
    function claimAndStake(uint64 epoch, uint256 cumulative, bytes32[] calldata proof, address app, uint8 role)
        external
        returns (uint256 paid)
    {
        paid = distributor.claimTo(epoch, msg.sender, address(token), cumulative, proof, address(this));
        if (paid > 0) staking.stakeFor(app, role, msg.sender, paid);
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
        return _voteHash(content, _domainSeparator());
    }

    /// What `account` signs for `setRecipientBySig`, with its nonce at the distributor as given.
    function recipientHash(address account, address to, uint256 nonce, uint256 deadline) public view returns (bytes32) {
        bytes32 content = keccak256(abi.encode(RECIPIENT_TYPEHASH, account, to, nonce, deadline));
        return keccak256(abi.encodePacked(hex"1901", _domainSeparator(), content));
    }

    /// The members among `signers` whose signature is good, each once.
    function _signed(Vote memory content, address[] calldata signers, bytes[] calldata signatures)
        private
        returns (address[] memory counted)
    {
        bytes32 domain = _domainSeparator();
        counted = new address[](signers.length);
        uint256 count = 0;
        for (uint256 i = 0; i < signers.length; ++i) {
            address signer = signers[i];
            (content.member, content.nonce) = (signer, distributor.nonces(signer));
            bool counts = distributor.isMember(signer) && !_isAmong(signer, counted, count)
                && isSignedBy(signer, _voteHash(content, domain), signatures[i]);
            if (counts) counted[count++] = signer;
            else emit SignatureRefused(content.epoch, signer);
        }
        assembly ("memory-safe") {
            mstore(counted, count) // shortens the list to what was filled
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
        return Vote(address(0), epoch, distributor.round(epoch), 0, root, tokensHash, cumulativeHash, reportHash);
    }

    /// Of the distributor on the chain that runs it, also after the chain has split.
    function _domainSeparator() private view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, address(distributor)));
    }

    function _voteHash(Vote memory content, bytes32 domain) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, keccak256(abi.encode(VOTE_TYPEHASH, content))));
    }

    function _isAmong(address signer, address[] memory counted, uint256 count) private pure returns (bool) {
        for (uint256 i = 0; i < count; ++i) if (counted[i] == signer) return true;
        return false;
    }
}
