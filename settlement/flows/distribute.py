"""Claims on behalf of accounts, in batches, within a gas budget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from indexer.words.errors import RetryLaterError
from indexer.words.quantities import Address, Epoch, Hash32
from settlement.flows.claim import load_tree, verify_active_root
from settlement.flows.send import Sender
from settlement.ports.artifacts import ArtifactStore
from settlement.ports.distributor import Distributor
from settlement.ports.journal import ReportJournal
from settlement.rules.columns import amount_at

Claim = tuple[Address, Address, int, Sequence[Hash32]]


@dataclass(frozen=True, slots=True)
class DistributionOutcome:
    """How many claims were paid in how many transactions for how much gas, and how many are left."""

    claims: int = 0
    transactions: int = 0
    gas: int = 0
    left: int = 0


def distribute_claims(
    distributor: Distributor,
    sender: Sender,
    journal: ReportJournal,
    artifacts: ArtifactStore,
    batch: int,
    gas_budget: int,
    progress: Callable[[str], None],
) -> DistributionOutcome:
    """Claim for every account under the newest active root; stops before a batch that would pass the gas budget.

    The first batch tells what one costs: a budget of 0 means no limit.
    """
    sender.resolve_pending()
    active = distributor.latest_active()
    if active is None:
        raise RetryLaterError("no root is active yet", remedy="call again after the activation delay")
    epoch, root = active
    open_claims = _open_claims(distributor, journal, artifacts, epoch, root)
    outcome = DistributionOutcome(left=len(open_claims))
    costliest = 0
    for start in range(0, len(open_claims), batch):
        if gas_budget and outcome.gas + costliest > gas_budget:
            return outcome
        claims = open_claims[start : start + batch]
        receipt = sender.send("distribute", str(epoch), distributor.encode_claims(epoch, claims))
        paid = sum(distributor.claimed(account, token) >= amount for account, token, amount, _ in claims)
        costliest = max(costliest, receipt.gas_used)
        outcome = replace(
            outcome,
            claims=outcome.claims + paid,
            transactions=outcome.transactions + 1,
            gas=outcome.gas + receipt.gas_used,
            left=outcome.left - paid,
        )
        progress(f"{outcome.claims} of {len(open_claims)} claims paid, {outcome.gas:,} gas")
    return outcome


def _open_claims(
    distributor: Distributor, journal: ReportJournal, artifacts: ArtifactStore, epoch: Epoch, root: Hash32
) -> list[Claim]:
    leaves, tree = load_tree(journal, artifacts, epoch)
    verify_active_root(epoch, root, tree.root)
    claims: list[Claim] = []
    for row in range(len(leaves)):
        account, token = Address(leaves.account[row].tobytes()), Address(leaves.token[row].tobytes())
        cumulative = amount_at(leaves.cumulative, row)
        if distributor.claimed(account, token) < cumulative:
            claims.append((account, token, cumulative, [Hash32(node) for node in tree.proof(row)]))
    return claims
