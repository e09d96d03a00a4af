"""Fills lakes with made-up events, in a process of its own, so that its memory is not counted as a settlement's."""

import re
import subprocess
import sys
from functools import reduce
from pathlib import Path

import pyarrow as pa

from indexer.adapters.postgres.database import open_database
from indexer.adapters.store.lake import Lake, open_lake
from indexer.adapters.store.parquet_rows import list_lake_files, read_rows
from indexer.rules.protocols.reference import REFERENCE
from indexer.rules.stored.range_sums import RangeSums
from indexer.rules.stored.row_sums import RowSums, sum_rows
from indexer.words.blocks import block_range

GENESIS, LENGTH_SECONDS = 1_700_000_000, 86_400
BATCH = 5_000_000
"""Proofs in one commit."""

HISTORY_BLOCKS = 100
"""Blocks of an epoch in a lake of many epochs."""


def fill_apart(kind: str, data_dir: Path, *sizes: int) -> None:
    """Fill a lake in another process: `one` takes proofs and accounts, `many` epochs, proofs of each, accounts."""
    command = [sys.executable, "-m", "benchmarks.lake_fill", kind, str(data_dir), *map(str, sizes)]
    subprocess.run(command, check=True)  # noqa: S603 - this very module


def fill_one_epoch(lake: Lake, proofs: int, accounts: int) -> None:
    """Write the events of epoch 0: 10,000 blocks, 1,000 apps, every account with a stake."""
    values = {"genesis": GENESIS, "proofs": proofs, "accounts": accounts}
    begin(lake, accounts)
    for name in ("blocks", "finality", "approvals", "alphas", "weights", "emission", "stakes", "coverage"):
        run_own(lake, name, values)
    for first in range(0, proofs, BATCH):
        run_own(lake, "proofs", {**values, "from_proof": first, "to_proof": min(first + BATCH, proofs)})
    fill_ledger(lake)


def fill_many_epochs(lake: Lake, epochs: int, proofs: int, accounts: int) -> None:
    """Write epochs of equal traffic, a commit each: `proofs` proofs, and a stake change of every account."""
    begin(lake, accounts)
    for name in ("approvals", "alphas", "weights", "emission"):
        run_own(lake, name, {})
    for epoch in range(epochs):
        values = {"genesis": GENESIS, "epoch": epoch, "proofs": proofs, "accounts": accounts}
        with lake.transaction():
            for name in ("history_blocks", "history_stakes", "history_proofs"):
                run_own(lake, name, values)
    run_own(lake, "history_end", {"genesis": GENESIS, "epochs": epochs})
    fill_ledger(lake)


def fill_ledger(lake: Lake) -> None:
    """Write what all rows sum up to and for which kinds the blocks are covered, as commits would have."""
    head = lake.last_block()
    if head is None:
        raise SystemExit("nothing is covered")
    sums = {}
    for table in REFERENCE.summed_tables:
        parts = (
            sum_rows(REFERENCE, table, rows)
            for rows in read_rows(
                REFERENCE, list_lake_files(lake, table), table, REFERENCE.columns_of(table), 0, head.number
            )
        )
        sums[table] = reduce(RowSums.plus, parts, RowSums())
    with lake.transaction():
        written = RangeSums(block_range(0, head.number), {name: each for name, each in sums.items() if each.rows})
        row = {"from_block": 0, "to_block": head.number, "sums": written.text()}
        lake.append("ledger", pa.Table.from_pylist([row]))
        kinds = [{"digest": "all", "address": bytes(20), "topic0": kind.topic0} for kind in REFERENCE.kinds]
        lake.append("kinds", pa.Table.from_pylist(kinds))
        lake.execute("UPDATE lake.coverage SET kinds = 'all'")


def begin(lake: Lake, accounts: int) -> None:
    """Make room, and the macros and addresses that the statements use."""
    lake.execute("SET memory_limit = '2GB'")  # an indexer never joins; making up proofs does
    run_own(lake, "address_macro", {})
    run_own(lake, "addresses", {"accounts": accounts})


def run_own(lake: Lake, name: str, values: dict[str, int]) -> None:
    """Run the benchmark's own statements of one file, one by one: only so they may have parameters."""
    for statement in own_sql(name).split(";"):
        if statement.strip():
            lake.execute(statement, named_in(statement, values))


def named_in(text: str, values: dict[str, int]) -> dict[str, int]:
    """Return the values that a statement names."""
    statement = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return {name: values[name] for name in set(re.findall(r"\$([a-z_]+)", statement))}


def own_sql(name: str) -> str:
    """Return the text of `benchmarks/sql/<name>.sql`."""
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text()


if __name__ == "__main__":
    folder, numbers = Path(sys.argv[2]), [int(size) for size in sys.argv[3:]]
    with open_database("", folder) as opened, open_lake(opened.uri, folder, REFERENCE) as target:
        (fill_one_epoch if sys.argv[1] == "one" else fill_many_epochs)(target, *numbers)
