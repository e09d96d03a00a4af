"""web3's door to nodes: its calls go through the same client as indexing and settling, with the same limits."""

from __future__ import annotations

import json
from typing import Any

from web3 import Web3
from web3.middleware import ExtraDataToPOAMiddleware
from web3.providers import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from indexer.adapters.nodes.pool import NodePool
from indexer.words.faults import DeniedFault, NodeFault, RateFault, RevertFault, SettingFault, UnreachableFault
from indexer.words.quantities import to_hex

_NO_ANSWER = (UnreachableFault, RateFault, DeniedFault, SettingFault)
_REVERTED, _REFUSED = 3, -32000


class PoolProvider(BaseProvider):
    """Answers web3 from a pool of nodes. A refusal is web3's to name; where no node answers a NodeFault is raised."""

    def __init__(self, pool: NodePool) -> None:
        super().__init__()
        self._pool = pool

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """Return the answer of the first node that gives one."""
        plain = json.loads(Web3.to_json(params))
        try:
            result: Any = self._pool.attempt(lambda node: node.request(method, plain))
        except _NO_ANSWER:
            raise
        except NodeFault as fault:
            code = _REVERTED if isinstance(fault, RevertFault) else _REFUSED
            data = to_hex(fault.data) if isinstance(fault, RevertFault) else ""
            return {"jsonrpc": "2.0", "id": 0, "error": {"code": code, "message": fault.got, "data": data}}
        return {"jsonrpc": "2.0", "id": 0, "result": result}

    def is_connected(self, show_traceback: bool = False) -> bool:  # noqa: ARG002 - web3 names it
        """Return whether a node answers."""
        try:
            self.make_request(RPCEndpoint("eth_chainId"), [])
        except NodeFault:
            return False
        return True


def connect(pool: NodePool) -> Web3:
    """Return web3 over nodes of any chain, also of those whose headers have more than 32 bytes of extra data."""
    web3 = Web3(PoolProvider(pool))
    web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    return web3
