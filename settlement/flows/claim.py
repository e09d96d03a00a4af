"""Proofs of entitlements, and the claims that carry them to the chain."""

from contextlib import suppress
from dataclasses import dataclass

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.quantities import Address, Epoch, Hash32, to_hex
from settlement.flows.send import Sender
from settlement.flows.settle import verify_root
from settlement.ports.artifacts import ArtifactStore
from settlement.ports.distributor import Distributor
from settlement.ports.journal import ReportJournal
from settlement.rules import tree_layout
from settlement.rules.tree_growth import tree_of
from settlement.rules.tree_layout import LeafProof, TreeColumns
from settlement.words.records import TransactionReceipt


@dataclass(frozen=True, slots=True)
class AccountProofs:
    """What an account is owed after an epoch, a verified proof for each token, and the root they lead to."""

    epoch: Epoch
    root: Hash32
    proofs: tuple[LeafProof, ...]


@dataclass(frozen=True, slots=True)
class ClaimOutcome:
    """What a claim paid, by token, in wei."""

    epoch: Epoch
    paid: tuple[tuple[Address, int], ...]
    receipt: TransactionReceipt | None


def prove_account(journal: ReportJournal, artifacts: ArtifactStore, account: Address, epoch: Epoch) -> AccountProofs:
    """Return the proofs of an account after a settled epoch; UnsoundError if they do not lead to its root."""
    columns = load_tree(journal, artifacts, epoch)
    root = Hash32(columns.tree.root)
    return AccountProofs(epoch, root, tuple(tree_layout.prove_account(columns, account, root)))


def load_tree(journal: ReportJournal, artifacts: ArtifactStore, epoch: Epoch) -> TreeColumns:
    """Return the stored tree of a settled epoch, which is built of its leaves and stored where it is not kept.

    Where it cannot be stored, it is built each time. UnsoundError unless it has the root of the report.
    """
    report = journal.load_report(epoch)
    if report is None:
        raise InputError(f"epoch {epoch} is not settled", remedy="run `pozk settle`")
    columns = artifacts.load_tree(epoch)
    if columns is None:
        leaves = artifacts.load_epoch(epoch).load_leaves()
        columns = TreeColumns(leaves, tree_of(leaves))
        verify_root(report, columns.tree.root)
        with suppress(RetryLaterError):  # it only saves time; who may only read cannot
            artifacts.save_tree(epoch, columns)
    verify_root(report, columns.tree.root)
    return columns


def verify_active_root(epoch: Epoch, active: Hash32, settled: bytes) -> None:
    """Raise UnsoundError unless the root that is active on chain is the one settled here."""
    if settled != active:
        raise UnsoundError(
            f"the active root of epoch {epoch} is not the one settled here",
            expected=to_hex(active),
            got=to_hex(settled),
            remedy=f"run `pozk verify --epoch {epoch}`",
        )


def claim_account(
    distributor: Distributor, sender: Sender, journal: ReportJournal, artifacts: ArtifactStore, account: Address
) -> ClaimOutcome | None:
    """Claim all that an account is owed under the newest active root; None if nothing is left to claim.

    RetryLaterError while no root is active, claims are paused, or a token is not paid: what the treasury has not funded
    yet, or the token refuses, waits alone.
    """
    sender.resolve_pending()
    active = distributor.latest_active()
    if active is None:
        last = journal.last_epoch()
        if last is None or not prove_account(journal, artifacts, account, last).proofs:
            return None
        raise RetryLaterError("no root is active yet", remedy="call again after the activation delay")
    epoch, root = active
    owed = prove_account(journal, artifacts, account, epoch)
    verify_active_root(epoch, root, owed.root)
    due = _unpaid(distributor, owed.proofs)
    open_proofs = [proof for proof, amount in zip(owed.proofs, due, strict=True) if amount > 0]
    if not open_proofs:
        return None
    receipt = sender.send("claim", to_hex(account), distributor.encode_claims(epoch, open_proofs))
    rest = dict(zip(owed.proofs, _unpaid(distributor, owed.proofs), strict=True))
    paid = [(proof.token, amount - rest[proof]) for proof, amount in zip(owed.proofs, due, strict=True) if amount > 0]
    for token, amount in paid:
        if amount == 0:
            raise RetryLaterError(
                f"token {to_hex(token)} was not paid out",
                expected="more than 0 wei",
                got="0 wei",
                where=f"claim of {to_hex(account)}",
                remedy="the treasury is short of it, or it refuses the transfer: call again later",
            )
    return ClaimOutcome(epoch, tuple(paid), receipt)


def _unpaid(distributor: Distributor, proofs: tuple[LeafProof, ...]) -> list[int]:
    claimed = distributor.claimed_amounts([(proof.account, proof.token) for proof in proofs])
    return [proof.cumulative - amount for proof, amount in zip(proofs, claimed, strict=True)]
