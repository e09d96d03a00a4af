"""Claims on behalf of accounts, in batches, within a gas budget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from indexer.words.errors import RetryLaterError
from indexer.words.quantities import Address, Epoch, Hash32
from settlement.flows.claim import load_tree, verify_active_root
from settlement.flows.send import Sender
from settlement.ports.artifacts import ArtifactStore
from settlement.ports.claims import ClaimsSeen
from settlement.ports.distributor import Distributor
from settlement.ports.journal import ReportJournal
from settlement.rules.columns import addresses_to_bytes, amounts_to_ints
from settlement.rules.ledger import Leaves, rows_above
from settlement.rules.multiproof import share_proof
from settlement.rules.tree_layout import TreeColumns, prove_leaf

READ_ROWS = 10_000
"""Leaves looked at at once; bounds the memory of a distribution, whatever the tree's size."""


@dataclass(frozen=True, slots=True)
class DistributionOutcome:
    """How many claims were paid in how many transactions for how much gas, and how many are left.

    `shared` of the transactions carried one proof for all of their claims. `next_gas`: what the next batch was
    estimated to cost where that was more than the budget left; 0 where the budget did not stop the distribution.
    """

    claims: int = 0
    transactions: int = 0
    shared: int = 0
    gas: int = 0
    left: int = 0
    next_gas: int = 0


@dataclass(frozen=True, slots=True)
class _Batch:
    """A call that claims many leaves, its kind and what the node estimates for it."""

    data: bytes
    is_shared: bool
    gas: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """What distributing needs, for the newest active epoch: its tree, the contract, and who sends."""

    distributor: Distributor
    sender: Sender
    columns: TreeColumns
    epoch: Epoch
    root: Hash32

    def open_rows(self, seen: Leaves, progress: Callable[[str], None]) -> list[int]:
        """Return the rows that the chain has not paid in full, neighbours in the tree together: they share proofs.

        `seen` was paid for certain: the chain is asked only for the rows above it.
        """
        candidates = rows_above(self.columns.leaves, seen)
        order = candidates[np.argsort(self.columns.tree.position[candidates])]
        found: list[int] = []
        for first in range(0, len(order), READ_ROWS):
            rows = order[first : first + READ_ROWS].tolist()
            found += self._unpaid(rows)
            if len(order) > READ_ROWS:
                progress(f"{first + len(rows):,} of {len(order):,} leaves compared with the chain, {len(found):,} open")
        return found

    def send_batches(
        self, rows: Sequence[int], size: int, gas_budget: int, progress: Callable[[str], None]
    ) -> DistributionOutcome:
        """Claim the rows, `size` at a time; stops before a batch that would pass the budget (0: there is none)."""
        outcome = DistributionOutcome(left=len(rows))
        for first in range(0, len(rows), size):
            wanted = rows[first : first + size]
            batch = self._cheapest_batch(wanted)
            if gas_budget and outcome.gas + batch.gas > gas_budget:
                return replace(outcome, next_gas=batch.gas)
            receipt = self.sender.send("distribute", str(self.epoch), batch.data)
            paid = len(wanted) - len(self._unpaid(wanted))
            outcome = replace(
                outcome,
                claims=outcome.claims + paid,
                transactions=outcome.transactions + 1,
                shared=outcome.shared + batch.is_shared,
                gas=outcome.gas + receipt.gas_used,
                left=outcome.left - paid,
            )
            progress(f"{outcome.claims} of {len(rows)} claims paid, {outcome.gas:,} gas")
        return outcome

    def _unpaid(self, rows: Sequence[int]) -> list[int]:
        leaves = self.columns.leaves
        owners = addresses_to_bytes(leaves.account[rows]), addresses_to_bytes(leaves.token[rows])
        claimed = self.distributor.claimed_amounts([(Address(a), Address(t)) for a, t in zip(*owners, strict=True)])
        owed = amounts_to_ints(leaves.cumulative[rows])
        return [row for row, paid, total in zip(rows, claimed, owed, strict=True) if paid < total]

    def _cheapest_batch(self, rows: Sequence[int]) -> _Batch:
        """Return one proof for all or a proof for each, whichever the node estimates to cost less."""
        shared = share_proof(self.columns.tree, rows)
        leaves = [prove_leaf(self.columns, row, self.root) for row in shared.rows]
        calls = [
            (self.distributor.encode_shared_claims(self.epoch, leaves, shared), True),
            (self.distributor.encode_claims(self.epoch, leaves), False),
        ]
        wallet, subject = self.sender.wallet, str(self.epoch)
        batches = [_Batch(data, kind, wallet.estimate_gas("distribute", subject, data)) for data, kind in calls]
        return min(batches, key=lambda batch: batch.gas)


def distribute_claims(
    distributor: Distributor,
    sender: Sender,
    journal: ReportJournal,
    artifacts: ArtifactStore,
    seen: ClaimsSeen,
    batch: int,
    gas_budget: int,
    progress: Callable[[str], None],
) -> DistributionOutcome:
    """Claim for every account under the newest active root, within the gas budget; RetryLaterError before a root."""
    sender.resolve_pending()
    active = distributor.latest_active()
    if active is None:
        raise RetryLaterError("no root is active yet", remedy="call again after the activation delay")
    epoch, root = active
    columns = load_tree(journal, artifacts, epoch)
    verify_active_root(epoch, root, columns.tree.root)
    distribution = Distribution(distributor, sender, columns, epoch, root)
    return distribution.send_batches(distribution.open_rows(seen.load_paid(), progress), batch, gas_budget, progress)
