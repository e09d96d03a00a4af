"""The database's roles do what they are for, and nothing else."""

import psycopg
import pytest

from settlement.entry.cli import run
from settlement.entry.configuration.template import render_config
from tests.settlement.entry.configuration.test_config import CONTRACTS

pytestmark = pytest.mark.database


def test_roles__writer_and_reader__may_do_just_what_they_are_for(database_url, tmp_path, monkeypatch, capsys):
    (tmp_path / "pozk.toml").write_text(render_config(CONTRACTS))
    monkeypatch.setenv("POZK_STORE_DATABASE_URL", database_url)
    for _ in range(2):
        assert run(["roles", "--config", str(tmp_path / "pozk.toml")]) == 0
    assert "GRANT pozk_writer TO" in capsys.readouterr().out
    job = "INSERT INTO pozk.jobs (name) VALUES ('follow')"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET ROLE pozk_reader")
        assert connection.execute("SELECT count(*) FROM pozk.jobs").fetchone() == (0,)
        for statement in (job, "CREATE TABLE pozk.more (a int)", "DROP TABLE pozk.jobs"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
        connection.execute("SET ROLE pozk_writer")
        connection.execute(job)
        for statement in ("CREATE TABLE pozk.more (a int)", "DROP TABLE pozk.jobs"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
