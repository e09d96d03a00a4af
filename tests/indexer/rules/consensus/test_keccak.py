import numpy as np
import pytest
from eth_hash.auto import keccak as reference
from hypothesis import given
from hypothesis import strategies as st

from indexer.rules.consensus.keccak import keccak256, keccak_ragged

pytestmark = pytest.mark.slow  # calls compiled kernels


def test_keccak256__empty_message__known_digest():
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@given(st.lists(st.binary(max_size=300), max_size=12))
def test_keccak_ragged__any_messages__agrees_with_the_reference(messages):
    buffer = np.frombuffer(b"".join(messages), dtype=np.uint8)
    offsets = np.cumsum([0, *map(len, messages)]).astype(np.int64)
    assert [bytes(row) for row in keccak_ragged(buffer, offsets)] == [reference(message) for message in messages]


@pytest.mark.parametrize("width", [0, 1, 32, 64, 135, 136, 137, 272, 500])
def test_keccak_ragged__widths_around_the_rate__agrees_with_the_reference(width):
    rows = np.random.default_rng(width).integers(0, 256, (300, width), dtype=np.uint8)
    digests = keccak_ragged(rows.ravel(), np.arange(301, dtype=np.int64) * width)
    assert [bytes(row) for row in digests] == [reference(row.tobytes()) for row in rows]


def test_keccak_ragged__batch_for_several_threads__every_message_hashed():
    rows = np.arange(40_000, dtype=np.uint64).view(np.uint8)
    digests = keccak_ragged(rows, np.arange(40_001, dtype=np.int64) * 8)
    assert all(bytes(digests[i]) == reference(rows[8 * i : 8 * i + 8].tobytes()) for i in range(0, 40_000, 997))


def test_keccak_ragged__offsets_outside_the_buffer__refused():
    with pytest.raises(ValueError, match="expected ascending offsets"):
        keccak_ragged(np.zeros(4, dtype=np.uint8), np.array([0, 5], dtype=np.int64))
