"""What a step reads: its cost is that of its epoch, however long the chain."""

import re

import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import InputError
from settlement.adapters.lake.duckdb_engine import DuckdbEngine, DuckdbSnapshot
from tests.settlement.adapters.events import GENESIS, LENGTH, MadeUpChain, address

pytestmark = pytest.mark.database
EPOCHS = 8
BLOCKS = LENGTH // 10
PARAMS = {
    "epoch": 5,
    "first_block": 5 * BLOCKS,
    "from_block": 5 * BLOCKS,
    "reference_block": 6 * BLOCKS - 1,
    "genesis_block": 0,
    "stakes_from": 5 * BLOCKS,
    "finalized": EPOCHS * BLOCKS - 1,
    "start_time": GENESIS + 5 * LENGTH,
    "end_time": GENESIS + 6 * LENGTH,
    "low_time": GENESIS + 4 * LENGTH,
    "high_time": GENESIS + 7 * LENGTH,
}


@pytest.fixture(scope="module")
def steps(postgres, lake_template, tmp_path_factory):
    """The steps over a lake with one file an epoch of every table, and the temporary tables of epoch 5."""
    from tests.conftest import create_database

    with open_lake(create_database(postgres, lake_template), tmp_path_factory.mktemp("lake"), REFERENCE) as lake:
        for part in epochs_of(long_chain()):
            part.store(lake)
        opened = DuckdbSnapshot(lake)
        for step in ("stake_base", *REFERENCE.steps):
            opened.materialize(step, PARAMS)
        yield opened


def long_chain():
    """Return a chain with one event of each kind in each epoch."""
    chain = MadeUpChain()
    for epoch in range(EPOCHS):
        chain.mine(BLOCKS)
        event = {"app": address(1), "epoch": epoch, "from_epoch": epoch, "effective_epoch": epoch, "amount": 1}
        for table in (
            "epoch_voided",
            "proof_verified",
            "bonus_deposited",
            "correction_added",
            "app_approved",
            "stake_changed",
        ):
            chain.emit(table, **event)
        chain.quarantine("TaskPosted")
    return chain


def epochs_of(chain):
    """Yield what each epoch holds, as a chain of its own."""
    for epoch in range(EPOCHS):
        inside = range(epoch * BLOCKS, (epoch + 1) * BLOCKS)
        yield MadeUpChain(
            blocks=[block for block in chain.blocks if block["number"] in inside],
            events={
                table: [row for row in rows if row["block_number"] in inside] for table, rows in chain.events.items()
            },
            quarantined=[row for row in chain.quarantined if row["block_number"] in inside],
        )


def files_read(steps, name):
    """Return how many files of the lake a step opens."""
    text = steps.text(name)
    used = {key: PARAMS[key] for key in set(re.findall(r"\$([a-z_]+)", text))}
    plan = steps.lake.query(f"EXPLAIN ANALYZE {text}", used).to_pylist()[0]["explain_value"]
    return sum(int(count) for count in re.findall(r"Total Files Read: (\d+)", plan))


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("stakes", 1),
        ("stake_sizes", 1),
        ("voids", 1),
        ("kept_stakes", 0),
        ("miners", 1),
        ("users", 1),
        ("epochs/event_blocks", 1),
        ("epochs/first_stored_block", 1),
        ("epochs/by_clock", 3),
        ("suspects", 4),
        ("bonuses", 1),
        ("corrections", 1),
        ("lake/final_number", 0),
    ],
)
def test_rows__one_epoch_of_a_long_chain__opens_the_files_of_that_epoch(steps, name, most):
    assert min(most, 1) <= files_read(steps, name) <= most  # a join may spare the file of its other side


def test_pin__two_snapshots__neither_sees_what_the_other_made_nor_what_came_later(steps):
    engine = DuckdbEngine(steps.lake)
    with engine.pin() as one, engine.pin() as other:
        one.materialize("alphas", PARAMS)
        other.materialize("alphas", PARAMS | {"reference_block": 0}, "alphas")
        assert one.rows("epochs/first_stored_block", PARAMS) == other.rows("epochs/first_stored_block", PARAMS)
        made = one.lake.query("SELECT count(*) AS n FROM alphas"), other.lake.query("SELECT count(*) AS n FROM alphas")
        assert [table.to_pylist()[0]["n"] for table in made] == [0, 0]
        one.lake.execute("CREATE TEMP TABLE mine AS SELECT 1")
        with pytest.raises(InputError):
            other.lake.query("SELECT * FROM mine")
