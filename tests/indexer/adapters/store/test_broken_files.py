"""Bits turned over in every part of a file of rows: whoever settles notices, and an audit finds what it must mend."""

import random
from functools import partial

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.adapters.store.broken_files import _find_fault, _read_events
from indexer.adapters.store.parquet_rows import LakeFile, read_rows
from indexer.rules.events.decode import arrow_type
from indexer.rules.protocols.reference import REFERENCE
from indexer.rules.stored.row_sums import RowSums, sum_rows
from indexer.rules.stored.thrift import read_struct
from indexer.words.errors import UnsoundError

TABLE, ROWS, FLIPS = "proof_verified", 60, 2
PARTS = ["header of dictionary", "dictionary", "header of data", "levels", "data", "footer"]


def proofs(rng):
    """Return rows of which some columns are dictionaries and others are not."""
    people = [rng.randbytes(20) for _ in range(5)]
    columns = {
        "block_number": pa.array([place // 4 for place in range(ROWS)], pa.uint64()),
        "log_index": pa.array([place % 4 for place in range(ROWS)], pa.uint32()),
        "tx_index": pa.array([0] * ROWS, pa.uint32()),
        "tx_hash": pa.array([rng.randbytes(32) for _ in range(ROWS)]),
        "address": pa.array([people[0]] * ROWS),
    }
    for argument in REFERENCE.tables[TABLE].columns:
        kind = arrow_type(argument)
        values = rng.choices(people if pa.types.is_binary(kind) else range(3), k=ROWS)
        columns[argument.column] = pa.array(values, kind)
    return pa.table(columns).select(REFERENCE.columns_of(TABLE))


def parts_of(path):
    """Return where the parts of a file lie, each as (from, to)."""
    data, footer = path.read_bytes(), pq.read_metadata(path)
    size = int.from_bytes(data[-8:-4], "little")
    parts = {name: [] for name in PARTS} | {"footer": [(len(data) - 8 - size, len(data) - 4)]}
    for column in map(footer.row_group(0).column, range(footer.num_columns)):
        at = min(place for place in (column.dictionary_page_offset, column.data_page_offset) if place)
        end = at + column.total_compressed_size
        while at < end:
            behind = [0]
            header = read_struct(data[at:end], behind)
            name, body = "dictionary" if header[1] == 2 else "data", at + behind[0]
            parts[f"header of {name}"].append((at, body))
            at = body + header[3]
            parts[name].append((body, at))
            if name == "data":
                parts["levels"].append((body, body + 7))
    return parts


def sums_of(path):
    """Return what settling adds up, None where it refuses the file."""
    found = RowSums()
    try:
        for rows in read_rows(REFERENCE, [LakeFile(str(path), None)], TABLE, REFERENCE.columns_of(TABLE), 0, 2**64 - 1):
            found = found.plus(sum_rows(REFERENCE, TABLE, rows))
    except (UnsoundError, ValueError):  # as `row_tallies` names it
        return None
    return found


def rows_of(path, engine):
    """Return the rows as the engine reads them, None where it refuses."""
    try:
        return engine.from_parquet(str(path)).to_arrow_table().to_pylist()
    except duckdb.Error:
        return None


@pytest.mark.parametrize("codec", ["uncompressed", "snappy"])
def test_find_fault__any_bit_flipped_in_any_part__is_noticed_by_who_settles_and_named_or_differs_alike(tmp_path, codec):
    rng, path = random.Random(codec), tmp_path / "rows.parquet"
    with duckdb.connect() as engine:
        engine.register("proofs", proofs(rng))
        engine.execute(f"COPY proofs TO '{path}' (COMPRESSION {codec}, WRITE_BLOOM_FILTER false, PARQUET_VERSION V2)")
        kept, places = path.read_bytes(), parts_of(path)
        right = sums_of(path), rows_of(path, engine)
        read = partial(_read_events, REFERENCE, TABLE)
        for part in PARTS * FLIPS:
            damaged, (low, high) = bytearray(kept), rng.choice(places[part])
            damaged[place := rng.randrange(low, high)] ^= 1 << (bit := rng.randrange(8))
            path.write_bytes(damaged)
            sums, rows = sums_of(path), rows_of(path, engine)
            fault = _find_fault(read, LakeFile(str(path), None), engine, None)
            if fault is None and (sums, rows) != right:  # both read other rows: those of the nodes take their place
                assert None not in (sums, rows), f"{part}: bit {bit} of byte {place}"
                assert right[0] != sums, f"{part}: bit {bit} of byte {place}"
                assert right[1] != rows, f"{part}: bit {bit} of byte {place}"


@pytest.mark.parametrize(
    ("places", "is_sound"), [([3, 5], True), ([2**48 + 3, 5], False), ([3, ROWS], False), ([-1, 3], False)]
)
def test_find_fault__deletions_in_another_order_or_of_no_row__named(tmp_path, places, is_sound):
    path, deletions = tmp_path / "rows.parquet", tmp_path / "deletions.parquet"
    with duckdb.connect() as engine:
        engine.register("proofs", proofs(random.Random(1)))
        engine.execute(f"COPY proofs TO '{path}' (WRITE_BLOOM_FILTER false, PARQUET_VERSION V2)")
        engine.execute(f"COPY (SELECT '{path}' AS file_path, unnest({places}) AS pos) TO '{deletions}'")
        read, file = partial(_read_events, REFERENCE, TABLE), LakeFile(str(path), str(deletions))
        fault = _find_fault(read, file, engine, None)
    assert (fault is None) == is_sound
