"""The cost of an epoch at the beginning and at the end of a long history of equal epochs."""

import tempfile
from pathlib import Path

import psycopg

from benchmarks.lake_fill import fill_apart
from benchmarks.measure import Measured, measure, print_table, seconds
from benchmarks.settle_epoch import make_settler
from indexer.adapters.database import open_database
from indexer.adapters.lake import open_lake
from indexer.words.quantities import Epoch
from settlement.flows.settle import Settler
from settlement.rules.facts import EpochFacts
from settlement.rules.settlement import Settlement

PROOFS, ACCOUNTS = 200_000, 100_000
"""Of each epoch; every account also changes its stake in each."""


def bench_history(epochs: int) -> None:
    """Settle all epochs in order; print some, and what reading their stakes from the whole history would cost."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        fill_apart("many", data_dir, epochs, PROOFS, ACCOUNTS)
        with (
            open_database("", data_dir) as database,
            open_lake(database.uri, data_dir, read_only=True) as lake,
            psycopg.connect(database.uri, autocommit=True) as connection,
        ):
            settler = make_settler(lake, connection, data_dir)
            settled = _settle_each(settler, epochs)
            shown = sorted({1, epochs // 4, epochs // 2, epochs - 1})
            rows = [_row(epoch, settled[epoch], _facts_from_genesis(settler, Epoch(epoch))) for epoch in shown]
    print_table(
        f"{epochs} equal epochs: {PROOFS:,} proofs and {ACCOUNTS:,} stake changes each",
        ("epoch", "settled and stored, wall", "CPU", "facts alone, stakes from genesis, CPU"),
        rows,
    )


def _settle_each(settler: Settler, epochs: int) -> list[Measured[Settlement]]:
    steps = settler.settle_all()
    return [measure(lambda: next(steps)) for _ in range(epochs)]


def _facts_from_genesis(settler: Settler, epoch: Epoch) -> Measured[EpochFacts]:
    return measure(lambda: settler.facts.load_facts(epoch))


def _row(epoch: int, one: Measured[Settlement], whole: Measured[EpochFacts]) -> tuple[str, str, str, str]:
    same = (one.result.facts.total_staking, one.result.facts.total_app_staking)
    if same != (whole.result.total_staking, whole.result.total_app_staking):
        raise SystemExit(f"epoch {epoch}: the stakes kept are not those of the whole history")
    return str(epoch), seconds(one.wall_seconds), seconds(one.cpu_seconds), seconds(whole.cpu_seconds)
