"""Wrong input gives one clear line and the exit code of the specification."""

import pytest

from deploy.devnet import advance_time
from indexer.adapters.postgres.database import connect
from pozk.demo import ACTIVATION_DELAY_SECONDS
from settlement.entry.cli import run
from tests.indexer.adapters.postgres.test_database import reader_of
from tests.support.operator import Operator, operator_of

pytestmark = [pytest.mark.chain, pytest.mark.database]


@pytest.fixture
def operator(devnet, tmp_path, capsys, lake_url):
    """An operator of the chain that all tests read."""
    return operator_of(devnet, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)


def refused(operator, *arguments, code):
    """Run a command that must fail with `code` and one line, and return the line."""
    answer = operator.pozk(*arguments, code=code)
    errors = [line for line in answer.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert answer.document == {"error": errors[0].removeprefix("error: "), "exit_code": code}
    return errors[0]


def test_config__unknown_key__is_2(operator):
    operator.edit_config("[epoch]", "[epoch]\nlenght_seconds = 5")
    assert "did you mean length_seconds?" in refused(operator, "settle", code=2)


def test_config__bad_address__is_2(operator):
    operator.edit_config('token = "0x', 'token = "1x')
    assert "bad value of contracts.token" in refused(operator, "index", code=2)


def test_index__node_down__is_3(operator, devnet):
    operator.edit_config(devnet.rpc, "http://127.0.0.1:9")
    assert "127.0.0.1:9" in refused(operator, "index", code=3)


def test_index__wrong_chain_id__is_2(operator):
    operator.edit_config("chain_id = 31337", "chain_id = 5")
    line = refused(operator, "index", code=2)
    assert "5" in line
    assert "31337" in line


@pytest.mark.parametrize("command", ["index", "settle", "verify"])
def test_database__unreachable__is_3(operator, command):
    operator.environment["POZK_STORE_DATABASE_URL"] = "postgresql://nobody@127.0.0.1:9/none"
    assert "database is unreachable" in refused(operator, command, code=3)


def test_database__malformed_url__is_2(operator):
    operator.environment["POZK_STORE_DATABASE_URL"] = "mysql://x"
    assert "database_url is malformed" in refused(operator, "settle", code=2)


def test_index__other_contracts_than_it_started_with__is_2(operator, devnet):
    operator.pozk("index", "--to-block", "20")
    staking = devnet.addresses["staking"]
    operator.edit_config(staking, devnet.addresses["task_market"])
    assert "staking" in refused(operator, "index", code=2)


def test_settle__journal_of_another_network__is_2(operator):
    operator.pozk("index", "--to-block", "20")
    operator.pozk("settle")
    operator.edit_config("first = 0", "first = 1")
    assert "belongs to another network: first" in refused(operator, "settle", code=2)


def test_settle__epoch_not_finished__is_3(settled_operator):
    assert "epoch 99 is not finished" in refused(settled_operator, "settle", "--epoch", "99", code=3)


def test_settle__nothing_to_settle__is_0(operator):
    operator.pozk("index", "--to-block", "20")
    assert operator.pozk("settle").document["reports"] == []


def test_settle__ruleset_differs_from_the_chain__is_noted_and_the_chains_is_used(settled_operator):
    settled_operator.edit_config('ruleset = "paper-v1"', 'ruleset = "pozk-v1"')
    assert "the chain says paper-v1" in settled_operator.pozk("settle", "--epoch", "2").stderr


def test_settle__publish_without_a_key__is_a_dry_run_and_says_so(settled_operator):
    settled_operator.edit_config("private_key", "# private_key")
    answer = settled_operator.pozk("settle", "--publish")
    assert "this is a dry run, nothing will be sent" in answer.stderr
    assert [(call["purpose"], call["subject"]) for call in answer.document["planned"]] == [("vote", "0")]
    assert answer.document["published"] == []
    assert "no key to sign with" in refused(settled_operator, "tx", "cancel", "1", code=2)


def test_proof__account_with_nothing__is_0(settled_operator):
    document = settled_operator.pozk("proof", "0x" + "77" * 20).document
    assert (document["cumulative"], document["proof"]) == ("0", [])


def test_proof__bad_account__is_2(operator):
    assert "not an address" in refused(operator, "proof", "0x77", code=2)


def test_claim__account_with_nothing__is_0_before_and_after_activation(fresh_devnet, tmp_path, capsys, lake_url):
    operator = operator_of(fresh_devnet, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)
    operator.pozk("index")
    operator.pozk("settle", "--publish")
    nobody = "0x" + "77" * 20
    owed = operator.pozk("query", "SELECT account FROM settled_leaves LIMIT 1").document[0]["account"]
    assert "no root is active yet" in refused(operator, "claim", owed, code=3)
    assert operator.pozk("claim", nobody).document["paid"] == []
    advance_time(fresh_devnet.rpc, ACTIVATION_DELAY_SECONDS)
    operator.pozk("settle", "--publish")
    assert operator.pozk("claim", nobody).document["paid"] == []


def test_commands__role_that_only_reads__readers_read_and_writers_are_refused(settled_operator):
    url = settled_operator.environment["POZK_STORE_DATABASE_URL"]
    with connect(url) as owner:
        settled_operator.environment["POZK_STORE_DATABASE_URL"] = reader_of(owner, url)
        for schema in ("lake", "pozk"):
            owner.execute(f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC")
            owner.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO PUBLIC")
    account = settled_operator.pozk("query", "SELECT account FROM settled_leaves LIMIT 1").document[0]["account"]
    assert settled_operator.pozk("proof", account).document["account"] == account
    settled_operator.pozk("explain", account, "--epoch", "1")
    settled_operator.pozk("verify", "--epoch", "1")
    checks = {row["check"]: row for row in settled_operator.pozk("check").document["checks"]}
    assert "a role that may create nothing" in checks["database"]["said"]
    for arguments in (["index"], ["settle"], ["claim", account], ["distribute"]):
        assert "this role or server only reads" in refused(settled_operator, *arguments, code=2)


def test_index__database_of_another_data_dir__is_2(settled_operator):
    settled_operator.edit_config('data_dir = "my data"', 'data_dir = "other"')
    nobody = "0x" + "77" * 20
    for arguments in (["index"], ["settle"], ["verify"], ["proof", nobody], ["explain", nobody, "--epoch", "1"]):
        assert "another data_dir" in refused(settled_operator, *arguments, code=2)


@pytest.mark.parametrize("command", [["settle"], ["index"], ["check"], ["query", "epochs"]])
def test_config__data_dir_that_cannot_be_made__is_2(operator, command):
    (operator.folder / "file").touch()
    operator.edit_config('data_dir = "my data"', 'data_dir = "file/below"')
    assert "Not a directory" in operator.pozk(*command, code=2).stdout


def test_query__output_in_a_missing_folder__is_2(settled_operator):
    for output_format in ("csv", "json", "parquet"):
        arguments = ("SELECT 1 AS n", "--format", output_format, "--out", str(settled_operator.folder / "none" / "x"))
        assert "No such file or directory" in refused(settled_operator, "query", *arguments, code=2)


def test_query__wrong_sql__is_2(settled_operator):
    assert "SELEC" in refused(settled_operator, "query", "SELEC 1", code=2)
    assert "expected a statement that reads" in refused(settled_operator, "query", "DELETE FROM lake.claimed", code=2)


def test_query__unknown_name__is_2(settled_operator):
    assert "no such query" in refused(settled_operator, "query", "nonsense", code=2)


def test_verify__epoch_not_settled__is_2(operator):
    operator.pozk("index", "--to-block", "5")
    assert "epoch 3 is not settled" in refused(operator, "verify", "--epoch", "3", code=2)


def test_check__node_down__says_so_for_that_check_alone(operator, devnet):
    operator.edit_config(devnet.rpc, "http://127.0.0.1:9")
    checks = {row["check"]: row for row in operator.pozk("check", code=3).document["checks"]}
    assert checks["disk"]["ok"]
    assert checks["database"]["ok"]
    assert not checks["node 127.0.0.1:9"]["ok"]


def test_check__wrong_epoch_constants__is_2(operator):
    operator.edit_config("length_seconds = 86400", "length_seconds = 3600")
    checks = {row["check"]: row for row in operator.pozk("check", code=2).document["checks"]}
    assert "length_seconds" in checks["distributor"]["said"]


def test_init__file_there_already__is_2(tmp_path, capsys):
    operator = Operator(tmp_path, capsys)
    operator.pozk("init")
    assert "give --force" in refused(operator, "init", code=2)


@pytest.mark.parametrize("arguments", [["nonsense"], ["settle", "--epoch", "-1"], ["settle", "--nonsense"], ["proof"]])
def test_command_line__wrong_usage__is_2_in_one_line(arguments, capsys):
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
