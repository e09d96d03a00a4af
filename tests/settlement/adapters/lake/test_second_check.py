"""The engine and the files, planted with faults: each one is found, whatever it is."""

import itertools
import random
import re
import shutil

import pyarrow.parquet as pq
import pytest

from indexer.adapters.store.lake import Lake, open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import RetryLaterError, UnsoundError
from settlement.adapters.lake.facts import LakeFacts
from settlement.rules.facts.epochs import EpochClock
from tests.conftest import create_database, database_name
from tests.settlement.adapters.events import GENESIS, LENGTH, MadeUpChain, address, block_hash
from tests.settlement.readings import facts_of

pytestmark = pytest.mark.database
CLOCK = EpochClock(GENESIS, LENGTH, 0)
DIFFERS = r"the engine and a second reading of the files differ"
NOT_COMMITTED = r"are not what was committed"


def chain_of(apps=2, accounts=40, seed=1):
    """Return a chain of two epochs with many proofs of accounts that differ in their first byte, and with stakes."""
    rng = random.Random(seed)
    chain = MadeUpChain().mine()
    chain.emit("weights_set", from_epoch=0, a=2500, b=7500, c=5000, d=5000, usage_unit=7)
    chain.emit("emission_set", from_epoch=0, amount=10**24)
    for scheme in range(3):
        chain.emit("scheme_weight_set", from_epoch=0, scheme=scheme, alpha_milli=1000 + scheme)
    people = [rng.randbytes(20) for _ in range(accounts)]
    for app in map(address, range(1, apps + 1)):
        chain.emit("app_approved", app=app, from_epoch=0, scheme=0, gates=40)
        for account in people:
            for role in (0, 1):
                chain.emit(
                    "stake_changed",
                    app=app,
                    account=account,
                    role=role,
                    delta=rng.randrange(1, 10**24),
                    effective_epoch=0,
                )
    while chain.blocks[-1]["timestamp"] < GENESIS + 2 * LENGTH:
        chain.mine()
        epoch = (chain.blocks[-1]["timestamp"] - GENESIS) // LENGTH
        for _ in range(20):
            chain.emit(
                "proof_verified",
                app=address(rng.randint(1, apps)),
                miner=rng.choice(people),
                user=rng.choice(people),
                scheme=rng.randrange(3),
                gates=rng.randrange(1, 2**40),
                epoch=epoch,
            )
    return chain


@pytest.fixture
def place(lake_url, tmp_path):
    return lake_url, tmp_path


def stored(place, chain):
    with open_lake(*place, REFERENCE) as lake:
        chain.store(lake)


@pytest.fixture(scope="module")
def kept(postgres, lake_template, tmp_path_factory):
    """A chain that is stored once, and where."""
    place, chain = (create_database(postgres, lake_template), tmp_path_factory.mktemp("kept")), chain_of()
    stored(place, chain)
    return place, chain


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

    class Planted(Lake):
        def execute(self, sql, params=None):
            rows = "(SELECT * FROM lake.stake_changed WHERE log_index <> 9)"
            super().execute(re.sub(r"lake\.stake_changed(?=\n)", rows, sql), params)

    with pytest.raises(UnsoundError, match=DIFFERS):
        load(place, kind=Planted)


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
