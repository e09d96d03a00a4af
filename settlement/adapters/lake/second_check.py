"""The engine checked: an epoch's rows are read again without it, held against the ledger and what the engine said."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from indexer.rules.protocols.protocol import ClockEpochs
from indexer.words.blocks import BlockRef
from indexer.words.quantities import Epoch
from settlement.adapters.lake.lake_snapshot import LakeSnapshot
from settlement.adapters.lake.verified_rows import VerifiedRows
from settlement.ports.engine import Params
from settlement.ports.parts import EpochParts
from settlement.rules.facts.aggregates import KIND_MINER, KIND_USER, join_aggregates
from settlement.rules.facts.epoch_facts import EpochFacts
from settlement.rules.facts.epochs import EpochClock
from settlement.rules.second_reading.comparison import (
    EngineRows,
    compare_aggregates,
    compare_bounds,
    compare_decisions,
    compare_deposits,
    compare_event_blocks,
    compare_genesis,
    compare_parameters,
    compare_sums,
    late_or_early,
    same,
)
from settlement.rules.second_reading.shards import sketch_aggregates
from settlement.rules.second_reading.stake_tally import NO_SHARD, StakeTally, tally_kept
from settlement.rules.second_reading.tallies import ProofTally, approvals_in_force, in_force
from settlement.words.records import RowsByTable


class SecondCheck:
    """Checks one epoch after another; `all_shards` compares every row instead of one shard of 256."""

    def __init__(self, steps: LakeSnapshot, clock: EpochClock, *, all_shards: bool = False) -> None:
        self._lake, self._tallies, self._clock, self._all_shards = steps.lake, steps.tallies, clock, all_shards

    def is_base(self, base: pa.Table, since: BlockRef) -> bool:
        """Return whether kept stakes add up to what the ledger says of all changes up to a block, in both roles."""
        stored = VerifiedRows(self._lake, self._tallies, since.number, f"block {since.number}")
        rest = StakeTally(0, NO_SHARD)
        before = stored.count_up_to("stake_changed", since.number, rest)
        names = [f"delta of role {role}" for role in range(len(rest.all_totals))]
        known = [before.get(name, 0) - before.get(f"{name} taken", 0) for name in names]
        expected = [one + more for one, more in zip(known, rest.all_totals, strict=True)]
        return tally_kept(Epoch(0), base).all_totals == expected

    def check(
        self, facts: EpochFacts, params: Params, base: pa.Table | None, parts: EpochParts | None = None
    ) -> StakeTally:
        """Raise UnsoundError where the files are not what was committed, or the engine read something else.

        `base` are the kept stakes that the facts began with, `parts` the rows that they leave in parts. RetryLaterError
        where the ledger knows nothing of the files. Called inside the transaction that the facts were read in. Returns
        what the stakes are.
        """
        stored = VerifiedRows(self._lake, self._tallies, int(params["reference_block"]), f"epoch {facts.epoch}")
        numbers = {name: int(value) for name, value in params.items() if isinstance(value, int)}
        history = self._load_history(stored, numbers)
        proofs = self._tally_proofs(facts, stored, history, numbers)
        stakes = StakeTally(facts.epoch, proofs.shard)
        if base is not None:
            stakes.add(base)
        stored.count("stake_changed", numbers["stakes_from"], numbers["reference_block"], stakes)
        compare_parameters(facts, history)
        compare_deposits(facts, history, numbers)
        compare_decisions(facts, history)
        judged = proofs.suspects | late_or_early(facts.epoch, history, numbers)
        self._compare_events(facts, stored, numbers, judged)
        compare_sums(facts, proofs, stakes)
        if len(facts.aggregates):
            compare_aggregates(facts.epoch, _engine_rows(facts, proofs.shard, parts), proofs, stakes)
        return stakes

    def _load_history(self, stored: VerifiedRows, numbers: Mapping[str, int]) -> RowsByTable:
        """Return the rows of the tables of few rows, as far as the epoch reads them."""
        protocol = self._lake.protocol
        ends = dict.fromkeys(protocol.history, numbers["reference_block"])
        ends |= dict.fromkeys(protocol.history_to_the_head, numbers["finalized"])
        return {table: stored.rows(table, 0, last) for table, last in ends.items()}

    def _tally_proofs(
        self, facts: EpochFacts, stored: VerifiedRows, history: RowsByTable, numbers: Mapping[str, int]
    ) -> ProofTally:
        alphas = in_force(history["scheme_weight_set"], facts.epoch, "scheme")
        proofs = ProofTally(
            facts.epoch,
            numbers["first_block"],
            numbers["reference_block"],
            numbers["genesis_block"],
            approvals_in_force(history["app_approved"], history["app_stopped"], facts.epoch),
            {scheme: row["alpha_milli"] for scheme, row in alphas.items()},
            None if self._all_shards else facts.blocks.reference_block.hash[-1],
        )
        stored.count("proof_verified", numbers["from_block"], numbers["reference_block"], proofs)
        return proofs

    def _compare_events(
        self, facts: EpochFacts, stored: VerifiedRows, numbers: Mapping[str, int], judged: set[tuple[int, int]]
    ) -> None:
        """Hold the blocks with our logs, and what is in quarantine, against what the engine found."""
        window = numbers["from_block"], numbers["reference_block"]
        parts = stored.tables("blocks", *window)
        compare_event_blocks(facts, pa.concat_tables(parts) if parts else None)
        if isinstance(self._lake.protocol.epochs, ClockEpochs):
            self._compare_bounds(facts, stored, numbers)
        kept = stored.rows("quarantine", *window)
        unblocking = self._lake.protocol.unblocking
        blocking = {(row["block_number"], row["log_index"]) for row in kept if row["event"] not in unblocking}
        missing = (judged | blocking) - {(log.block_number, log.log_index) for log in facts.suspects}
        same(facts.epoch, "logs in quarantine that are missing", [], sorted(missing))

    def _compare_bounds(self, facts: EpochFacts, stored: VerifiedRows, numbers: Mapping[str, int]) -> None:
        """Hold the blocks that bound the epoch against their timestamps and those of the blocks beside them."""
        clock, genesis = self._clock, numbers["genesis_block"]
        span = max(0, numbers["first_block"] - 1), numbers["reference_block"] + 1
        around = [part for part in stored.tables("blocks", *span) if len(part)]
        if not around:
            same(facts.epoch, "the blocks of the epoch", "none", f"some to {numbers['reference_block']}")
        compare_bounds(facts, pa.concat_tables(around), clock.start_of(facts.epoch), clock.end_of(facts.epoch))
        compare_genesis(facts.epoch, stored.rows("blocks", max(0, genesis - 1), genesis), genesis, clock.genesis)


def _engine_rows(facts: EpochFacts, shard: int | None, parts: EpochParts | None) -> EngineRows:
    """Return the engine's rows of a shard, None for all, and the sketches of all its rows."""
    if parts is None:
        miners, users = (sketch_aggregates(facts.aggregates, kind) for kind in (KIND_MINER, KIND_USER))
        return EngineRows(facts.aggregates, (miners, users))
    return EngineRows(join_aggregates([facts.aggregates, parts.load_rows(shard)]), parts.sketches)
