"""What a command or a job keeps open to the nodes."""

import gc
from urllib.parse import urlsplit

import psutil
import pytest

from settlement.entry.configuration.chain_access import ChainAccess
from settlement.entry.configuration.config import load_settings
from tests.support.operator import operator_of

pytestmark = pytest.mark.chain


def test_chain_access__is_left__no_connection_to_a_node_stays_though_no_garbage_is_collected(devnet, tmp_path):
    settings = load_settings(operator_of(devnet, tmp_path, None).config, {})
    port = urlsplit(devnet.rpc).port

    def connections():
        return [each for each in psutil.Process().net_connections() if each.raddr and each.raddr.port == port]

    gc.disable()
    try:
        before = len(connections())
        for _ in range(3):
            with ChainAccess(settings) as chain:
                assert chain.distributor.members()
                assert len(connections()) > before
        assert len(connections()) == before
    finally:
        gc.enable()


def test_chain_access__nobody_was_asked__nothing_is_opened(devnet, tmp_path):
    with ChainAccess(load_settings(operator_of(devnet, tmp_path, None).config, {})) as chain:
        pass
    assert "pool" not in vars(chain)
