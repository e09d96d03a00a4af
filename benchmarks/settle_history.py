"""The cost of an epoch at the beginning and at the end of a long history of equal epochs."""

import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, cast

import psycopg

from benchmarks.lake_fill import fill_apart
from benchmarks.measure import Measured, measure, print_table, seconds
from benchmarks.settle_epoch import ClockedFacts, make_settler
from indexer.adapters.postgres.database import open_database
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.quantities import Epoch
from settlement.flows.settle import Settler
from settlement.ports.facts import EpochReading
from settlement.rules.epoch.settlement import Settlement
from settlement.rules.facts.epoch_facts import EpochFacts

PROOFS, ACCOUNTS = 200_000, 100_000
"""Of each epoch; every account also changes its stake in each."""


class Settled(NamedTuple):
    """An epoch settled and stored, and its facts within."""

    whole: Measured[Settlement]
    facts: Measured[EpochReading]


def bench_history(epochs: int) -> None:
    """Settle all epochs in order; print some, and what reading their stakes from the whole history would cost."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        fill_apart("many", data_dir, epochs, PROOFS, ACCOUNTS)
        with (
            open_database("", data_dir) as database,
            open_lake(database.uri, data_dir, REFERENCE, read_only=True) as lake,
            psycopg.connect(database.uri, autocommit=True) as connection,
        ):
            settler = make_settler(lake, connection, data_dir)
            settled = _settle_each(settler, epochs)
            shown = [Epoch(epoch) for epoch in sorted({1, epochs // 4, epochs // 2, epochs - 1})]
            rows = [_row(epoch, settled[epoch], measure(partial(_facts_of, settler, epoch))) for epoch in shown]
    print_table(
        f"{epochs} equal epochs: {PROOFS:,} proofs and {ACCOUNTS:,} stake changes each",
        ("epoch", "settled and stored, wall", "CPU", "of which facts", "facts, stakes summed from genesis, CPU"),
        rows,
    )


def _facts_of(settler: Settler, epoch: Epoch) -> EpochFacts:
    with settler.facts.load_facts(epoch) as reading:
        return reading.facts


def _settle_each(settler: Settler, epochs: int) -> list[Settled]:
    facts = ClockedFacts(settler.facts)
    steps = replace(settler, facts=cast(Any, facts)).settle_all()
    return [Settled(cast(Any, measure(lambda: next(steps))), facts.calls["load_facts"]) for _ in range(epochs)]


def _row(epoch: Epoch, settled: Settled, whole: Measured[EpochFacts]) -> tuple[str, ...]:
    kept = settled.facts.result.facts
    if (kept.total_staking, kept.total_app_staking) != (whole.result.total_staking, whole.result.total_app_staking):
        raise SystemExit(f"epoch {epoch}: the stakes kept are not those of the whole history")
    cpu = (settled.whole.cpu_seconds, settled.facts.cpu_seconds, whole.cpu_seconds)
    return str(epoch), seconds(settled.whole.wall_seconds), *(seconds(each) for each in cpu)
