import io

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.adapters.store.parquet_filters import remove_filters
from indexer.rules.stored.parquet_footer import filter_places
from indexer.words.errors import UnsoundError


@pytest.fixture
def written(tmp_path):
    """A file of many columns and row groups as DuckDB writes it, with filters."""
    path = tmp_path / "rows.parquet"
    columns = "('\\xF8\\xC9\\x' || lpad(to_hex(range % 7), 2, '0'))::BLOB AS few, range AS number, range % 3 AS third"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT {columns}, range::VARCHAR AS text, [range] AS listed FROM range(5000)) "
            f"TO '{path}' (ROW_GROUP_SIZE 2048)"
        )
    return path


def test_remove_filters__rows_of_duckdb__same_rows_and_size_and_no_filter(written):
    before, size = pq.read_table(written), written.stat().st_size
    wanted = before["few"][0].as_py()
    count = "SELECT count(*) FROM read_parquet($path) WHERE few = $value"
    with duckdb.connect() as connection:
        assert remove_filters(written) > 0
        assert remove_filters(written) == 0
        found = connection.execute(count, {"path": str(written), "value": wanted}).fetchone()[0]
    assert found == before["few"].to_pylist().count(wanted) > 700
    assert pq.read_table(written).equals(before)
    assert written.stat().st_size == size
    metadata = pq.read_metadata(written)
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            assert metadata.row_group(group).column(column).to_dict()["bloom_filter_offset"] is None


def test_filter_places__file_without_filters__none():
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": [b"x"] * 9, "b": [True] * 9, "c": [1.5] * 9}), sink)
    content = sink.getvalue()
    length = int.from_bytes(content[-8:-4], "little")
    assert filter_places(content[-8 - length : -8]) == []


def test_filter_places__cut_off__refused(written):
    content = written.read_bytes()
    length = int.from_bytes(content[-8:-4], "little")
    with pytest.raises(ValueError, match="footer"):
        filter_places(content[-8 - length : -60])


@pytest.mark.parametrize("content", [b"", b"PAR1", b"\0" * 40, b"PAR1" + b"\xff" * 4 + b"PAR1"])
def test_remove_filters__no_parquet__unsound_in_one_line(tmp_path, content):
    path = tmp_path / "broken.parquet"
    path.write_bytes(content)
    with pytest.raises(UnsoundError, match="a file of the lake is broken"):
        remove_filters(path)
