"""An epoch settled part by part: what its parts are told, and the report by what they tell."""

from collections.abc import Sequence

import numpy as np

from indexer.words.quantities import Address
from settlement.rules.allocation.amounts import Allocation, BonusRows
from settlement.rules.columns.conversions import no_amounts
from settlement.rules.entitlements.ledger import Credits
from settlement.rules.epoch.causes import verify_amount
from settlement.rules.epoch.deposits import Deposits, deposit_rows
from settlement.rules.epoch.digests import StageDigest, digest_events, digest_joined, digest_rows
from settlement.rules.epoch.part_stages import PartDigests, join_digests, join_sums
from settlement.rules.epoch.report import Totals
from settlement.rules.epoch.stages import AmountRows, further_amounts, merge_amounts
from settlement.rules.facts.aggregates import Aggregates
from settlement.rules.facts.epoch_facts import Correction, EpochFacts


def split_aggregates(rows: Aggregates) -> dict[int, Aggregates]:
    """Return rows of apps and pools by the part that each is of, without parts that have none."""
    first = rows.app[:, 0]
    return {part: _aggregates_at(rows, first == part) for part in np.unique(first).tolist()}


def split_further(returned: BonusRows, corrections: tuple[Correction, ...], opening: Credits) -> dict[int, AmountRows]:
    """Return what is paid beside emission and bonuses by the part of the account, without parts that have none."""
    rows = merge_amounts(further_amounts(returned, corrections, opening))
    first = rows.account[:, 0]
    return {part: _amounts_at(rows, first == part) for part in np.unique(first).tolist()}


def allocation_of_sums(pool: int, distributed: int, floors: int, returned: BonusRows) -> Allocation:
    """Return what is said of the amounts of an epoch, without those of its rows; of bonuses what went back."""
    return Allocation(
        no_amounts(), np.zeros(0, dtype=np.bool_), returned, distributed, pool - distributed, floors, spare=None
    )


def stages_of_parts(facts: EpochFacts, deposits: Deposits, parts: Sequence[PartDigests]) -> dict[str, StageDigest]:
    """Return the digests of all stages, in the order of the report's."""
    events = digest_events(facts.events.numbers, facts.events.hashes, facts.events.counts)
    of_parts = {stage: join_digests(parts, stage) for stage in ("aggregates", "amounts", "leaves")}
    return {
        "events": events,
        "aggregates": of_parts["aggregates"],
        "deposits": digest_rows(deposit_rows(deposits)),
        "amounts": of_parts["amounts"],
        "leaves": of_parts["leaves"],
    }


def totals_of_parts(parts: Sequence[PartDigests]) -> Totals:
    """Return (token, amount, cumulative) of every token that is owed, ascending; UnsoundError above the limit."""
    paid, owed = join_sums([part.paid for part in parts]), join_sums([part.owed for part in parts])
    return [
        (Address(token), paid.get(token, 0), verify_amount(owed[token], "the cumulative total of a token"))
        for token in sorted(owed)
    ]


def prior_digest(parts: Sequence[PartDigests]) -> bytes:
    """Return the digest of the stage of what was owed before, as the parts found it."""
    return digest_joined([part.prior for part in parts], 0).sha256


def _aggregates_at(rows: Aggregates, chosen: np.ndarray) -> Aggregates:
    return Aggregates(rows.kind[chosen], rows.app[chosen], rows.account[chosen], rows.x[chosen], rows.stake[chosen])


def _amounts_at(rows: AmountRows, chosen: np.ndarray) -> AmountRows:
    return AmountRows(
        rows.token[chosen], rows.account[chosen], rows.app[chosen], rows.role[chosen], rows.amount[chosen]
    )
