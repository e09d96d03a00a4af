"""The same lake through Spark and through DuckDB: the same bytes."""

import json
import os

import pytest

from indexer.adapters.store.small_files import merge_small_files
from indexer.words.errors import InputError, UnsoundError
from settlement.adapters.lake.facts import LakeFacts
from settlement.rules.epoch.causes import verify_settleable
from settlement.rules.facts.epochs import EpochClock
from tests.settlement.adapters.events import GENESIS, LENGTH
from tests.settlement.adapters.lake.test_facts import APP, MINER, PROOF, TOKEN, USER, governed_chain
from tests.settlement.adapters.spark.conftest import MASTER, SMALL
from tests.settlement.adapters.spark.killed import killing
from tests.settlement.adapters.spark.worlds import (
    choice_of,
    documents_in_parts,
    documents_of,
    fill,
    form_of,
    some_chain,
)
from tests.settlement.readings import facts_of

pytestmark = [pytest.mark.database, pytest.mark.slow]
CLOCK = EpochClock(GENESIS, LENGTH, 0)
FIRST, SEEDS = int(os.environ.get("SEED", "0")), int(os.environ.get("SPARK_SEEDS", "0"))
KILLS, KILLS_A_LAKE = int(os.environ.get("SPARK_KILLS", "3")), 3 if "SPARK_KILLS" in os.environ else 1
LIMIT = 10**38 - 1


def epochs_of(seed):
    """Return the epochs that are settled of a chain; two, as of each lake in `make spark-equal`, follow each other."""
    if SEEDS:
        return (seed // 4 % 2, seed // 4 % 2 + 1)
    return (0, 1) if seed == 0 else (1 + seed % 2,)


def settle_both(lake, engine, seed, kills=0):
    """Settle the lake of a seed by DuckDB and by Spark, of whose executors so many are killed meanwhile: the same."""
    form, choice, epochs = form_of(seed), choice_of(seed), epochs_of(seed)
    print(f"seed {seed}, {form}, {choice}")
    fill(lake, some_chain(seed), form)
    ours, facts = documents_of(LakeFacts(lake, CLOCK), choice, epochs), LakeFacts(lake, CLOCK, engine=engine)
    with killing(seed, kills) as killer:
        assert documents_in_parts(facts, choice, epochs) == ours
        while killer.kills < kills:
            assert documents_in_parts(facts, choice, epochs) == ours


@pytest.mark.parametrize("seed", range(FIRST, FIRST + (SEEDS or 1)))
def test_load_facts__random_lake__settles_to_the_bytes_of_duckdb(lake, engine_of, seed):
    settle_both(lake, engine_of(lake), seed)


@pytest.mark.skipif(not MASTER.startswith("local-cluster"), reason="executors are threads: there are none to kill")
@pytest.mark.parametrize("seed", range(FIRST + 1, FIRST + 1 - -KILLS // KILLS_A_LAKE))
def test_load_facts__executors_killed_in_the_middle__settles_to_the_bytes_of_duckdb(lake, engine_of, seed):
    settle_both(lake, engine_of(lake), seed, min(KILLS_A_LAKE, KILLS - (seed - FIRST - 1) * KILLS_A_LAKE))


def test_load_facts__stakes_that_add_up_to_too_much__are_named_on_both_engines(lake, engine_of):
    chain = governed_chain().emit("proof_verified", **PROOF, epoch=0)
    for _ in range(2):
        chain.emit("stake_changed", app=APP, account=USER, role=1, delta=LIMIT, effective_epoch=0)
    for delta in (LIMIT, -LIMIT, LIMIT - 5, 4):
        chain.emit("stake_changed", app=APP, account=MINER, role=0, delta=delta, effective_epoch=0)
    chain.mine_until(GENESIS + 3 * LENGTH).store(lake)
    both = [facts_of(LakeFacts(lake, CLOCK, engine=engine), 0) for engine in (None, engine_of(lake))]
    assert both[0].mendable == both[1].mendable
    assert both[0].total_staking == both[1].total_staking == 3 * LIMIT - 1
    for facts in both:
        with pytest.raises(UnsoundError, match=f"stake of app {APP.hex()} account {USER.hex()} role 1 is beyond"):
            verify_settleable(facts)


def test_load_facts__amounts_that_add_up_to_too_much__name_their_group_on_both_engines(lake, engine_of):
    chain = governed_chain()
    for _ in range(2):
        chain.emit("bonus_deposited", epoch=0, app=APP, token=TOKEN, amount=LIMIT, from_account=USER)
        chain.emit("correction_added", epoch=1, token=TOKEN, amount=LIMIT, account=USER)
    chain.mine_until(GENESIS + 3 * LENGTH).store(lake)
    for engine in (None, engine_of(lake)):
        for epoch, what in enumerate(("bonus deposits", "corrections")):
            with pytest.raises(UnsoundError, match=f"{what} add up to too much.*0x{USER.hex()}"):
                facts_of(LakeFacts(lake, CLOCK, engine=engine), epoch)


def test_load_account__epoch_read_by_spark__is_what_duckdb_says(lake, engine_of):
    chain = governed_chain().emit("proof_verified", **PROOF, epoch=0).emit("proof_verified", **PROOF, epoch=9)
    chain.emit("stake_changed", app=APP, account=MINER, role=0, delta=5, effective_epoch=0)
    chain.mine_until(GENESIS + 3 * LENGTH).store(lake)
    said = []
    for engine in (None, engine_of(lake)):
        with LakeFacts(lake, CLOCK, engine=engine).load_facts(0) as reading:
            said.append((reading.load_account(MINER), reading.load_surroundings().stakes, reading.facts.suspects))
    assert said[0] == said[1]


def test_pin__files_merged_and_rows_deleted_meanwhile__its_snapshot_is_read(lake, engine_of):
    chain = some_chain(3)
    fill(lake, chain, "plain")
    engine = engine_of(lake)
    with engine.pin() as steps:
        params = {"first_block": 0, "reference_block": 99, "epoch": 1, "stakes_from": 0}
        lake.execute("DELETE FROM lake.proof_verified WHERE block_number > 3")
        lake.append("proof_verified", lake.query("SELECT * FROM lake.proof_verified LIMIT 1"))
        merge_small_files(lake, loose_files=1, stay_hours=2)
        steps.materialize("approvals", params | {"epoch": 1})
        steps.materialize("miners", params)
        found = sum(row["proofs"] for row in steps.rows("proof_count", params))
    assert found == sum(proof["epoch"] == 1 for proof in chain.events["proof_verified"])


def test_pin__rows_in_the_catalog__are_refused(lake, engine_of):
    lake.execute("CREATE TABLE lake.inlined (a INTEGER)")
    lake.execute("CALL lake.set_option('data_inlining_row_limit', 10, table_name => 'inlined')")
    lake.execute("INSERT INTO lake.inlined VALUES (1)")
    with pytest.raises(InputError, match=r"rows of the lake lie in its catalog.*inlined"):
        engine_of(lake).pin()


@pytest.mark.chain
@pytest.mark.skipif(not SEEDS, reason="the devnet is settled for it: `make spark-equal`")
def test_pozk__devnet_settled_by_duckdb__settles_and_verifies_by_spark_to_the_same(settled_operator, engine_of):
    assert engine_of(None)
    settled_operator.environment |= {
        "POZK_SETTLEMENT_ENGINE": "spark",
        "POZK_SETTLEMENT_SPARK_MASTER": MASTER,
        "POZK_SETTLEMENT_SPARK_CONFIG": json.dumps(SMALL),
    }
    verdicts = settled_operator.pozk("verify").document["epochs"]
    assert verdicts
    assert settled_operator.pozk("settle", "--epoch", "0").document["reports"]
