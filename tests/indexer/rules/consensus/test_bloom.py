import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.rules.consensus.bloom import chance_of_hits, make_bloom, may_contain, may_contain_any

ITEMS = st.lists(st.binary(min_size=1, max_size=32), min_size=1, max_size=8, unique=True)


def rows(*blooms):
    return np.frombuffer(b"".join(blooms), dtype=np.uint8).reshape(-1, 256)


@given(ITEMS)
def test_may_contain__items_of_the_bloom__always(items):
    bloom = rows(make_bloom(items))
    assert all(may_contain(bloom, item).all() for item in items)


def test_may_contain__absent_items__nearly_never():
    bloom = rows(make_bloom([bytes([i]) for i in range(10)]))
    found = sum(bool(may_contain(bloom, i.to_bytes(4, "big"))[0]) for i in range(2000))
    assert found < 10


def test_may_contain__empty_and_full_bloom__never_and_always():
    assert list(may_contain(rows(bytes(256), b"\xff" * 256), b"x")) == [False, True]


def test_may_contain_any__several_items__one_is_enough():
    blooms = rows(make_bloom([b"a"]), make_bloom([b"b"]), make_bloom([b"c"]))
    assert list(may_contain_any(blooms, [b"a", b"c"])) == [True, False, True]


@pytest.mark.chain
def test_make_bloom__logs_of_a_real_block__the_blooms_of_the_node(anvil):
    topics = [bytes([i]) * 32 for i in range(1, 4)]
    receipt = anvil.emit(anvil.contracts["staking"], [(topics, b"data"), (topics[:1], b"")])
    block = anvil.call("eth_getBlockByNumber", receipt["blockNumber"], False)
    bloom = make_bloom([anvil.contracts["staking"], *topics])
    assert bytes.fromhex(block["logsBloom"][2:]) == bytes.fromhex(receipt["logsBloom"][2:]) == bloom


def test_chance_of_hits__blooms_filled_at_random__the_share_that_is_found():
    rng = np.random.default_rng(7)
    blooms = np.packbits(rng.random((4000, 2048)) < 0.4, axis=1)
    addresses, topics = [[bytes([kind, i]) for i in range(n)] for kind, n in ((1, 5), (2, 20))]
    found = may_contain_any(blooms, addresses) & may_contain_any(blooms, topics)
    assert abs(found.mean() - chance_of_hits(blooms, 5, 20).mean()) < 0.02


def test_chance_of_hits__empty_and_full_bloom__never_and_always():
    assert chance_of_hits(rows(bytes(256), b"\xff" * 256), 5, 20).tolist() == [0, 1]
