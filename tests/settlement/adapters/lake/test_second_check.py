"""The engine and the files, planted with faults: each one is found, whatever it is."""

import itertools
import random
import re
import shutil
from dataclasses import fields, replace
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.adapters.store.lake import Lake, open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import RetryLaterError, UnsoundError
from settlement.adapters.lake.facts import LakeFacts
from settlement.adapters.lake.second_check import SecondCheck
from settlement.rules.facts.aggregates import Aggregates, Bonuses
from settlement.rules.facts.epoch_facts import Correction, EpochFacts, OpeningSum, RulesetChoice, Void
from settlement.rules.facts.epochs import EpochClock
from tests.conftest import create_database, database_name
from tests.settlement.adapters.events import GENESIS, LENGTH, MadeUpChain, address, block_hash
from tests.settlement.adapters.lake.busy import chain_of, stored
from tests.settlement.readings import facts_of

pytestmark = pytest.mark.database
CLOCK = EpochClock(GENESIS, LENGTH, 0)
DIFFERS = r"the engine and a second reading of the files differ"
NOT_COMMITTED = r"are not what was committed"


@pytest.fixture
def place(lake_url, tmp_path):
    return lake_url, tmp_path


@pytest.fixture
def copy(kept, postgres, tmp_path):
    """Return a function that gives a place with a copy of that chain."""
    (uri, folder), _ = kept
    numbers = itertools.count()

    def make():
        mine = shutil.copytree(folder, tmp_path / f"copy{next(numbers)}")
        return create_database(postgres, database_name(uri)), mine

    return make


def load(place, epoch=0, kind=Lake, all_shards=False):
    with open_lake(*place, REFERENCE, read_only=True) as lake:
        lake.__class__ = kind
        return facts_of(LakeFacts(lake, CLOCK, all_shards=all_shards), epoch)


@pytest.mark.parametrize("apps", [1, 2, 30])
@pytest.mark.parametrize("all_shards", [False, True])
def test_check__sound_lake_of_one_app_two_many__passes(place, apps, all_shards):
    stored(place, chain_of(apps, accounts=6))
    for epoch in (0, 1):
        facts = load(place, epoch, all_shards=all_shards)
        assert facts.proofs > 150
        assert len(facts.aggregates)


PLANTED = {
    "drops a row group": "(SELECT * FROM lake.proof_verified WHERE log_index % 7 <> 3)",
    "drops one row": "(SELECT * FROM lake.proof_verified WHERE NOT (block_number = 3 AND log_index = 5))",
    "doubles some": "(FROM lake.proof_verified UNION ALL SELECT * FROM lake.proof_verified WHERE log_index = 4)",
    "exchanges two": "(SELECT * REPLACE (CASE miner WHEN $one THEN $two WHEN $two THEN $one ELSE miner END AS miner) "
    "FROM lake.proof_verified)",
    "exchanges two users": '(SELECT * REPLACE (CASE "user" WHEN $one THEN $two WHEN $two THEN $one ELSE "user" END '
    'AS "user") FROM lake.proof_verified)',
}


@pytest.mark.parametrize("planted", PLANTED)
def test_check__engine_that_reads_other_rows__found(copy, kept, planted):
    place, chain = copy(), kept[1]
    rows = PLANTED[planted]
    for name, event in (("$one", 0), ("$two", 1)):
        column = "user" if "users" in planted else "miner"
        rows = rows.replace(name, f"unhex('{chain.events['proof_verified'][event][column].hex()}')")

    class Planted(Lake):
        def execute(self, sql, params=None):
            super().execute(re.sub(r"lake\.proof_verified(?= AS p|\n)", rows + " ", sql), params)

    with pytest.raises(UnsoundError, match=DIFFERS):
        load(place, kind=Planted)


FEW = {
    "bonus_deposited": "amount = 5",
    "correction_added": "amount = 6",
    "opening_added": "amount = 7",
    "quarantine_decided": "decision = 0",
    "late bonus": "amount = 8",
    "late correction": "amount = 9",
}


@pytest.fixture(scope="module")
def few(postgres, lake_template, tmp_path_factory):
    """A chain with one row each of the tables of few rows, stored once."""
    place, chain = (create_database(postgres, lake_template), tmp_path_factory.mktemp("few")), MadeUpChain().mine()
    who = {"app": address(1), "token": address(8), "from_account": address(9)}
    whom = {"account": address(9), "token": address(8)}
    chain.emit("opening_added", token=address(8), amount=7, sha256=bytes(32)).mine_until(GENESIS + LENGTH)
    chain.emit("bonus_deposited", **who, epoch=1, amount=5).emit("correction_added", **whom, epoch=1, amount=6)
    chain.emit("bonus_deposited", **who, epoch=0, amount=8).emit("correction_added", **whom, epoch=0, amount=9)
    log = chain.quarantine("StakeChanged")
    named = {"decided_block_hash": block_hash(log["block_number"]), "decided_log_index": log["log_index"]}
    chain.emit("quarantine_decided", decision=0, **named).mine_until(GENESIS + 2 * LENGTH)
    stored(place, chain)
    return place


@pytest.mark.parametrize("lost", [None, *FEW])
def test_check__engine_that_loses_a_bonus_a_correction_an_opening_or_a_decision__found(few, lost):
    table = {"late bonus": "bonus_deposited", "late correction": "correction_added"}.get(lost, lost)

    def planted(sql):
        rows = f"(SELECT * FROM lake.{table} WHERE NOT ({FEW[lost]}))" if lost else ""
        return re.sub(rf"lake\.{table}(?=\n)", f"{rows} AS planted", sql) if lost else sql

    class Planted(Lake):
        def execute(self, sql, params=None):
            super().execute(planted(sql), params)

        def query(self, sql, params=None):
            return super().query(planted(sql), params)

    epoch = 0 if lost == "opening_added" else 1
    if lost is None:
        assert load(few, 0, kind=Planted).openings
        facts = load(few, 1, kind=Planted)
        assert len(facts.bonuses) == len(facts.corrections) == 1
        assert len(facts.suspects) == 3
    else:
        with pytest.raises(UnsoundError, match=DIFFERS):
            load(few, epoch, kind=Planted)


def test_check__engine_that_loses_a_stake__found(copy):
    place = copy()

    with pytest.raises(UnsoundError, match=DIFFERS):
        load(place, kind=planted(stake_changed="FROM lake.stake_changed WHERE log_index <> 9"))


def planted(**rows):
    """Return an engine that reads other rows of tables: of each what a statement selects of it."""

    def other(sql):
        for table, select in rows.items():
            sql = re.sub(rf"lake\.{table}\b", f"({select})", sql)
        return sql

    class Planted(Lake):
        def execute(self, sql, params=None):
            super().execute(other(sql), params)

        def query(self, sql, params=None):
            return super().query(other(sql), params)

    return Planted


BLOCKS = {
    "loses the last one": "FROM lake.blocks WHERE number <> {last}",
    "loses the first one": "FROM lake.blocks WHERE number <> {first}",
    "has the last one late": f"SELECT * REPLACE (timestamp + (number = {{last}})::INT * {LENGTH} AS timestamp) "
    "FROM lake.blocks",
    "has the first one early": f"SELECT * REPLACE (timestamp - (number = {{first}})::INT * {LENGTH} AS timestamp) "
    "FROM lake.blocks",
    "has the one behind early": "SELECT * REPLACE (timestamp - (number = {last} + 1)::INT * 100 AS timestamp) "
    "FROM lake.blocks",
    "has another hash": "SELECT * REPLACE (CASE number WHEN {last} THEN unhex(repeat('07', 32)) ELSE hash END AS hash) "
    "FROM lake.blocks",
}


@pytest.mark.parametrize("fault", BLOCKS)
def test_check__engine_that_bounds_the_epoch_by_other_blocks__found(kept, fault):
    epoch = 0 if "behind" in fault else 1  # nothing but one block is behind epoch 1
    right = load(kept[0], epoch).blocks
    select = BLOCKS[fault].format(first=right.first_block.number, last=right.reference_block.number)
    with pytest.raises(UnsoundError, match=DIFFERS):
        load(kept[0], epoch, kind=planted(blocks=select))


OTHER_APPS = {
    "stake_changed": "SELECT * REPLACE (CASE app WHEN $one THEN $two WHEN $two THEN $one ELSE app END AS app) "
    "FROM lake.stake_changed",
    "app_approved": "SELECT * REPLACE (gates + 1 AS gates) FROM lake.app_approved",
}


@pytest.mark.parametrize("table", OTHER_APPS)
def test_check__engine_that_gives_apps_other_stakes_or_gates__found_in_any_shard(kept, table):
    select = OTHER_APPS[table]
    for name, app in (("$one", 1), ("$two", 2)):
        select = select.replace(name, f"unhex('{address(app).hex()}')")
    with pytest.raises(UnsoundError, match=DIFFERS):
        load(kept[0], kind=planted(**{table: select}))


MISREAD = {
    "emission": lambda facts: facts.emission + 1,
    "alphas": lambda facts: facts.alphas | {0: 1},
    "choice": lambda _: RulesetChoice("paper-v1", "normalize"),
    "weights": lambda facts: replace(facts.weights, a=facts.weights.a + 1),
    "voids": lambda _: (Void(1, 1),),
    "corrections": lambda _: (Correction(address(1), address(2), 5),),
    "openings": lambda _: (OpeningSum(address(1), 5, block_hash(1)),),
    "apps": lambda facts: facts.apps[1:],
    "total_app_staking": lambda facts: facts.total_app_staking - 2**64,
    "total_staking": lambda facts: facts.total_staking + 1,
    "proofs": lambda facts: facts.proofs - 1,
    "events": lambda facts: replace(facts.events, counts=facts.events.counts[::-1].copy() + 1),
    "aggregates": lambda facts: of_rows(facts.aggregates, slice(1, None)),
    "bonuses": lambda facts: Bonuses(*(column[:0] for column in columns_of(facts.bonuses))),
}


def of_rows(aggregates, rows):
    return Aggregates(*(column[rows] for column in columns_of(aggregates)))


def columns_of(value):
    return [getattr(value, name.name) for name in fields(value)]


@pytest.mark.parametrize("part", MISREAD)
def test_check__facts_altered_in_any_part__found(few, kept, part):
    """Whatever reads the engine's answers wrongly: each part of the facts is held against the second reading."""

    class Altered(SecondCheck):
        def check(self, facts, params, base, parts=None):
            return super().check(replace(facts, **{part: MISREAD[part](facts)}), params, base, parts)

    place, epoch = (few, 1) if part == "bonuses" else (kept[0], 0)
    where = "settlement.adapters.lake.second_check.SecondCheck"
    with patch(where, Altered), pytest.raises(UnsoundError, match=DIFFERS):
        load(place, epoch)


def test_check__parts_of_the_facts__are_all_held_against_the_second_reading():
    planted_above = {"blocks", "suspects"}
    of_no_rows = {"epoch", "family", "violations", "mendable"}
    assert {each.name for each in fields(EpochFacts)} == planted_above | of_no_rows | set(MISREAD)


def test_check__row_rewritten_lost_doubled_or_foreign__found(copy):
    for statement in (
        "UPDATE lake.proof_verified SET gates = gates + 1 WHERE block_number = 2 AND log_index = 2",
        "DELETE FROM lake.proof_verified WHERE block_number = 3 AND log_index = 3",
        "INSERT INTO lake.proof_verified SELECT * FROM lake.proof_verified WHERE block_number = 4 AND log_index = 4",
        "UPDATE lake.stake_changed SET delta = delta + 1 WHERE log_index = 7",
        "UPDATE lake.blocks SET our_logs = our_logs + 1 WHERE number = 3",
        "UPDATE lake.emission_set SET amount = amount + 1",
        "DELETE FROM lake.app_approved WHERE app = (SELECT min(app) FROM lake.app_approved)",
    ):
        place = copy()
        with open_lake(*place, REFERENCE) as lake:
            lake.execute(statement)
        with pytest.raises(UnsoundError, match=NOT_COMMITTED):
            load(place)


def files_of(place, table):
    return sorted((place[1] / "lake" / "main" / table).glob("*.parquet"))


def test_check__file_missing_or_of_other_rows__found(copy):
    place = copy()
    (file,) = files_of(place, "proof_verified")
    kept = file.read_bytes()
    rows = pq.read_table(file)
    pq.write_table(rows.slice(1), file)
    with pytest.raises((UnsoundError, RetryLaterError)):
        load(place)
    file.write_bytes(kept)
    assert load(place).proofs > 0
    shutil.move(file, place[1] / "away")
    with pytest.raises((UnsoundError, RetryLaterError)):
        load(place)


ODD_ROWS = {
    "an address of 21 bytes": ("miner", lambda value: value + b"x"),
    "a user of none": ("user", lambda _: b""),
    "an app of 19 bytes": ("app", lambda value: value[1:]),
    "no gates": ("gates", lambda _: None),
    "no block": ("block_number", lambda _: None),
}


@pytest.mark.parametrize("odd", ODD_ROWS)
def test_check__file_with_a_value_that_no_row_has__found(copy, odd):
    place, (column, other) = copy(), ODD_ROWS[odd]
    (file,) = files_of(place, "proof_verified")
    rows = pq.read_table(file)
    values = rows[column].to_pylist()
    values[5] = other(values[5])
    at = rows.column_names.index(column)
    pq.write_table(rows.set_column(at, column, pa.array(values, rows[column].type)), file)
    with pytest.raises(UnsoundError, match=r"lake|ledger"):
        load(place)


def test_check__any_bit_flipped_in_a_file_of_proofs__found_or_the_same_facts(copy):
    place = copy()
    (file,) = files_of(place, "proof_verified")
    kept, expected = file.read_bytes(), load(place)
    rng, found = random.Random(8), 0
    for _ in range(12):
        damaged = bytearray(kept)
        damaged[rng.randrange(4, len(kept) - 8)] ^= 1 << rng.randrange(8)
        file.write_bytes(damaged)
        try:
            got = load(place)
        except (UnsoundError, RetryLaterError):
            found += 1
        else:
            assert got.apps == expected.apps
            assert got.total_staking == expected.total_staking
    assert found


def test_check__lake_without_ledger__waits_for_an_audit(copy):
    place = copy()
    with open_lake(*place, REFERENCE) as lake:
        lake.execute("DELETE FROM lake.ledger")
    with pytest.raises(RetryLaterError, match=r"run `pozk index --audit`"):
        load(place)
