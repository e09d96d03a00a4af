"""What one part of a settled epoch comes to: the rows of its stages, their digests and sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.words.quantities import Address
from settlement.rules.allocation.amount_plan import AmountPlan, PartAmounts
from settlement.rules.columns.conversions import Amounts, addresses_from_bytes, sum_amounts
from settlement.rules.columns.ordering import distinct_rows, is_row
from settlement.rules.entitlements.ledger import Credits, Leaves, merge_entitlements
from settlement.rules.epoch.digests import StageDigest, digest_group, digest_joined
from settlement.rules.epoch.stages import (
    AmountRows,
    aggregate_rows,
    amount_rows,
    emission_amounts,
    leaf_rows,
    merge_amounts,
)
from settlement.rules.facts.aggregates import KIND_MINER, Aggregates

PARTS = 256
"""A part holds the accounts that begin with one byte: a shard of the stages' digests."""

Sums = Mapping[bytes, int]
"""By token, in wei."""


@dataclass(frozen=True, slots=True)
class PartRows:
    """The rows of a settled part: what it pays, and what its accounts are owed."""

    amounts: AmountRows
    leaves: Leaves


@dataclass(frozen=True, slots=True)
class PartDigests:
    """What is told of a settled part. digests, counts by stage; paid and owed: sums by token.

    `prior` is the digest of what its accounts were owed before, as its shard of that epoch's stage.
    """

    digests: Mapping[str, bytes]
    counts: Mapping[str, int]
    paid: Sums
    owed: Sums
    prior: bytes


def settle_part(
    plan: AmountPlan, token: Address, rows: Aggregates, amounts: PartAmounts, further: AmountRows, prior: Leaves
) -> PartRows:
    """Return what a part pays and owes. `amounts` are those of `rows` with their spare wei; `further`: what the chain
    or the depositors get its accounts beside these. UnsoundError above the limit.
    """
    paid = merge_amounts([emission_amounts(rows, amounts.floors, token), _bonus_rows(plan, rows, amounts), further])
    return PartRows(paid, merge_entitlements(prior, Credits(paid.token, paid.account, paid.amount)))


def digest_part(rows: Aggregates, apps: Aggregates, settled: PartRows, prior: Leaves) -> PartDigests:
    """Return digests, counts and sums; `apps` are the aggregates of apps and pools that begin with the part's byte."""
    stages = {
        "aggregates": aggregate_rows(rows, apps),
        "amounts": amount_rows(settled.amounts),
        "leaves": leaf_rows(settled.leaves),
    }
    return PartDigests(
        digests={name: digest_group(stage) for name, stage in stages.items()},
        counts={name: len(stage.rows) for name, stage in stages.items()},
        paid=_sums(settled.amounts.token, settled.amounts.amount),
        owed=_sums(settled.leaves.token, settled.leaves.cumulative),
        prior=digest_group(leaf_rows(prior)),
    )


def join_digests(parts: Sequence[PartDigests], stage: str) -> StageDigest:
    """Return the digest of a stage by those of its 256 parts."""
    return digest_joined([part.digests[stage] for part in parts], sum(part.counts[stage] for part in parts))


def join_sums(sums: Sequence[Sums]) -> dict[bytes, int]:
    """Return the sums of all parts."""
    found: dict[bytes, int] = {}
    for part in sums:
        for token, amount in part.items():
            found[token] = found.get(token, 0) + amount
    return found


def _bonus_rows(plan: AmountPlan, rows: Aggregates, amounts: PartAmounts) -> AmountRows:
    tokens = addresses_from_bytes([pool.token for pool, _ in plan.paid])
    paid = amounts.bonus.any(axis=1)
    pool, row = amounts.pool[paid], amounts.row[paid]
    roles = (rows.kind[row] - KIND_MINER).astype(np.uint8)
    return AmountRows(tokens[pool], rows.account[row], rows.app[row], roles, amounts.bonus[paid])


def _sums(tokens: np.ndarray, amounts: Amounts) -> dict[bytes, int]:
    return {token: sum_amounts(amounts[is_row(tokens, token)]) for token in distinct_rows(tokens)}
