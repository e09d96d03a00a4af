"""Proofs of entitlements, and the claims that carry them to the chain."""

from dataclasses import dataclass

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Address, Epoch, Hash32, to_hex
from settlement.flows.sending.send import Sender
from settlement.flows.settling.trees import load_tree
from settlement.ports.artifacts import ArtifactStore
from settlement.ports.distributor import Distributor
from settlement.ports.journal import ReportJournal
from settlement.rules.contracts.refusals import ContractRefusal
from settlement.rules.entitlements import tree_layout
from settlement.rules.entitlements.tree_layout import LeafProof
from settlement.words.errors import NoActiveRootError
from settlement.words.records import TransactionReceipt


@dataclass(frozen=True, slots=True)
class AccountProofs:
    """What an account is owed after an epoch, a verified proof for each token, and the root they lead to."""

    epoch: Epoch
    root: Hash32
    proofs: tuple[LeafProof, ...]


@dataclass(frozen=True, slots=True)
class RefusedClaim:
    """A claim that was left out because the distributor would refuse it now: what is owed, in wei, and why."""

    account: Address
    token: Address
    owed: int
    reason: ContractRefusal


@dataclass(frozen=True, slots=True)
class ClaimOutcome:
    """What a claim paid, by token, in wei, and what was left out. Without a receipt nothing was sent: in a dry run
    `paid` is what it would pay.
    """

    epoch: Epoch
    paid: tuple[tuple[Address, int], ...]
    refused: tuple[RefusedClaim, ...]
    receipt: TransactionReceipt | None


def prove_account(journal: ReportJournal, artifacts: ArtifactStore, account: Address, epoch: Epoch) -> AccountProofs:
    """Return the proofs of an account after a settled epoch; UnsoundError if they do not lead to its root."""
    columns = load_tree(journal, artifacts, epoch)
    root = Hash32(columns.tree.root)
    return AccountProofs(epoch, root, tuple(tree_layout.prove_account(columns, account, root)))


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

    What the distributor would refuse now (not funded yet, or the token refuses) is left out, with the reason.
    RetryLaterError while no root is active or claims are paused.
    """
    sender.resolve_pending()
    active = distributor.latest_active()
    if active is None:
        last = journal.last_epoch()
        if last is None or not prove_account(journal, artifacts, account, last).proofs:
            return None
        raise NoActiveRootError
    epoch, root = active
    owed = prove_account(journal, artifacts, account, epoch)
    verify_active_root(epoch, root, owed.root)
    due = [
        (proof, amount) for proof, amount in zip(owed.proofs, _unpaid(distributor, owed.proofs), strict=True) if amount
    ]
    if not due:
        return None
    told = ", ".join(f"{amount} of {to_hex(proof.token)}" for proof, amount in due)
    payable = distributor.fetch_payable(epoch, [proof for proof, _ in due], f"claim of {to_hex(account)}, owed {told}")
    sendable = tuple(proof for (proof, _), amount in zip(due, payable, strict=True) if amount)
    receipt = None
    if sendable:
        receipt = sender.send("claim", to_hex(account), distributor.encode_claims(epoch, list(sendable)))
        if receipt is None:
            would = tuple((proof.token, paid) for (proof, _), paid in zip(due, payable, strict=True) if paid)
            return ClaimOutcome(epoch, would, (), None)
    rest = _unpaid(distributor, tuple(proof for proof, _ in due))
    paid = tuple((proof.token, owed - left) for (proof, owed), left in zip(due, rest, strict=True) if owed > left)
    refused = tuple(
        RefusedClaim(account, proof.token, left, refusal_for(distributor, epoch, proof))
        for (proof, _), left in zip(due, rest, strict=True)
        if left
    )
    return ClaimOutcome(epoch, paid, refused, receipt)


def refusal_for(distributor: Distributor, epoch: Epoch, proof: LeafProof) -> ContractRefusal:
    """Return why a claim is refused; where it no longer is, that it may be sent again."""
    return distributor.fetch_refusal(epoch, proof) or ContractRefusal("nothing any more: call again", passes=True)


def _unpaid(distributor: Distributor, proofs: tuple[LeafProof, ...]) -> list[int]:
    claimed = distributor.claimed_amounts([(proof.account, proof.token) for proof in proofs])
    return [max(0, proof.cumulative - amount) for proof, amount in zip(proofs, claimed, strict=True)]
