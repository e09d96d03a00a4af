import os
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


@pytest.fixture
def allowed(monkeypatch, tmp_path):
    """Whether each DuckDB was opened without a check of its own, in a process that remembers nothing at first."""
    opened, connect = [], duckdb.connect
    monkeypatch.setattr(extensions, "_CHECKED", set())
    monkeypatch.setattr(extensions, "make_folder", lambda *_: tmp_path)

    def open_one(config):
        opened.append(config["allow_unsigned_extensions"])
        return connect(config=config)

    monkeypatch.setattr(extensions.duckdb, "connect", open_one)
    return opened


def forget(monkeypatch):
    """Forget what this process has checked, as a new one has."""
    monkeypatch.setattr(extensions, "_CHECKED", set())


def test_connect_with__file_as_it_was_installed__its_signature_is_not_checked_again(allowed):
    connect_with("ducklake").close()
    assert allowed == [True]


def test_connect_with__file_without_a_record__duckdb_checks_it(allowed, monkeypatch):
    monkeypatch.setattr(extensions, "distribution", no_distribution)
    connect_with("ducklake").close()
    assert allowed == [False]


def test_connect_with__file_that_an_earlier_process_checked__is_not_read_again(allowed, monkeypatch):
    connect_with("ducklake").close()
    forget(monkeypatch)
    monkeypatch.setattr(extensions, "distribution", no_distribution)
    connect_with("ducklake").close()
    assert allowed == [True, True]


@pytest.mark.parametrize("folder", ["nowhere", None])
def test_connect_with__nowhere_to_remember__checks_in_each_process(folder, allowed, monkeypatch, tmp_path):
    monkeypatch.setattr(extensions, "make_folder", lambda *_: folder and tmp_path / folder)
    connect_with("ducklake").close()
    forget(monkeypatch)
    monkeypatch.setattr(extensions, "distribution", no_distribution)
    connect_with("ducklake").close()
    assert allowed == [True, False]


@pytest.mark.usefixtures("allowed")
def test_connect_with__file_that_has_just_changed__is_not_remembered(tmp_path, monkeypatch):
    path = tmp_path / f"v{duckdb.__version__}" / "ducklake.duckdb_extension"
    path.parent.mkdir()
    os.symlink(extensions.wheel_file("ducklake"), path)
    monkeypatch.setattr(extensions, "wheel_file", lambda _: path)
    monkeypatch.setattr(extensions.time, "time_ns", lambda: os.stat(path).st_ctime_ns)
    connect_with("ducklake").close()
    assert [file.name for file in tmp_path.iterdir()] == [path.parent.name]


def test_connect_with__file_changed_with_its_times_set_back__is_read_again(allowed, tmp_path, monkeypatch):
    path = tmp_path / f"v{duckdb.__version__}" / "ducklake.duckdb_extension"
    path.parent.mkdir()
    shutil.copy2(extensions.wheel_file("ducklake"), path)
    monkeypatch.setattr(extensions, "wheel_file", lambda _: path)
    monkeypatch.setattr(extensions.time, "time_ns", lambda: os.stat(path).st_ctime_ns + 2_000_000_000)
    connect_with("ducklake").close()
    before = os.stat(path)
    with path.open("r+b") as file:
        file.seek(1 << 20)
        file.write(b"changed")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    forget(monkeypatch)
    with pytest.raises(RetryLaterError, match="cannot load the DuckDB extension ducklake"):
        connect_with("ducklake")
    assert allowed == [True, False]


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
