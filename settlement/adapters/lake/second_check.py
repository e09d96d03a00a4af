"""The engine checked: an epoch's rows are read again without it, held against the ledger and what the engine said."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import pyarrow as pa

from indexer.adapters.store.ledger import load_ledger
from indexer.rules.stored.range_sums import RangeSums
from indexer.rules.stored.row_sums import RowSums
from indexer.words.blocks import block_range, gaps_between
from indexer.words.errors import RetryLaterError, UnsoundError
from indexer.words.quantities import Epoch
from settlement.adapters.lake.lake_snapshot import LakeSnapshot
from settlement.adapters.lake.row_tallies import KeptRows, Span, Tally
from settlement.ports.engine import Params
from settlement.rules.facts.epoch_facts import EpochFacts
from settlement.rules.second_reading.comparison import (
    Rows,
    compare_aggregates,
    compare_event_blocks,
    compare_parameters,
    compare_sums,
    same,
)
from settlement.rules.second_reading.tallies import (
    ProofTally,
    StakeTally,
    approvals_in_force,
    in_force,
)
from sql import load_sql


class SecondCheck:
    """Checks one epoch after another; `all_shards` compares every row instead of one shard of 256."""

    def __init__(self, steps: LakeSnapshot, *, all_shards: bool = False) -> None:
        self._lake, self._tallies, self._all_shards = steps.lake, steps.tallies, all_shards

    def check(self, facts: EpochFacts, params: Params, base: pa.Table | None) -> None:
        """Raise UnsoundError where the files are not what was committed, or the engine read something else.

        `base` are the kept stakes that the facts began with. RetryLaterError where the ledger knows nothing of the
        files. Called inside the transaction that the facts were read in.
        """
        ledger = self._load_ledger(facts.epoch, int(params["reference_block"]))
        numbers = {name: int(value) for name, value in params.items() if isinstance(value, int)}
        history = self._load_history(ledger, numbers)
        proofs = self._tally_proofs(facts, ledger, history, numbers)
        stakes = StakeTally(facts.epoch, proofs.shard)
        if base is not None:
            stakes.add(base)
        self._count(ledger, "stake_changed", numbers["stakes_from"], numbers["reference_block"], stakes)
        compare_parameters(facts, history)
        self._compare_events(facts, ledger, numbers, proofs)
        compare_sums(facts, proofs, stakes)
        if len(facts.aggregates):
            compare_aggregates(facts, proofs, stakes)

    def _load_ledger(self, epoch: Epoch, last: int) -> list[RangeSums]:
        """Return the ledger; RetryLaterError unless its ranges follow each other over all stored blocks to the last."""
        ledger = load_ledger(self._lake, 0, 2**63 - 1)
        first = self._lake.query(load_sql("lake/first_block")).to_pylist()[0]["number"]
        gaps = gaps_between((each.blocks for each in ledger), block_range(min(first, last), last))
        twice = [later for each, later in pairwise(ledger) if later.blocks.from_block <= each.blocks.to_block]
        if gaps or twice:
            got = f"none of {gaps[0]}" if gaps else f"{twice[0].blocks} twice"
            raise RetryLaterError(
                f"the ledger of sums does not reach over epoch {epoch}",
                expected=f"the sums of all blocks to {last}, each once",
                got=got,
                where="lake.ledger",
                remedy="run `pozk index --audit`, which fills it",
            )
        return ledger

    def _load_history(self, ledger: list[RangeSums], numbers: Mapping[str, int]) -> Rows:
        """Return the rows of the tables of few rows, as far as the epoch reads them."""
        protocol = self._lake.protocol
        ends = dict.fromkeys(protocol.history, numbers["reference_block"])
        ends |= dict.fromkeys(protocol.history_to_the_head, numbers["finalized"])
        return {
            table: [row for rows in self._rows(ledger, table, 0, last) for row in rows.to_pylist()]
            for table, last in ends.items()
        }

    def _rows(self, ledger: list[RangeSums], table: str, low: int, high: int) -> list[pa.Table]:
        """Return the rows of blocks `low` to `high`, of a table of few."""
        kept = KeptRows()
        self._count(ledger, table, low, high, kept)
        return kept.tables

    def _count(self, ledger: list[RangeSums], table: str, low: int, high: int, tally: Tally) -> None:
        """Count the rows of blocks `low` to `high`; UnsoundError where the ledger says otherwise."""
        met = [each for each in ledger if each.blocks.from_block <= high and each.blocks.to_block >= low]
        if not met:
            return
        protocol = self._lake.protocol
        columns = protocol.lean.get(table) or protocol.columns_of(table)
        starts = np.array([each.blocks.from_block for each in met], dtype=np.uint64)
        found = self._tallies.tally(Span(table, columns, starts, met[-1].blocks.to_block, low, high), tally)
        for each, got in zip(met, found, strict=True):
            _verify_sums(table, each, got, is_lean=table in protocol.lean)

    def _tally_proofs(
        self, facts: EpochFacts, ledger: list[RangeSums], history: Rows, numbers: Mapping[str, int]
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
        self._count(ledger, "proof_verified", numbers["from_block"], numbers["reference_block"], proofs)
        return proofs

    def _compare_events(
        self, facts: EpochFacts, ledger: list[RangeSums], numbers: Mapping[str, int], proofs: ProofTally
    ) -> None:
        """Hold the blocks with our logs, and what is in quarantine, against what the engine found."""
        window = numbers["from_block"], numbers["reference_block"]
        parts = self._rows(ledger, "blocks", *window)
        compare_event_blocks(facts, pa.concat_tables(parts) if parts else None)
        kept = [row for rows in self._rows(ledger, "quarantine", *window) for row in rows.to_pylist()]
        unblocking = self._lake.protocol.unblocking
        blocking = {(row["block_number"], row["log_index"]) for row in kept if row["event"] not in unblocking}
        missing = (proofs.suspects | blocking) - {(log.block_number, log.log_index) for log in facts.suspects}
        same(facts.epoch, "logs in quarantine that are missing", [], sorted(missing))


def _verify_sums(table: str, written: RangeSums, got: RowSums, *, is_lean: bool) -> None:
    expected = written.of(table)
    whole = (expected.rows, expected.lean if is_lean else expected.hashes, dict(expected.amounts))
    if whole != (got.rows, got.lean if is_lean else got.hashes, dict(got.amounts)):
        raise UnsoundError(
            f"the files of lake.{table} are not what was committed",
            expected=f"{expected.rows} rows, {_sums(expected)}",
            got=f"{got.rows} rows, {_sums(got)}",
            where=str(written.blocks),
            remedy="run `pozk index --audit`, which fetches them again",
        )


def _sums(sums: RowSums) -> str:
    return (
        " ".join(f"{name} {value}" for name, value in sums.amounts.items()) or f"hashes {sums.lean or sums.hashes:032x}"
    )
