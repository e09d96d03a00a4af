"""`pozk check` against a real chain: what is altered is found, once, and what is right passes."""

import json
import re
import shutil
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from indexer.adapters.postgres.database import connect
from indexer.words.errors import InputError
from settlement.entry.checks.inspection import Inspection
from settlement.entry.checks.node_checks import check_chain
from settlement.entry.checks.store_checks import check_database, check_lake
from settlement.entry.configuration.config import load_settings
from tests.support.operator import operator_of
from tests.support.played_chain import Nodes, PlayedChain, honest

pytestmark = [pytest.mark.chain, pytest.mark.database]


@pytest.fixture
def operator(devnet, tmp_path, capsys, lake_url):
    return operator_of(devnet, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)


def failures(answer):
    return {row["check"]: row["said"] for row in answer.document["checks"] if not row["ok"]}


def only_failure(operator, code=2):
    """Return the one line that says what is wrong."""
    ((_, said),) = failures(operator.pozk("check", code=code)).items()
    return said


def rows_of(answer):
    return {row["check"]: row for row in answer.document["checks"]}


def set_key(operator, section, key, value):
    operator.environment[f"POZK_{section}_{key}".upper()] = value


def test_run_checks__everything_right__passes_without_a_warning_and_says_the_level(operator):
    answer = operator.pozk("check")
    rows = rows_of(answer)
    assert answer.document["not_tried"] == []
    assert [name for name, row in rows.items() if row["warning"]] == []
    assert "chain.verify may be receipts or bloom" in rows["proof"]["said"]
    assert rows["contracts"]["said"] == "6 contracts name each other"
    assert rows["ruleset"]["said"].endswith("from the chain")
    assert "vote for epoch" in rows["vote"]["said"]


def test_run_checks__settled_operator__reads_lake_and_journal(settled_operator):
    rows = rows_of(settled_operator.pozk("check"))
    assert "both on the chain" in rows["lake"]["said"]
    assert "settled up to epoch" in rows["journal"]["said"]
    assert "our vote for epoch" in rows["vote"]["said"]


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        ("settlement", "ruleset", "paper-v9", "settlement.ruleset is unknown"),
        ("settlement", "opening", "none.csv", "opening"),
        ("chain", "verify", "quorum:2", "too few nodes for the quorum"),
        ("chain", "final_agreement", "2", "too few nodes for the agreement"),
        ("chain", "chain_id", "1", "node is of another chain"),
        ("chain", "start_block", "90", "chain.start_block is above the first log of"),
        ("epoch", "genesis", "1700000001", "another genesis"),
        ("epoch", "first", "1", "another first"),
    ],
)
def test_run_checks__wrong_key__is_one_failure(operator, section, key, value, words):
    set_key(operator, section, key, value)
    assert words in only_failure(operator)


def test_run_checks__swapped_contracts__are_one_failure(operator, devnet):
    set_key(operator, "contracts", "staking", devnet.addresses["task_market"])
    set_key(operator, "contracts", "task_market", devnet.addresses["staking"])
    assert "contracts.staking and contracts.task_market are swapped" in only_failure(operator)


def test_run_checks__address_without_code__is_one_failure(operator):
    set_key(operator, "contracts", "app_registry", "0x" + "77" * 20)
    assert "no contract at contracts.app_registry" in only_failure(operator)


def test_run_checks__contract_read_too_late__is_one_failure(operator, devnet):
    entries = [{"address": devnet.addresses["app_registry"], "from_block": 90}]
    set_key(operator, "contracts", "app_registry", json.dumps(entries))
    assert "contracts.app_registry is above the first log of app_registry" in only_failure(operator)


def test_run_checks__vouched_for_what_is_false__is_found(operator):
    set_key(operator, "chain", "start_block", "90")
    set_key(operator, "chain", "vouch_start", "true")
    assert "chain.vouch_start answers for what is false" in only_failure(operator)


def test_run_checks__node_down__is_one_failure_and_the_rest_is_not_tried(operator):
    set_key(operator, "chain", "rpc", "http://127.0.0.1:9")
    answer = operator.pozk("check", code=3)
    assert list(failures(answer)) == ["node 127.0.0.1:9"]
    assert {"check": "chain", "because": "nodes"} in answer.document["not_tried"]


@pytest.mark.parametrize(("key", "value"), [("genesis", "1700000001"), ("length_seconds", "3600")])
def test_run_checks__lake_and_journal_of_another_clock__the_cause_is_said_once(settled_operator, key, value):
    set_key(settled_operator, "epoch", key, value)
    assert f"another {key}" in only_failure(settled_operator)


def test_run_checks__database_of_another_data_dir__is_one_failure(settled_operator):
    settled_operator.edit_config('data_dir = "my data"', 'data_dir = "other"')
    assert "another data_dir" in only_failure(settled_operator)


def test_run_checks__files_of_the_newest_epoch_gone__is_one_failure(settled_operator):
    shutil.rmtree(max((settled_operator.data_dir / "epochs").iterdir()))
    assert "its files are gone" in only_failure(settled_operator, code=1)


def test_run_checks__nothing_is_stored(operator, database_url):
    set_key(operator, "store", "database_url", database_url)
    operator.pozk("check")
    with connect(database_url) as connection:
        schemas = {row[0] for row in connection.execute("SELECT nspname FROM pg_namespace")}
    assert not schemas & {"lake", "pozk"}


def test_run_checks__signer_outside_the_committee__is_a_warning(operator):
    set_key(operator, "signer", "private_key", "0x" + "42" * 32)
    answer = operator.try_pozk("check")
    assert re.search("cannot pay for gas|NOT on the committee", answer.stdout)


def test_settle__parameters_of_another_network__names_the_wrong_key_and_not_governance(operator, devnet):
    set_key(operator, "contracts", "parameters", devnet.addresses["staking"])
    operator.pozk("index")
    error = operator.pozk("settle", code=2).document["error"]
    assert "the settings are wrong: contracts.parameters" in error
    assert "governance" not in error


def test_check_lake__blocks_of_another_chain__is_2(settled_operator):
    settings = load_settings(settled_operator.config, settled_operator.environment)
    with ExitStack() as closing:
        look = Inspection(settings, closing)
        look.chain = SimpleNamespace(pool=SimpleNamespace(attempt=lambda *_, **__: False))
        look.passed.add("finality")
        check_database(look)
        with pytest.raises(InputError, match="the lake holds the blocks of another chain"):
            check_lake(look)


@pytest.mark.parametrize(("base_fee", "words"), [("0x7", "1 of 1 nodes on it"), (None, "without a base fee")])
def test_check_chain__with_and_without_a_base_fee__says_which(operator, base_fee, words):
    look = Inspection(load_settings(operator.config, operator.environment), ExitStack())
    with Nodes(honest(PlayedChain(base_fee=base_fee))) as nodes:
        look.chain = nodes
        assert words in check_chain(look)
