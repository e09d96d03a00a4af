import pyarrow as pa
import pytest

from indexer.rules.stored import row_hash
from indexer.rules.stored.hashed_columns import CODED, NARROW, WIDE, places_of


def forms_of(**columns):
    return places_of(columns, frozenset(), row_hash.values_of).places[:, 0].tolist()


def test_places_of__columns_of_every_kind__their_forms():
    strings = pa.array([b"a", b"b"])
    kinds = (pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(), pa.int32(), pa.bool_())
    numbers = {str(kind): pa.array([1, 0]).cast(kind) for kind in kinds}
    assert forms_of(**numbers, amount=pa.array([1, 2], pa.decimal128(38, 0))) == [1, 2, 4, 8, 8, 8, 16]
    assert forms_of(
        narrow=strings, wide=strings.cast(pa.large_binary()), text=pa.array(["a", "b"]), few=strings.dictionary_encode()
    ) == [NARROW, WIDE, NARROW, CODED]


def test_places_of__nulls__only_of_columns_that_came_later():
    columns = {"late": pa.array([None, 1], pa.uint64())}
    found = places_of(columns, frozenset({"late"}), row_hash.values_of)
    assert found.held[0].tolist() == [0, 1]
    assert found.places[0, 4] == found.held[0].ctypes.data
    with pytest.raises(ValueError, match="expected no nulls"):
        places_of(columns, frozenset(), row_hash.values_of)
