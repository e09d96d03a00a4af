import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st

from indexer.rules.consensus.rlp import encode_bytes, encode_list, encode_uint


@pytest.mark.parametrize("size", [0, 1, 2, 55, 56, 57, 255, 256, 70_000])
@pytest.mark.parametrize("fill", [0x00, 0x7F, 0x80])
def test_encode_bytes__sizes_around_the_prefixes__as_the_reference(size, fill):
    value = bytes([fill]) * size
    assert encode_bytes(value) == rlp.encode(value)


@given(st.integers(0, 2**256))
def test_encode_uint__any__as_the_reference(value):
    assert encode_uint(value) == rlp.encode(value)


@given(st.recursive(st.binary(max_size=60), lambda inner: st.lists(inner, max_size=6)))
def test_encode_list__nested__as_the_reference(tree):
    def encode(node):
        return encode_bytes(node) if isinstance(node, bytes) else encode_list(map(encode, node))

    assert encode(tree) == rlp.encode(tree)
