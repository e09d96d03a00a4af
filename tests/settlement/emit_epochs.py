"""Settled small worlds for another implementation: `python -m tests.settlement.emit_epochs FILE [COUNT] [SEED]`.

Each line of the file is one epoch as JSON: the report's text, the rows of each stage in hex, shard by shard, the file
of opening balances in hex. A world has two epochs, one after the other. With `bundles FOLDER [SEED]` one world is
written as bundles.
"""

import json
import sys
from pathlib import Path

from settlement.adapters.artifacts import FolderArtifacts
from settlement.ports.artifacts import StageColumns
from tests.settlement.small_worlds import small_world
from tests.settlement.test_light_verification import settle

EPOCHS = 2


def emit_lines(file, count, seed):
    """Write `count` epochs, the worlds of `seed` and of the numbers after it."""
    with Path(file).open("w", encoding="ascii") as lines:
        for number in range(seed, seed + (count + EPOCHS - 1) // EPOCHS):
            world = small_world(number, EPOCHS)
            for plain, settled in zip(world, settle(world), strict=True):
                stages = {stage: rows.rows.tobytes().hex() for stage, rows in settled.stage_rows.items()}
                opening = plain.opening_file().hex()
                line = {"seed": number, "report": settled.document.decode(), "stages": stages, "opening": opening}
                lines.write(json.dumps(line) + "\n")


def emit_bundles(folder, seed):
    """Write the epochs of one world under `folder`, as a data directory keeps them, with their file of openings."""
    store, world = FolderArtifacts(Path(folder)), small_world(seed, EPOCHS)
    for plain, settled in zip(world, settle(world), strict=True):
        stages = StageColumns((settled.facts.aggregates, settled.pools), settled.deposits, settled.amounts)
        store.save_epoch(plain.number, settled.document, stages, settled.tree.columns)
    (Path(folder) / "opening").write_bytes(world[0].opening_file())


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[0] == "bundles":
        emit_bundles(words[1], int(words[2]) if len(words) > 2 else 1)
    else:
        emit_lines(words[0], int(words[1]) if len(words) > 1 else 1000, int(words[2]) if len(words) > 2 else 1)
