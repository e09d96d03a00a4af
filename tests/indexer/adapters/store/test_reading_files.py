"""Files that a DuckDB reads and cannot write."""

import duckdb
import pytest

from indexer.adapters.store.reading_files import READING, ReadingFiles


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "lake" / "main").mkdir(parents=True)
    (tmp_path / "lake" / "main" / "rows.csv").write_text("a\n7\n")
    (tmp_path / "lake.kept").write_text("not of it")
    return tmp_path / "lake"


def test_reading_files__by_duckdb__are_found_and_read_and_nothing_is_written(folder):
    with duckdb.connect() as connection:
        connection.register_filesystem(ReadingFiles([folder]))
        connection.execute(f"SET allowed_directories = ['{READING}{folder}/']")
        connection.execute("SET enable_external_access = false")
        assert connection.execute(f"SELECT a FROM read_csv('{READING}{folder}/*/*.csv')").fetchall() == [(7,)]
        for target in (f"{READING}{folder}/main/rows.csv", f"{folder}/main/rows.csv", f"{READING}{folder}/new.csv"):
            with pytest.raises(duckdb.Error):
                connection.execute(f"COPY (SELECT 1) TO '{target}' (USE_TMP_FILE false)")
    assert [path.read_text() for path in folder.rglob("*.csv")] == ["a\n7\n"]


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "{folder}/../lake.kept", "{folder}.kept", "{folder}/main/../../lake.kept"]
)
def test_reading_files__outside_of_their_folders__are_not_there(folder, name):
    with pytest.raises(PermissionError, match="expected a file below"):
        ReadingFiles([folder]).open(name.format(folder=folder))


def test_reading_files__whatever_changes_files__is_refused(folder):
    files, place = ReadingFiles([folder]), f"{folder}/main/rows.csv"
    changes = {
        "wb": lambda: files.open(place, "wb"),
        "ab": lambda: files.open(place, "ab"),
        "r+b": lambda: files.open(place, "r+b"),
        "pipe": lambda: files.pipe_file(place, b"x"),
        "touch": lambda: files.touch(place),
        "rm": lambda: files.rm(place),
        "mv": lambda: files.mv(place, f"{folder}/main/other.csv"),
        "cp": lambda: files.copy(place, f"{folder}/main/other.csv"),
    }
    for change in changes.values():
        with pytest.raises((PermissionError, NotImplementedError)):
            change()
    assert [(path.name, path.read_text()) for path in folder.rglob("*.csv")] == [("rows.csv", "a\n7\n")]
