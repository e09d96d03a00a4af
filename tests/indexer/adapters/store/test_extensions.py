import shutil
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import duckdb
import pytest

from indexer.adapters.store import extensions
from indexer.adapters.store.extensions import connect_with
from indexer.words.errors import RetryLaterError


def test_connect_with__again__loads_and_forbids_unsigned_ones():
    for _ in range(2):
        with connect_with("ducklake") as connection:
            loaded = connection.execute("SELECT loaded FROM duckdb_extensions() WHERE extension_name = 'ducklake'")
            assert loaded.fetchall() == [(True,)]
            with pytest.raises(duckdb.InvalidInputException):
                connection.execute("SET allow_unsigned_extensions = true")


def test_connect_with__file_as_it_was_installed__its_signature_is_not_checked_again(monkeypatch):
    allowed = []
    connect = duckdb.connect
    monkeypatch.setattr(extensions, "_CHECKED", set())
    monkeypatch.setattr(extensions.duckdb, "connect", lambda config: allowed.append(config) or connect(config=config))
    connect_with("ducklake").close()
    assert allowed == [{"allow_unsigned_extensions": True}]


def test_connect_with__file_without_a_record__duckdb_checks_it(monkeypatch):
    allowed = []
    connect = duckdb.connect
    monkeypatch.setattr(extensions, "_CHECKED", set())
    monkeypatch.setattr(extensions, "distribution", no_distribution)
    monkeypatch.setattr(extensions.duckdb, "connect", lambda config: allowed.append(config) or connect(config=config))
    connect_with("ducklake").close()
    assert allowed == [{"allow_unsigned_extensions": False}]


def no_distribution(name):
    raise PackageNotFoundError(name)


def test_connect_with__file_that_is_another_than_was_installed__refused(tmp_path, monkeypatch):
    path = tmp_path / f"v{duckdb.__version__}" / "ducklake.duckdb_extension"
    path.parent.mkdir()
    shutil.copy(extensions.wheel_file("ducklake"), path)
    monkeypatch.setattr(extensions, "wheel_file", lambda _: path)
    with path.open("r+b") as file:
        file.seek(1 << 20)
        file.write(b"changed")
    with pytest.raises(RetryLaterError, match="cannot load the DuckDB extension ducklake"):
        connect_with("ducklake")


def test_connect_with__file_that_changed_since_it_was_checked__is_checked_again(tmp_path, monkeypatch):
    path = Path(shutil.copy(extensions.wheel_file("ducklake"), tmp_path))
    monkeypatch.setattr(extensions, "wheel_file", lambda _: path)
    connect_with("ducklake").close()
    with path.open("r+b") as file:
        file.seek(1 << 20)
        file.write(b"changed")
    with pytest.raises(RetryLaterError, match="cannot load the DuckDB extension ducklake"):
        connect_with("ducklake")
