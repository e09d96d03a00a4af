"""Claims on behalf of accounts, in batches, within a gas budget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from indexer.words.quantities import Address, Epoch, Hash32
from settlement.flows.claim import refusal_for, verify_active_root
from settlement.flows.sending.send import Sender
from settlement.flows.settling.trees import load_tree
from settlement.ports.artifacts import ArtifactStore
from settlement.ports.claims import ClaimsSeen
from settlement.ports.distributor import Distributor
from settlement.ports.journal import ReportJournal
from settlement.rules.columns.conversions import addresses_to_bytes, amounts_to_ints
from settlement.rules.contracts.refusals import ContractRefusal
from settlement.rules.entitlements.ledger import Leaves, rows_above
from settlement.rules.entitlements.multiproof import share_proof
from settlement.rules.entitlements.tree_layout import TreeColumns, prove_leaf
from settlement.rules.sending.worth import EVERY_CLAIM, LEAST_GAS, Worth
from settlement.words.errors import NoActiveRootError

READ_ROWS = 10_000
"""Leaves looked at at once; bounds the memory of a distribution, whatever the tree's size."""


@dataclass(frozen=True, slots=True)
class RefusedToken:
    """Claims of one token that were left out: how many, what they are owed in wei, and why the first is refused."""

    token: Address
    claims: int
    owed: int
    reason: ContractRefusal


@dataclass(frozen=True, slots=True)
class DistributionOutcome:
    """How many claims were paid in how many transactions for how much gas, and how many are left.

    `shared` of the transactions carried one proof for all of their claims. `next_gas`: what the next batch was
    estimated to cost where that was more than the budget left; 0 where the budget did not stop the distribution.
    `refused`: what was left out because the distributor would not pay it now; `unworthy` claims, of those left, are
    worth less than their gas. In a dry run: what would be paid, by estimates.
    """

    claims: int = 0
    transactions: int = 0
    shared: int = 0
    gas: int = 0
    left: int = 0
    next_gas: int = 0
    unworthy: int = 0
    refused: tuple[RefusedToken, ...] = ()


@dataclass(frozen=True, slots=True)
class _PricedBatch:
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
    dust: int = 0
    worth: Worth = EVERY_CLAIM

    def open_rows(self, seen: Leaves, progress: Callable[[str], None]) -> list[int]:
        """Return the rows of which the chain owes `dust` or more, neighbours in the tree together: they share proofs.

        `seen` was paid for certain: the chain is asked only for the rows above it.
        """
        candidates = rows_above(self.columns.leaves, seen)
        order = candidates[np.argsort(self.columns.tree.position[candidates])]
        found: list[int] = []
        for first in range(0, len(order), READ_ROWS):
            rows = order[first : first + READ_ROWS].tolist()
            found += [row for row, owed in self._owed(rows).items() if owed >= self.dust]
            if len(order) > READ_ROWS:
                progress(f"{first + len(rows):,} of {len(order):,} leaves compared with the chain, {len(found):,} open")
        return found

    def send_batches(
        self, rows: Sequence[int], size: int, gas_budget: int, progress: Callable[[str], None]
    ) -> DistributionOutcome:
        """Claim the rows, `size` at a time; stops before a batch that would pass the budget (0: there is none)."""
        outcome, refused = DistributionOutcome(left=len(rows)), list[int]()
        for first in range(0, len(rows), size):
            payable = self._payable(rows[first : first + size])
            refused += sorted({*rows[first : first + size]} - {*payable})
            wanted, batch = self._worthy_batch(payable)
            outcome = replace(outcome, unworthy=outcome.unworthy + len(payable) - len(wanted))
            if batch is None:
                continue
            if gas_budget and outcome.gas + batch.gas > gas_budget:
                outcome = replace(outcome, next_gas=batch.gas)
                break
            receipt = self.sender.send("distribute", str(self.epoch), batch.data)
            paid = len(wanted) if receipt is None else len(wanted) - len(self._unpaid(wanted))
            outcome = replace(
                outcome,
                claims=outcome.claims + paid,
                transactions=outcome.transactions + 1,
                shared=outcome.shared + batch.is_shared,
                gas=outcome.gas + (batch.gas if receipt is None else receipt.gas_used),
                left=outcome.left - paid,
            )
            progress(f"{outcome.claims} of {len(rows)} claims paid, {outcome.gas:,} gas")
        return replace(outcome, refused=self._refusals(refused))

    def _payable(self, rows: Sequence[int]) -> list[int]:
        """Return those of the rows that the distributor would pay now, were all of them sent together."""
        leaves = [prove_leaf(self.columns, row, self.root) for row in rows]
        amounts = self.distributor.fetch_payable(self.epoch, leaves, f"distribute epoch {self.epoch}")
        return [row for row, amount in zip(rows, amounts, strict=True) if amount]

    def _worthy_batch(self, rows: Sequence[int]) -> tuple[Sequence[int], _PricedBatch | None]:
        """Return the rows that are worth their part of the gas, and their batch; those that are not are left out."""
        gas_wei = self._gas_wei() if self.worth.is_asked else 0
        rows = self._worthy(rows, LEAST_GAS, gas_wei)
        while rows:
            batch = self._cheapest_batch(rows)
            worthy = self._worthy(rows, batch.gas // len(rows), gas_wei)
            if len(worthy) == len(rows):
                return rows, batch
            rows = worthy
        return rows, None

    def _worthy(self, rows: Sequence[int], gas: int, gas_wei: int) -> Sequence[int]:
        """Return the rows whose claims are worth `gas` each."""
        if not self.worth.is_asked or not rows:
            return rows
        owed, tokens = self._owed(rows), addresses_to_bytes(self.columns.leaves.token[list(rows)])
        named = zip(rows, map(Address, tokens), strict=True)
        return [row for row, token in named if self.worth.pays(token, owed.get(row, 0), gas, gas_wei)]

    def _gas_wei(self) -> int:
        """Return what a unit of gas costs now."""
        market = self.sender.wallet.fetch_market()
        return (market.base_fee_wei or 0) + market.tip_wei

    def _refusals(self, rows: Sequence[int]) -> tuple[RefusedToken, ...]:
        """Return what was left out and is still owed, by token."""
        by_token: dict[Address, list[int]] = {}
        for row, token in zip(rows, addresses_to_bytes(self.columns.leaves.token[list(rows)]), strict=True):
            by_token.setdefault(Address(token), []).append(row)
        found = []
        for token, listed in sorted(by_token.items()):
            owed = self._owed(listed)
            if owed:
                leaf = prove_leaf(self.columns, next(iter(owed)), self.root)
                reason = refusal_for(self.distributor, self.epoch, leaf)
                found.append(RefusedToken(token, len(owed), sum(owed.values()), reason))
        return tuple(found)

    def _unpaid(self, rows: Sequence[int]) -> list[int]:
        return list(self._owed(rows))

    def _owed(self, rows: Sequence[int]) -> dict[int, int]:
        """Return what the chain has not paid of each row, in wei; rows that it has paid are left out."""
        leaves = self.columns.leaves
        owners = addresses_to_bytes(leaves.account[rows]), addresses_to_bytes(leaves.token[rows])
        claimed = self.distributor.claimed_amounts([(Address(a), Address(t)) for a, t in zip(*owners, strict=True)])
        totals = amounts_to_ints(leaves.cumulative[rows])
        return {row: total - paid for row, paid, total in zip(rows, claimed, totals, strict=True) if paid < total}

    def _cheapest_batch(self, rows: Sequence[int]) -> _PricedBatch:
        """Return one proof for all or a proof for each, whichever the node estimates to cost less."""
        shared = share_proof(self.columns.tree, rows)
        leaves = [prove_leaf(self.columns, row, self.root) for row in shared.rows]
        calls = [
            (self.distributor.encode_shared_claims(self.epoch, leaves, shared), True),
            (self.distributor.encode_claims(self.epoch, leaves), False),
        ]
        wallet, subject = self.sender.wallet, str(self.epoch)
        batches = [_PricedBatch(data, kind, wallet.estimate_gas("distribute", subject, data)) for data, kind in calls]
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
    dust: int = 0,
    worth: Worth = EVERY_CLAIM,
) -> DistributionOutcome:
    """Claim for every account under the newest active root, within the gas budget; RetryLaterError before a root.

    What is owed below `dust` base units of its token, or is not worth its gas, is left for a later distribution.
    """
    sender.resolve_pending()
    active = distributor.latest_active()
    if active is None:
        raise NoActiveRootError
    epoch, root = active
    columns = load_tree(journal, artifacts, epoch)
    verify_active_root(epoch, root, columns.tree.root)
    distribution = Distribution(distributor, sender, columns, epoch, root, dust, worth)
    return distribution.send_batches(distribution.open_rows(seen.load_paid(), progress), batch, gas_budget, progress)
