"""Eight messages at once hash as one does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.rules.consensus.keccak import keccak256
from indexer.rules.consensus.keccak_eight_kernel import aligned_state, hash_eight, permute_eight

pytestmark = pytest.mark.slow  # calls compiled kernels


def hashed(messages):
    """Return the hashes of up to eight messages; each text has its own place with nothing of ours behind it."""
    texts = [np.frombuffer(message + bytes(8), dtype=np.uint8) for message in messages]
    out = np.zeros((8, 32), dtype=np.uint8)
    places = np.zeros((3, 8), dtype=np.int64)
    places[0, : len(texts)] = [text.ctypes.data for text in texts]
    places[1, : len(texts)] = list(map(len, messages))
    places[2] = out.ctypes.data + 32 * np.arange(8)
    hash_eight(*places, len(messages), aligned_state())
    assert not out[len(messages) :].any()
    return [row.tobytes() for row in out[: len(messages)]]


def test_permute_eight__the_zero_states__are_the_published_first_lanes():
    state = aligned_state()
    permute_eight(state)
    assert [hex(lane) for lane in state[:16:8].tolist()] == ["0xf1258f7940e1dde7", "0x84d5ccf933c0478a"]
    assert (state.reshape(25, 8) == state.reshape(25, 8)[:, :1]).all()


@pytest.mark.parametrize("size", [0, 1, 7, 8, 127, 128, 135, 136, 137, 271, 272, 273, 1000])
@pytest.mark.parametrize("count", [1, 3, 8])
def test_hash_eight__sizes_around_the_rate__as_one(size, count):
    messages = [np.random.default_rng(v).bytes(size) for v in range(count)]
    assert hashed(messages) == list(map(keccak256, messages))


@given(st.lists(st.binary(max_size=700), min_size=1, max_size=8))
def test_hash_eight__any_messages__as_one(messages):
    assert hashed(messages) == list(map(keccak256, messages))


def test_aligned_state__every_time__starts_on_a_cache_line():
    assert all(aligned_state().ctypes.data % 64 == 0 for _ in range(20))
