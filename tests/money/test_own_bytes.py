"""Our own bytes are not believed: the journal, the lake's files, and the contracts they were filled for."""

import json

import psycopg
import pytest

from tests.support.operator import reports_of

pytestmark = [pytest.mark.chain, pytest.mark.database]


@pytest.fixture
def journal(settled_operator):
    """A connection to the journal of the settled operator."""
    url = settled_operator.environment["POZK_STORE_DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def test_settle__middle_report_gone__notices_and_settles_it_again(settled_operator, journal):
    kept = reports_of(settled_operator)
    before = journal.execute("SELECT epoch, report FROM pozk.reports ORDER BY epoch").fetchall()
    journal.execute("DELETE FROM pozk.reports WHERE epoch IN (1, 3)")
    answer = settled_operator.pozk("settle")
    assert [report["epoch"] for report in answer.document["reports"]] == ["1", "3"]
    assert journal.execute("SELECT epoch, report FROM pozk.reports ORDER BY epoch").fetchall() == before
    assert reports_of(settled_operator) == kept
    journal.execute("DELETE FROM pozk.reports WHERE epoch = 2")
    assert [r["epoch"] for r in settled_operator.pozk("settle", "--epoch", "2").document["reports"]] == ["2"]


@pytest.mark.parametrize("command", ["settle", "verify"])
def test_command__contracts_changed_on_a_live_data_directory__is_2(settled_operator, journal, command):
    journal.execute("DELETE FROM pozk.reports WHERE epoch = (SELECT max(epoch) FROM pozk.reports)")
    text = settled_operator.config.read_text()
    line = next(line for line in text.splitlines() if line.startswith("staking"))
    settled_operator.edit_config(line, 'staking = "0x' + "77" * 20 + '"')
    error = settled_operator.pozk(command, code=2).document["error"]
    assert error.startswith("the lake was filled for another staking")


def test_verify__engine_none__all_rows_agree(settled_operator):
    verdicts = settled_operator.pozk("verify", "--engine", "none").document["epochs"]
    assert len(verdicts) == 5
    assert all(verdict["ok"] for verdict in verdicts)


def test_settle__file_of_proofs_gone__found_and_repaired_by_an_audit(settled_operator, journal):
    kept = reports_of(settled_operator)
    journal.execute("DELETE FROM pozk.reports")
    for path in (settled_operator.data_dir / "lake" / "main" / "proof_verified").glob("*.parquet"):
        path.unlink()
    answer = settled_operator.try_pozk("settle")
    assert answer.code in (1, 3)
    differences = settled_operator.pozk("index", "--audit", code=1).document["differences"]
    assert "proof_verified" in {row["table"] for row in differences}
    assert settled_operator.pozk("index", "--audit").document["differences"] == []
    settled_operator.pozk("settle")
    assert reports_of(settled_operator) == kept


def test_settle__epochs_that_pay__none_is_called_unpaid(settled_operator, journal):
    journal.execute("DELETE FROM pozk.reports")
    answer = settled_operator.pozk("settle")
    unpaid = {entry["epoch"] for entry in answer.document["unpaid"]}
    nothing = {int(r["epoch"]) for r in answer.document["reports"] if r["distributed"] == "0"}
    assert unpaid <= nothing
    assert answer.stderr.count("PAYS NOTHING") == len(unpaid)
    assert json.loads(answer.stdout)["stored"]
