"""Byte strings of one length out of their pages: what Arrow reads, or nothing."""

import random

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.rules.stored.byte_pages import read_pages

ROWS = 5000


def random_strings(length=20, count=ROWS):
    rng = random.Random(length)
    return [rng.randbytes(length) for _ in range(count)]


def write_by_arrow(path, strings, codec="snappy", *, nullable=True, **options):
    schema = pa.schema([pa.field("value", pa.binary(), nullable)])
    options = {"use_dictionary": False, "column_encoding": {"value": "DELTA_LENGTH_BYTE_ARRAY"}} | options
    pq.write_table(pa.table([strings], schema=schema), path, compression=codec, **options)


def chunk_of(path, group=0):
    column = pq.read_metadata(path).row_group(group).column(0)
    with path.open("rb") as file:
        file.seek(column.data_page_offset)
        return file.read(column.total_compressed_size), column


def read(path, group=0, chunk=None, *, is_optional=True):
    kept, column = chunk_of(path, group)
    most = column.total_uncompressed_size
    return read_pages(chunk or kept, column.compression, column.num_values, most, is_optional=is_optional)


def read_by_arrow(path, otherwise):
    """Return what Arrow reads of a file; `otherwise` where it refuses a header that says the same to us."""
    try:
        return pq.read_table(path)["value"].to_pylist()
    except OSError:
        return otherwise


def values_in(arrays):
    return [value for array in arrays for value in array.to_pylist()]


@pytest.mark.parametrize("length", [1, 20, 32])
@pytest.mark.parametrize("codec", ["none", "snappy", "zstd", "gzip"])
def test_read_pages__strings_of_one_length__as_they_were_written(tmp_path, length, codec):
    path, strings = tmp_path / "rows.parquet", random_strings(length)
    write_by_arrow(path, strings, codec, data_page_size=1 << 14)
    found = read(path)
    assert values_in(found) == strings
    assert (found[0].type, len(found) > 1) == (pa.large_binary(), length > 1)
    write_by_arrow(path, strings, codec, nullable=False)
    assert values_in(read(path, is_optional=False)) == strings


def test_read_pages__a_file_of_duckdb__is_read_row_group_by_row_group(tmp_path):
    path = tmp_path / "rows.parquet"
    duckdb.sql(
        f"COPY (SELECT unhex(md5(range::VARCHAR)) AS value FROM range(9000)) TO '{path}' "
        "(PARQUET_VERSION V2, ROW_GROUP_SIZE 4096)"
    )
    assert pq.read_metadata(path).row_group(0).column(0).encodings == ("DELTA_LENGTH_BYTE_ARRAY",)
    found = [value for group in range(3) for value in values_in(read(path, group))]
    assert found == pq.read_table(path)["value"].to_pylist()


def test_read_pages__other_pages__are_left_to_arrow(tmp_path):
    path, strings = tmp_path / "rows.parquet", random_strings()
    for other in (
        [*strings[1:], b"x" * 21],
        [*strings[:-2], b"x" * 19, b"x" * 21],
        [*strings[1:], None],
        [b""] * ROWS,
    ):
        write_by_arrow(path, other)
        assert read(path) is None
    for options in (
        {"column_encoding": {"value": "PLAIN"}},
        {"data_page_version": "2.0"},
        {"column_encoding": None, "use_dictionary": True},
    ):
        write_by_arrow(path, strings, **options)
        assert read(path) is None
    for codec in ("brotli", "lz4"):
        write_by_arrow(path, strings, codec)
        assert read(path) is None


def test_read_pages__any_bit_flipped_or_bytes_missing__what_arrow_reads_or_nothing(tmp_path):
    path, strings = tmp_path / "rows.parquet", random_strings(count=300)
    write_by_arrow(path, strings, "none")
    whole, column = chunk_of(path)
    file = path.read_bytes()
    for bit in range(8 * 90):  # of the header, the levels, the lengths and the first strings
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        found = read(path, chunk=bytes(damaged))
        if found is not None:
            other, at = tmp_path / "other.parquet", column.data_page_offset
            other.write_bytes(file[:at] + damaged + file[at + len(damaged) :])
            assert values_in(found) == read_by_arrow(other, strings)
    for size in (0, 1, 5, 60, len(whole) - 1):
        assert read_pages(whole[:size], "UNCOMPRESSED", 300, 10**6, is_optional=True) is None
    assert read_pages(b"\x1c" * 4096, "UNCOMPRESSED", 300, 10**6, is_optional=True) is None
    assert read_pages(whole, "UNCOMPRESSED", 300, 10, is_optional=True) is None
    assert read_pages(whole, "UNCOMPRESSED", 299, 10**6, is_optional=True) is None
