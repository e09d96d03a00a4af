"""Settled small worlds for another implementation: `python -m tests.settlement.emit_epochs FOLDER [COUNT] [SEED]`.

`epochs.jsonl`: a line for each epoch, the report's text, the rows of each stage in hex, shard by shard, and the file of
opening balances in hex; a world has two epochs, one after the other. `world`: the epochs of one more world as bundles,
as a data directory keeps them, and beside them its file of opening balances; `published`: the same, mirrored.
`tables`: leaves as Parquet, right ones in several forms and wrong ones.
"""

import json
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from settlement.adapters.store.artifacts import FolderArtifacts
from settlement.adapters.store.bundle import PublishedBundle
from settlement.flows.bundles import mirror_bundle
from tests.settlement.second_implementation import keep
from tests.settlement.settled_worlds import settle
from tests.settlement.small_worlds import small_world

EPOCHS = 2
BUNDLED = 3
"""The seed of a world with opening balances, a bonus and several miners and users."""


def emit_lines(file, count, seed):
    """Write `count` epochs, the worlds of `seed` and of the numbers after it."""
    with file.open("w", encoding="ascii") as lines:
        for number in range(seed, seed + (count + EPOCHS - 1) // EPOCHS):
            world = small_world(number, EPOCHS)
            for plain, settled in zip(world, settle(world), strict=True):
                stages = {stage: rows.rows.tobytes().hex() for stage, rows in settled.stage_rows.items()}
                opening = plain.opening_file().hex()
                line = {"seed": number, "report": settled.document.decode(), "stages": stages, "opening": opening}
                lines.write(json.dumps(line) + "\n")


def emit_bundles(folder, seed):
    """Write the epochs of one world under `folder`, as it is kept and as it is mirrored."""
    store, world = FolderArtifacts(folder / "world"), small_world(seed, EPOCHS)
    for plain, settled in zip(world, settle(world), strict=True):
        keep(store, plain.number, settled)
        target = PublishedBundle(str(folder / "published" / f"{plain.number}"))
        mirror_bundle(store.load_epoch(plain.number), target, with_dump=False)
    (folder / "opening").write_bytes(world[0].opening_file())


AMOUNTS = [0, 1, 2**53 + 1, 10**18, 10**38 - 1]
WRONG_AMOUNTS = {
    "fraction": pa.array([Decimal("1.5")] * 5, pa.decimal128(38, 1)),
    "integer": pa.array([1] * 5, pa.int64()),
    "negative": pa.array([Decimal(-1)] * 5, pa.decimal128(38, 0)),
    "null": pa.array([None] * 5, pa.decimal128(38, 0)),
    "text": pa.array(["1"] * 5),
}


def emit_tables(folder):
    """Write leaves of `AMOUNTS`, compressed in several ways, and tables whose amounts are none."""
    folder.mkdir()
    address = pa.array([bytes([row]) * 20 for row in range(5)], pa.binary(20))
    leaves = pa.array(map(Decimal, AMOUNTS), pa.decimal128(38, 0))
    table = pa.table({"account": address, "token": address, "cumulative": leaves})
    for name in ("zstd", "snappy", "none"):
        pq.write_table(table, folder / f"{name}.parquet", compression=name)
    pq.write_table(table, folder / "groups.parquet", row_group_size=2, use_dictionary=False, compression="zstd")
    pq.write_table(table.slice(0, 0), folder / "empty.parquet", compression="zstd")
    pq.write_table(table.drop(["cumulative"]), folder / "wrong-column.parquet")
    pq.write_table(table.set_column(0, "account", pa.array([b"short"] * 5)), folder / "wrong-address.parquet")
    for name, column in WRONG_AMOUNTS.items():
        pq.write_table(table.set_column(2, "cumulative", column), folder / f"wrong-{name}.parquet")


if __name__ == "__main__":
    folder, count, seed = (sys.argv[1:] + ["1000", "1"][len(sys.argv) - 2 :])[:3]
    emit_lines(Path(folder) / "epochs.jsonl", int(count), int(seed))
    emit_bundles(Path(folder), BUNDLED)
    emit_tables(Path(folder) / "tables")
