"""What an epoch's rows say, read a second time, held against the facts that the engine gave of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.rules.stored.hashed_columns import numbers_of
from indexer.words.errors import UnsoundError
from indexer.words.quantities import Epoch
from settlement.rules.columns.conversions import addresses_to_bytes, amounts_to_ints, words_from_arrow
from settlement.rules.epoch.digests import find_first_difference
from settlement.rules.epoch.stage_words import describe_row
from settlement.rules.epoch.stages import aggregate_rows
from settlement.rules.facts.aggregates import KIND_MINER, KIND_USER, Aggregates
from settlement.rules.facts.epoch_facts import EpochFacts, decode_ruleset_choice
from settlement.rules.second_reading.shards import of_shard, shard_rows
from settlement.rules.second_reading.stake_tally import StakeTally
from settlement.rules.second_reading.tallies import ProofTally, in_force
from settlement.words.records import Row, RowsByTable

AUDIT = "run `pozk index --audit`; if it finds nothing, the engine is wrong: keep the data and report it"


def compare_parameters(facts: EpochFacts, history: RowsByTable) -> None:
    """Hold what is in force, voids and corrections against what the engine found."""
    epoch = facts.epoch

    def newest(table: str) -> Row | None:
        return in_force(history[table], epoch).get(None)

    weights, emission, ruleset = newest("weights_set"), newest("emission_set"), newest("ruleset_set")
    names = ("a", "b", "c", "d", "usage_unit")
    same(
        epoch,
        "weights in force",
        None if weights is None else [int(weights[name]) for name in names],
        None if facts.weights is None else [getattr(facts.weights, name) for name in names],
    )
    same(epoch, "emission in force", 0 if emission is None else int(emission["amount"]), facts.emission)
    choice = None if ruleset is None else decode_ruleset_choice(ruleset["ruleset"], ruleset["residual"])
    same(epoch, "ruleset in force", choice, facts.choice)
    alphas = {key: row["alpha_milli"] for key, row in in_force(history["scheme_weight_set"], epoch, "scheme").items()}
    same(epoch, "weights of schemes in force", sorted(alphas.items()), sorted(facts.alphas.items()))
    voids = sorted((row["block_number"], row["log_index"]) for row in history["epoch_voided"] if row["epoch"] == epoch)
    same(epoch, "voids", voids, [(void.block_number, void.log_index) for void in facts.voids])
    corrections = _summed(history["correction_added"], epoch, lambda row: (row["account"], row["token"]))
    same(epoch, "corrections", corrections, [((c.account, c.token), c.amount) for c in facts.corrections])


def compare_deposits(facts: EpochFacts, history: RowsByTable, numbers: Mapping[str, int]) -> None:
    """Hold bonus deposits, and in the first epoch the opening balances, against what the engine found.

    `numbers` are the blocks that bound the epoch.
    """
    named = [row for row in history["bonus_deposited"] if row["block_number"] >= numbers["genesis_block"]]
    bonuses, found = (
        _summed(named, facts.epoch, lambda row: (row["app"], row["token"], row["from_account"])),
        facts.bonuses,
    )
    columns = (addresses_to_bytes(each) for each in (found.app, found.token, found.depositor))
    engine = sorted(zip(zip(*columns, strict=True), amounts_to_ints(found.amount), strict=True))
    same(facts.epoch, "bonus deposits", bonuses, engine)
    is_first = numbers["from_block"] == 0
    openings = [row for row in history["opening_added"] if is_first and row["amount"] > 0]
    said = sorted((row["token"], int(row["amount"]), row["sha256"]) for row in openings)
    same(facts.epoch, "opening balances", said, sorted((o.token, o.amount, o.sha256) for o in facts.openings))


def late_or_early(epoch: Epoch, history: RowsByTable, numbers: Mapping[str, int]) -> set[tuple[int, int]]:
    """Return block and index of the bonuses and corrections of the epoch's blocks that belong into quarantine."""
    bonuses, corrections = (
        [row for row in history[table] if row["block_number"] >= numbers["from_block"]]
        for table in ("bonus_deposited", "correction_added")
    )
    judged = [row for row in bonuses if row["block_number"] < numbers["genesis_block"]]
    judged += [row for row in bonuses if row["block_number"] >= numbers["first_block"] and row["epoch"] < epoch]
    judged += [row for row in corrections if row["epoch"] < epoch]
    return {(row["block_number"], row["log_index"]) for row in judged}


def compare_decisions(facts: EpochFacts, history: RowsByTable) -> None:
    """Hold the first decision on each log in quarantine against what the engine found."""
    first: dict[tuple[bytes, int], int] = {}
    for row in sorted(history["quarantine_decided"], key=lambda row: (row["block_number"], row["log_index"])):
        first.setdefault((row["decided_block_hash"], row["decided_log_index"]), row["decision"])
    decided = [first.get((log.block_hash, log.log_index)) for log in facts.suspects]
    same(facts.epoch, "decisions on the quarantine", decided, [log.decision for log in facts.suspects])


def compare_event_blocks(facts: EpochFacts, blocks: pa.Table | None) -> None:
    """Hold the blocks of the epoch that hold our logs against what the engine found."""
    events, what = facts.events, "blocks with our logs"
    if blocks is None:
        same(facts.epoch, what, 0, len(events.numbers))
        return
    counts, numbers = numbers_of(blocks["our_logs"]), numbers_of(blocks["number"])
    kept = np.flatnonzero(counts)
    kept = kept[np.argsort(numbers[kept], kind="stable")]
    hashes = words_from_arrow(blocks["hash"])[kept]
    is_same = len(kept) == len(events.numbers) and bool(
        (numbers[kept] == events.numbers).all()
        and (counts[kept] == events.counts).all()
        and (hashes == events.hashes).all()
    )
    if not is_same:
        same(facts.epoch, what, f"{len(kept)} with {counts.sum()} logs", f"{len(events.numbers)}, others")


def _summed(rows: Sequence[Row], epoch: int, key: Callable[[Row], Any]) -> list[tuple[Any, int]]:
    found: dict[Any, int] = defaultdict(int)
    for row in rows:
        if row["epoch"] == epoch and row["amount"] > 0:
            found[key(row)] += int(row["amount"])
    return sorted(found.items())


def compare_sums(facts: EpochFacts, proofs: ProofTally, stakes: StakeTally) -> None:
    """Hold the sums of the epoch against what the engine counted."""
    epoch = facts.epoch
    expected = sorted((app, proofs.app_cs(app), work, tasks) for app, (work, tasks) in proofs.apps().items())
    found = sorted((app.app, app.app_cs, app.work, app.tasks) for app in facts.apps)
    same(epoch, "circuits, work and tasks of the apps", expected, found)
    same(epoch, "counted proofs", sum(tasks for _, _, _, tasks in expected), facts.proofs)
    same(epoch, "stakes of all users", stakes.totals[1], facts.total_app_staking)
    same(epoch, "stakes of both roles", sum(stakes.totals), facts.total_staking)


def compare_kept(epoch: Epoch, stakes: StakeTally, kept: StakeTally) -> None:
    """Hold the stakes that are to be kept for the next epoch against those that were read."""
    what = "the stakes kept for the next epoch"
    same(epoch, f"{what}, by role", stakes.all_totals, kept.all_totals)
    same(epoch, f"{what}, as one sum", stakes.sketch, kept.sketch)


def compare_bounds(facts: EpochFacts, blocks: pa.Table, start: int, end: int) -> None:
    """Hold the first and the last block of an epoch of the time [start, end) against the blocks around it.

    `blocks` are those of the epoch and one on either side, as far as they are stored.
    """
    numbers, times = numbers_of(blocks["number"]), numbers_of(blocks["timestamp"])
    order = np.argsort(numbers, kind="stable")
    numbers, times, hashes = numbers[order], times[order], words_from_arrow(blocks["hash"])[order]
    inside = np.flatnonzero((times >= start) & (times < end))
    before = np.flatnonzero(times < start)
    last = inside if len(inside) else before
    what, named = "the last block of the epoch", facts.blocks.reference_block
    if not len(last) or not (times >= end).any():
        same(facts.epoch, what, "a block after it", "none")
    same(facts.epoch, what, (int(numbers[last[-1]]), hashes[last[-1]].tobytes()), (named.number, named.hash))
    same(facts.epoch, "whether the epoch has blocks", not len(inside), facts.blocks.is_empty)
    first = facts.blocks.first_block
    if len(inside) and first.number >= numbers[0]:  # that of the first epoch may lie below all that is stored
        same(
            facts.epoch,
            "the first block of the epoch",
            (int(numbers[inside[0]]), hashes[inside[0]].tobytes()),
            (first.number, first.hash),
        )
    same(facts.epoch, "the blocks of the epoch", int(numbers[-1] - numbers[0]) + 1, len(numbers))


def compare_genesis(epoch: Epoch, around: list[dict[str, Any]], block: int, genesis: int) -> None:
    """Hold the first block that is not before genesis against the timestamps of that block and the one before it."""
    found = {row["number"]: row["timestamp"] >= genesis for row in around}
    expected = {number: number == block for number in {*found, block}}
    same(epoch, "the first block that is not before genesis", expected, found)


@dataclass(frozen=True, slots=True)
class EngineRows:
    """What the engine aggregated: rows, at least those of the shard that is compared, and the sketches of all of miners
    and of users.
    """

    rows: Aggregates
    sketches: tuple[int, int]


def compare_aggregates(epoch: Epoch, engine_rows: EngineRows, proofs: ProofTally, stakes: StakeTally) -> None:
    """Hold the rows of the shard, and a sum over all of them, against what the engine aggregated."""
    pair = find_first_difference(
        aggregate_rows(of_shard(engine_rows.rows, proofs.shard)), aggregate_rows(shard_rows(proofs, stakes))
    )
    if pair is not None:
        engine, ours = (describe_row("aggregates", row) if row else "no row" for row in pair)
        same(epoch, "a row of the aggregates", ours, engine)
    for kind in (KIND_MINER, KIND_USER):
        what = f"the rows of {'miners' if kind == KIND_MINER else 'users'}, as one sum"
        same(epoch, what, proofs.sketches[kind - 1], engine_rows.sketches[kind - 1])


def same(epoch: Epoch, what: str, expected: object, got: object) -> None:
    """Raise UnsoundError unless both are equal."""
    if expected != got:
        raise UnsoundError(
            f"epoch {epoch}: the engine and a second reading of the files differ in {what}",
            expected=_worded(expected),
            got=_worded(got),
            remedy=AUDIT,
        )


def _worded(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 300 else f"{text[:300]}.."
