// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {BoundedCall} from "./BoundedCall.sol";
import {TokenLedger} from "./TokenLedger.sol";

/// Paying out: from any active root, old or new, what an account has not received yet.
abstract contract Claims is TokenLedger {
    using SafeERC20 for IERC20;

    /// Why an entry of a batch paid nothing.
    enum Skipped {
        No,
        AlreadyClaimed,
        WrongProof,
        NotCovered,
        TransferFailed
    }

    /// Cumulative wei that an account has received of a token.
    mapping(address account => mapping(address token => uint256)) public claimed;
    /// Where an account wants to be paid; zero: to itself.
    mapping(address account => address) public recipientOf;

    event Claimed(address indexed account, address indexed token, uint256 amount, uint256 cumulative, address to);
    event ClaimSkipped(address indexed account, address indexed token, uint256 index, Skipped reason);
    event RecipientSet(address indexed account, address to);

    error BadProof(address account, address token, uint256 cumulative);
    error AboveAccepted(address token, uint256 amount, uint256 available);
    error BadRecipient(address to);
    error BadSharedProof();
    error BatchLengthsDiffer();

    /// Sets where the caller's claims are paid; zero means to the caller itself.
    function setRecipient(address to) external {
        if (to == address(this)) revert BadRecipient(to);
        recipientOf[msg.sender] = to;
        emit RecipientSet(msg.sender, to);
    }

    /// Pays what the leaf (account, token, cumulative) of an active epoch entitles to beyond what was paid
    /// before; anyone may send it. Nothing left is no error: it pays 0.
    function claim(uint64 epoch, address account, address token_, uint256 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        returns (uint256 paid)
    {
        bytes32 root = _activeRoot(epoch);
        if (!MerkleProof.verifyCalldata(proof, root, _leaf(account, token_, cumulative))) {
            revert BadProof(account, token_, cumulative);
        }
        (Skipped reason, uint256 amount) = _book(account, token_, cumulative);
        if (reason == Skipped.AlreadyClaimed) return 0;
        if (reason != Skipped.No) {
            Ledger memory ledger = _ledgers[token_];
            revert AboveAccepted(token_, amount, ledger.limit > ledger.paid ? ledger.limit - ledger.paid : 0);
        }
        address to = _recipient(account);
        emit Claimed(account, token_, amount, cumulative, to);
        IERC20(token_).safeTransfer(to, amount);
        return amount;
    }

    /// Many claims in one call. Entries that cannot be paid are skipped and reported by event and by a zero.
    function claimMany(
        uint64 epoch,
        address[] calldata accounts,
        address[] calldata tokens,
        uint256[] calldata cumulative,
        bytes32[][] calldata proofs
    ) external nonReentrant returns (uint256[] memory paid) {
        bytes32 root = _activeRoot(epoch);
        uint256 count = accounts.length;
        if (tokens.length != count || cumulative.length != count || proofs.length != count) revert BatchLengthsDiffer();
        paid = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            bytes32 leaf = _leaf(accounts[i], tokens[i], cumulative[i]);
            if (MerkleProof.verifyCalldata(proofs[i], root, leaf)) {
                paid[i] = _payOrSkip(i, accounts[i], tokens[i], cumulative[i]);
            } else {
                emit ClaimSkipped(accounts[i], tokens[i], i, Skipped.WrongProof);
            }
        }
    }

    /// The same with one proof for all: `proof` and `flags` as OpenZeppelin's multiproof, entries in its order
    /// of leaves. Cheapest for leaves that are neighbours in the tree.
    function claimManyShared(
        uint64 epoch,
        address[] calldata accounts,
        address[] calldata tokens,
        uint256[] calldata cumulative,
        bytes32[] calldata proof,
        bool[] calldata flags
    ) external nonReentrant returns (uint256[] memory paid) {
        if (tokens.length != accounts.length || cumulative.length != accounts.length) revert BatchLengthsDiffer();
        bytes32[] memory leaves = _leaves(accounts, tokens, cumulative);
        _verifyShared(epoch, leaves, proof, flags);
        return _payAll(accounts, tokens, cumulative);
    }

    function _verifyShared(uint64 epoch, bytes32[] memory leaves, bytes32[] calldata proof, bool[] calldata flags)
        private
        view
    {
        if (!MerkleProof.multiProofVerifyCalldata(proof, flags, _activeRoot(epoch), leaves)) revert BadSharedProof();
    }

    function _leaves(address[] calldata accounts, address[] calldata tokens, uint256[] calldata cumulative)
        private
        pure
        returns (bytes32[] memory leaves)
    {
        leaves = new bytes32[](accounts.length);
        for (uint256 i = 0; i < leaves.length; ++i) leaves[i] = _leaf(accounts[i], tokens[i], cumulative[i]);
    }

    function _payAll(address[] calldata accounts, address[] calldata tokens, uint256[] calldata cumulative)
        private
        returns (uint256[] memory paid)
    {
        paid = new uint256[](accounts.length);
        for (uint256 i = 0; i < paid.length; ++i) paid[i] = _payOrSkip(i, accounts[i], tokens[i], cumulative[i]);
    }

    function _payOrSkip(uint256 index, address account, address token_, uint256 cumulative) private returns (uint256) {
        (Skipped reason, uint256 amount) = _book(account, token_, cumulative);
        if (reason == Skipped.No) {
            address to = _recipient(account);
            if (BoundedCall.transfer(token_, to, amount)) {
                emit Claimed(account, token_, amount, cumulative, to);
                return amount;
            }
            _unbook(account, token_, cumulative, amount);
            reason = Skipped.TransferFailed;
        }
        emit ClaimSkipped(account, token_, index, reason);
        return 0;
    }

    /// Enters a payment before it is made. No entry changes where the reason is not `No`.
    function _book(address account, address token_, uint256 cumulative) private returns (Skipped, uint256 amount) {
        uint256 before = claimed[account][token_];
        if (cumulative <= before) return (Skipped.AlreadyClaimed, 0);
        amount = cumulative - before;
        Ledger memory ledger = _ledgers[token_];
        // Not `paid + amount`: a wrong root may carry any cumulative.
        if (ledger.paid > ledger.limit || amount > ledger.limit - ledger.paid) return (Skipped.NotCovered, amount);
        claimed[account][token_] = cumulative;
        _ledgers[token_].paid = ledger.paid + uint128(amount);
        return (Skipped.No, amount);
    }

    function _unbook(address account, address token_, uint256 cumulative, uint256 amount) private {
        claimed[account][token_] = cumulative - amount;
        _ledgers[token_].paid -= uint128(amount);
    }

    function _activeRoot(uint64 epoch) private view returns (bytes32) {
        Cursor memory cursor = _cursor;
        if (cursor.claimsPaused) revert ClaimsArePaused();
        if (epoch < first || epoch >= cursor.oldestPending) revert EpochNotActive(epoch);
        return _roots[epoch];
    }

    function _recipient(address account) private view returns (address to) {
        to = recipientOf[account];
        if (to == address(0)) to = account;
    }

    function _leaf(address account, address token_, uint256 cumulative) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(account, token_, cumulative))));
    }
}
