import pytest

from indexer.rules.stored.thrift import read_struct, skip


def test_read_struct__numbers_booleans_structs_and_others__by_their_number():
    # 1: 150, 2: "ab", 3: true, 5: {1: -1}, 40 (a long step): 3, 41: a list of two doubles
    data = bytes([0x15, 0xAC, 0x02, 0x18, 2, *b"ab", 0x11, 0x2C, 0x15, 1, 0, 0x05, 80, 6, 0x19, 0x27, *bytes(16), 0, 9])
    at = [0]
    assert read_struct(data, at) == {1: 150, 3: True, 5: {1: -1}, 40: 3}
    assert data[at[0]] == 9


def test_read_struct__cut_off_or_of_another_protocol__says_so():
    with pytest.raises(IndexError):
        read_struct(b"\x15\xac", [0])
    with pytest.raises(ValueError, match="expected a type that footers have, got 14"):
        skip(b"", [0], 14)
