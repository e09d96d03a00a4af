// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Aides} from "./Aides.sol";
import {BoundedCall} from "./BoundedCall.sol";
import {StandardTree} from "./StandardTree.sol";
import {TokenLedger} from "./TokenLedger.sol";

/// Paying out: from any active root, old or new, what an account has not received yet.
abstract contract Claims is TokenLedger, Aides {
    /// Why an entry of a batch paid nothing.
    enum Skipped {
        AlreadyClaimed,
        WrongProof,
        NotCovered,
        TransferFailed
    }

    /// Cumulative wei that an account has received of a token. In receipts of the emission token, REDIRECTED is added
    /// where the account has set a recipient: most claims then need not look for one.
    struct Receipt {
        uint256 word;
    }

    uint256 private constant REDIRECTED = 1 << 255;

    mapping(address account => mapping(address token => Receipt)) private _receipts;
    /// Where an account wants to be paid; zero: to itself.
    mapping(address account => address) public recipientOf;

    event Claimed(address indexed account, address indexed token, uint256 amount, uint256 cumulative, address to);
    event ClaimSkipped(address indexed account, address indexed token, uint256 index, Skipped reason);
    event RecipientSet(address indexed account, address to);

    error BadProof(address account, address token, uint256 cumulative);
    error AboveAccepted(address token, uint256 amount, uint256 available);
    error TransferRefused(address token, address to, uint256 amount);
    error BadRecipient(address to);
    error NotTheAccount(address caller, address account);
    error BadSharedProof();
    error BatchLengthsDiffer();

    /// Cumulative wei that an account has received of a token.
    function claimed(address account, address token_) public view returns (uint256) {
        return _receipts[account][token_].word & ~REDIRECTED;
    }

    /// Sets where the caller's claims are paid; zero means to the caller itself.
    function setRecipient(address to) external {
        _setRecipient(msg.sender, to);
    }

    /// The same for an account whose signature the relay has checked.
    function setRecipientFor(address account, address to) external {
        _onlyRelay();
        _useNonce(account);
        _setRecipient(account, to);
    }

    /// Pays what the leaf (account, token, cumulative) of an active epoch entitles to beyond what was paid
    /// before; anyone may send it. Nothing left is no error: it pays 0.
    function claim(uint64 epoch, address account, address token_, uint256 cumulative, bytes32[] calldata proof)
        external
        nonReentrant
        returns (uint256 paid)
    {
        bytes32 root = _activeRoot(epoch);
        if (StandardTree.rootOf(proof, StandardTree.leafOf(account, token_, cumulative)) != root) {
            revert BadProof(account, token_, cumulative);
        }
        (uint256 amount, address to) = _book(account, token_, cumulative);
        if (amount == 0) return _refuseUnlessClaimed(account, token_, cumulative);
        emit Claimed(account, token_, amount, cumulative, to);
        if (!BoundedCall.transfer(token_, to, amount, gasleft())) revert TransferRefused(token_, to, amount);
        return amount;
    }

    /// The same, paid to `to` this once, by the account itself; the relay stakes it for the account.
    function claimTo(uint64 epoch, address account, address token_, uint256 cumulative, bytes32[] calldata proof, address to)
        external
        nonReentrant
        returns (uint256 paid)
    {
        if (msg.sender != address(relay)) {
            if (msg.sender != account) revert NotTheAccount(msg.sender, account);
            if (to == address(0) || _isOneOfOurs(to)) revert BadRecipient(to);
        }
        if (StandardTree.rootOf(proof, StandardTree.leafOf(account, token_, cumulative)) != _activeRoot(epoch)) {
            revert BadProof(account, token_, cumulative);
        }
        (paid,) = _book(account, token_, cumulative);
        if (paid == 0) return _refuseUnlessClaimed(account, token_, cumulative);
        emit Claimed(account, token_, paid, cumulative, to);
        if (!BoundedCall.transfer(token_, to, paid, gasleft())) revert TransferRefused(token_, to, paid);
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
            (address account, address token_, uint256 sum) = (accounts[i], tokens[i], cumulative[i]);
            if (StandardTree.rootOf(proofs[i], StandardTree.leafOf(account, token_, sum)) == root) {
                paid[i] = _payOrSkip(i, account, token_, sum);
            } else {
                emit ClaimSkipped(account, token_, i, Skipped.WrongProof);
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
        uint256 count = accounts.length;
        if (tokens.length != count || cumulative.length != count) revert BatchLengthsDiffer();
        if (count == 0 || count + proof.length != flags.length + 1) revert BadSharedProof();
        bytes32[] memory nodes = new bytes32[](count + flags.length);
        for (uint256 i = 0; i < count; ++i) nodes[i] = StandardTree.leafOf(accounts[i], tokens[i], cumulative[i]);
        if (!StandardTree.leadsTo(_activeRoot(epoch), proof, flags, nodes, count)) revert BadSharedProof();
        paid = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) paid[i] = _payOrSkip(i, accounts[i], tokens[i], cumulative[i]);
    }

    /// Where tokens would stay for ever.
    function _isOneOfOurs(address to) private view returns (bool) {
        return to == address(this) || to == address(relay) || to == address(desk);
    }

    function _setRecipient(address account, address to) private {
        if (_isOneOfOurs(to)) revert BadRecipient(to);
        recipientOf[account] = to;
        Receipt storage receipt = _receipts[account][address(token)];
        receipt.word = to == address(0) ? receipt.word & ~REDIRECTED : receipt.word | REDIRECTED;
        emit RecipientSet(account, to);
    }

    function _payOrSkip(uint256 index, address account, address token_, uint256 cumulative) private returns (uint256) {
        (uint256 amount, address to) = _book(account, token_, cumulative);
        if (amount > 0) {
            if (BoundedCall.transfer(token_, to, amount, BoundedCall.TOKEN_GAS)) {
                emit Claimed(account, token_, amount, cumulative, to);
                return amount;
            }
            _unbook(account, token_, amount);
            emit ClaimSkipped(account, token_, index, Skipped.TransferFailed);
        } else {
            bool nothingLeft = cumulative <= claimed(account, token_);
            emit ClaimSkipped(account, token_, index, nothingLeft ? Skipped.AlreadyClaimed : Skipped.NotCovered);
        }
        return 0;
    }

    /// Enters a payment of `amount` to `to` before it is made. Amount 0: nothing is left or it is not covered, and nothing
    /// was entered; which of the two is asked for where it matters, so that paying costs no more than it must.
    function _book(address account, address token_, uint256 cumulative) private returns (uint256 amount, address to) {
        Receipt storage receipt = _receipts[account][token_];
        uint256 before = receipt.word;
        uint256 flag = before & REDIRECTED;
        before ^= flag;
        if (cumulative <= before) return (0, account);
        to = flag != 0 || token_ != address(token) ? _recipient(account) : account;
        Ledger storage ledger = _ledgers[token_];
        uint256 word = ledger.word;
        (uint256 limit, uint256 paid) = _limitAndPaid(word);
        unchecked {
            amount = cumulative - before;
            // Not `paid + amount`, which a wrong root could make overflow. Passing bounds `cumulative` below 2^255.
            if (paid > limit || amount > limit - paid) return (0, to);
            receipt.word = cumulative | flag;
            ledger.word = word + amount;
        }
    }

    function _refuseUnlessClaimed(address account, address token_, uint256 cumulative) private view returns (uint256) {
        uint256 before = claimed(account, token_);
        if (cumulative <= before) return 0;
        (uint256 limit, uint256 paid) = _limitAndPaid(_ledgers[token_].word);
        revert AboveAccepted(token_, cumulative - before, limit > paid ? limit - paid : 0);
    }

    function _unbook(address account, address token_, uint256 amount) private {
        _receipts[account][token_].word -= amount;
        _ledgers[token_].word -= amount;
    }

    function _activeRoot(uint64 epoch) private view returns (bytes32) {
        (uint64 until, uint64 oldestPending) = (_cursor.claimsPausedUntil, _cursor.oldestPending);
        if (block.timestamp < until) revert Paused(CLAIMS, until);
        // Epochs before `first` have the root 0, which no proof leads to.
        if (epoch >= oldestPending) revert EpochNotActive(epoch);
        return _roots[epoch];
    }

    function _recipient(address account) private view returns (address to) {
        to = recipientOf[account];
        if (to == address(0)) to = account;
    }
}
