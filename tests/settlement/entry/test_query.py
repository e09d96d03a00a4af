"""`pozk query` as it is typed: names and parameters, lists, plots, the script, and what is refused."""

import csv
import io
import json

import pytest

from settlement.entry.cli import run

pytestmark = [pytest.mark.chain, pytest.mark.database]
REFUSED = (
    "COPY (SELECT 1) TO '/tmp/pozk.csv'",
    "ATTACH '/tmp/pozk.db' AS mine",
    "INSTALL httpfs",
    "SET memory_limit = '1TB'",
    "PRAGMA database_list",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT getenv('HOME')",
    "SELECT * FROM duckdb_databases()",
)


def typed(operator, capsys, *arguments):
    """Run a command as people type it, without --json; return its code and what it printed."""
    capsys.readouterr()
    code = run(["query", *arguments, "--config", str(operator.config)])
    return code, *capsys.readouterr()


def test_query__as_it_is_typed__answers_in_every_format(settled_operator, tmp_path, capsys, monkeypatch):
    for name, value in settled_operator.environment.items():
        monkeypatch.setenv(name, value)
    code, text, _ = typed(settled_operator, capsys, "leaderboard", "--board", "users", "--rows=3", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (code, [row["rank"] for row in rows]) == (0, ["1", "2", "3"])
    given = ("leaderboard", "--param", "board=users", "--param", "rows=3", "--format", "json")
    assert [row["amount"] for row in json.loads(typed(settled_operator, capsys, *given)[1])] == [
        r["amount"] for r in rows
    ]
    code, text, _ = typed(
        settled_operator, capsys, "leaderboard", "--board", "users", "--rows", "3", "--format", "plot"
    )
    assert (code, len(text.splitlines())) == (0, 4)
    assert text.splitlines()[1].endswith(rows[0]["amount_tokens"])
    for name in ("fees.png", "fees.svg", "fees.parquet"):
        kind = "parquet" if name.endswith("parquet") else "plot"
        assert typed(settled_operator, capsys, "fees", "--format", kind, "--out", str(tmp_path / name))[0] == 0
        assert (tmp_path / name).stat().st_size > 1_000
    described = typed(settled_operator, capsys, "--describe", "leaderboard")[1]
    assert "-- Parameter: board miners|users|apps = miners" in described
    assert "FROM settled_amounts" in described
    code, text, note = typed(settled_operator, capsys, "--script")
    assert (code, text.count("ATTACH"), note) == (0, 1, "")


def test_query__what_leaves_the_lake_or_is_no_parameter__is_2_in_one_line(settled_operator, capsys, monkeypatch):
    for name, value in settled_operator.environment.items():
        monkeypatch.setenv(name, value)
    wrong = [(statement,) for statement in REFUSED]
    wrong += [
        ("leaderboard", "--fromat", "csv"),
        ("leaderboard", "--rows"),
        ("fees", "--format", "plot", "--out", "x.pdf"),
    ]
    for arguments in wrong:
        code, text, errors = typed(settled_operator, capsys, *arguments)
        assert (code, text, len(errors.splitlines())) == (2, "", 1), arguments


def test_query__list__tells_every_query_without_a_configuration(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(["query", "--list"]) == 0
    listed = capsys.readouterr().out
    assert "committee_punctuality" in listed
    assert run(["query", "--list", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["queries"]) >= {"leaderboard", "fees"}
