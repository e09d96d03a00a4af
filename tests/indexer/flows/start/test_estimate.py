import itertools

import pytest

from indexer.adapters.nodes.pool import open_chain
from indexer.flows.start.estimate import estimate
from tests.indexer.traffic import emit_random, settings_for

pytestmark = pytest.mark.chain


def test_estimate__real_node__counts_blocks_and_finds_receipts(anvil):
    emit_random(anvil, seed=5, transactions=3)
    ticks = itertools.count()
    found = estimate(open_chain([anvil.url]).nodes[0], settings_for(anvil), lambda: float(next(ticks)))
    assert found.blocks == anvil.height() + 1
    assert found.serves_receipts
    assert found.requests >= 1
    assert found.bytes > 1000 * found.blocks
    assert found.seconds > 0
