"""Proofs of entitlements, and the claims that carry them to the chain."""

from dataclasses import dataclass

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.quantities import Address, Epoch, Hash32, to_hex
from settlement.flows.send import Sender
from settlement.ports.artifacts import ArtifactStore
from settlement.ports.distributor import Distributor
from settlement.ports.journal import ReportJournal
from settlement.rules.columns import amount_at, words_from_amounts
from settlement.rules.ledger import Leaves
from settlement.rules.merkle import Tree, build_tree
from settlement.rules.ordering import rows_equal
from settlement.words.records import TransactionReceipt


@dataclass(frozen=True, slots=True)
class EntitlementProof:
    """What an account is owed in a token after an epoch, in wei, and the siblings that prove it against the root."""

    account: Address
    token: Address
    cumulative: int
    proof: tuple[Hash32, ...]
    root: Hash32
    epoch: Epoch


@dataclass(frozen=True, slots=True)
class ClaimOutcome:
    """What a claim paid, by token, in wei."""

    epoch: Epoch
    paid: tuple[tuple[Address, int], ...]
    receipt: TransactionReceipt | None


def prove_account(
    journal: ReportJournal, artifacts: ArtifactStore, account: Address, epoch: Epoch
) -> list[EntitlementProof]:
    """Return a proof for each token that an account is entitled to after an epoch; UnsoundError on another root."""
    leaves, tree = load_tree(journal, artifacts, epoch)
    return [
        EntitlementProof(
            account,
            Address(leaves.token[row].tobytes()),
            amount_at(leaves.cumulative, row),
            _path(tree, row),
            Hash32(tree.root),
            epoch,
        )
        for row in rows_equal(leaves.account, account)
    ]


def load_tree(journal: ReportJournal, artifacts: ArtifactStore, epoch: Epoch) -> tuple[Leaves, Tree]:
    """Return the leaves of a settled epoch and their tree; UnsoundError unless it has the root of the report."""
    report = journal.load_report(epoch)
    if report is None:
        raise InputError(f"epoch {epoch} is not settled", remedy="run `pozk settle`")
    leaves = artifacts.load_epoch(epoch).load_leaves()
    tree = build_tree(leaves.account, leaves.token, words_from_amounts(leaves.cumulative))
    if tree.root != report.root:
        raise UnsoundError(
            f"the stored leaves of epoch {epoch} do not give its root",
            expected=to_hex(report.root),
            got=to_hex(tree.root),
            remedy=f"run `pozk settle --epoch {epoch}` to write them again",
        )
    return leaves, tree


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
    """Claim all that an account is owed under the newest active root; None if nothing is left to claim."""
    sender.resolve_pending()
    active = distributor.latest_active()
    if active is None:
        last = journal.last_epoch()
        if last is None or not prove_account(journal, artifacts, account, last):
            return None
        raise RetryLaterError("no root is active yet", remedy="call again after the activation delay")
    epoch, root = active
    proofs = prove_account(journal, artifacts, account, epoch)
    if proofs:
        verify_active_root(epoch, root, proofs[0].root)
    due = {proof: proof.cumulative - distributor.claimed(account, proof.token) for proof in proofs}
    open_proofs = [proof for proof, amount in due.items() if amount > 0]
    if not open_proofs:
        return None
    claims = [(proof.account, proof.token, proof.cumulative, proof.proof) for proof in open_proofs]
    receipt = sender.send("claim", to_hex(account), distributor.encode_claims(epoch, claims))
    left = [proof.cumulative - distributor.claimed(account, proof.token) for proof in open_proofs]
    paid = tuple((proof.token, due[proof] - rest) for proof, rest in zip(open_proofs, left, strict=True))
    return ClaimOutcome(epoch, paid, receipt)


def _path(tree: Tree, row: int) -> tuple[Hash32, ...]:
    return tuple(Hash32(node) for node in tree.proof(row))
