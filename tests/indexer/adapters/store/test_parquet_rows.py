"""Files of the lake read without the engine, where they are damaged."""

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.adapters.store import parquet_rows
from indexer.adapters.store.parquet_rows import LakeFile, read_rows
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import UnsoundError


def write_numbers(path, count=4000):
    """Write blocks 0 to `count` in row groups of 1,000, and return where the first page's bytes lie."""
    table = pa.table({"block_number": pa.array(range(count), pa.uint64())})
    pq.write_table(table, path, compression="snappy", use_dictionary=False, row_group_size=1000)
    return pq.read_metadata(path).row_group(0).column(0).data_page_offset


def numbers_in(path):
    files = [LakeFile(str(path), None)]
    parts = list(read_rows(REFERENCE, files, "emission_set", ["block_number"], 0, 2**63))
    return pa.concat_tables(parts)["block_number"].to_pylist()


def test_read_rows__no_reader_can_read_the_file__names_it(tmp_path):
    path = tmp_path / "file.parquet"
    page = write_numbers(path)
    content = bytearray(path.read_bytes())
    content[page + 40 : page + 400] = b"\xff" * 360
    path.write_bytes(content)
    with pytest.raises(UnsoundError, match="missing or broken") as raised:
        numbers_in(path)
    assert str(path) in raised.value.line()


def test_read_rows__row_groups_that_one_reader_refuses__are_read_once_by_the_other(tmp_path, monkeypatch):
    path, reads = tmp_path / "file.parquet", []
    duckdb.sql(
        f"COPY (SELECT (range * 2654435761 % 4294967296)::UINTEGER AS block_number FROM range(8192)) TO '{path}' "
        "(PARQUET_VERSION V2, ROW_GROUP_SIZE 2048, DICTIONARY_SIZE_LIMIT 1)"
    )
    with pytest.raises(OSError, match="delta bit width"):
        pq.read_table(path)
    by_duckdb = parquet_rows._read_by_duckdb
    monkeypatch.setattr(parquet_rows, "_read_by_duckdb", lambda place: reads.append(place) or by_duckdb(place))
    assert numbers_in(path) == [each * 2654435761 % 2**32 for each in range(8192)]
    assert reads == [str(path)]
