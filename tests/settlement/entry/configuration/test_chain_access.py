"""What a command or a job keeps open to the nodes."""

import gc
from urllib.parse import urlsplit

import psutil
import pytest

from settlement.entry.configuration.chain_access import ChainAccess
from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.template import render_config
from tests.settlement.entry.configuration.test_config import CONTRACTS
from tests.support.played_node import PlayedNode


@pytest.fixture
def node():
    with PlayedNode(lambda method, _: "0x7a69" if method == "eth_chainId" else None) as played:
        yield played


@pytest.fixture
def settings(node, tmp_path):
    (tmp_path / "pozk.toml").write_text(render_config(CONTRACTS))
    return load_settings(tmp_path / "pozk.toml", {"POZK_CHAIN_RPC": node.url})


def test_chain_access__is_left__no_connection_to_a_node_stays_though_no_garbage_is_collected(settings, node):
    port = urlsplit(node.url).port

    def connections():
        return [each for each in psutil.Process().net_connections() if each.raddr and each.raddr.port == port]

    gc.disable()
    try:
        for _ in range(3):
            with ChainAccess(settings) as chain:
                assert chain.pool.attempt(lambda each: each.fetch_chain_id()) == 31_337
                assert len(connections()) == 1
            assert connections() == []
    finally:
        gc.enable()


def test_chain_access__nobody_was_asked__nothing_is_opened(settings):
    with ChainAccess(settings) as chain:
        pass
    assert "pool" not in vars(chain)
