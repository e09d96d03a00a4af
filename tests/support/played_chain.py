"""A chain with one contract, played: what a wallet and a contract's reader ask of nodes, each node with its faults."""

import threading

from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.node import HttpNode
from indexer.adapters.nodes.pool import NodePool
from indexer.adapters.nodes.transport import Transport
from settlement.adapters.chain.chain_state import ChainState
from tests.support.played_node import PlayedNode, RefusedError

REVERT = {"code": 3, "message": "execution reverted", "data": "0x1234"}


class PlayedChain:
    """Blocks are counted; a transaction that any node takes is in the next one. `lags` blocks are hidden by a node."""

    def __init__(self, *, block=100, base_fee="0x7", views=None, chain_id=31337):
        self.block, self.base_fee, self.chain_id = block, base_fee, chain_id
        self.views = views or {}
        self.mined: dict[str, int] = {}
        self.sent: list[str] = []
        self.nonces = [0]

    def answer_at(self, newest, method, params):
        handlers = {
            "eth_chainId": lambda: hex(self.chain_id),
            "eth_blockNumber": lambda: hex(newest),
            "eth_getBlockByNumber": lambda: self._header(params[0], newest),
            "eth_call": lambda: self._call(params, newest),
            "eth_estimateGas": lambda: self._estimate(params, newest),
            "eth_gasPrice": lambda: "0x9",
            "eth_maxPriorityFeePerGas": lambda: "0x2",
            "eth_getBalance": lambda: "0x5",
            "eth_getTransactionCount": lambda: hex(self._count(params[1], newest)),
            "eth_sendRawTransaction": lambda: self._send(params[0]),
            "eth_getTransactionReceipt": lambda: self._receipt(params[0], newest),
        }
        return handlers[method]()

    def _header(self, tag, newest):
        number = newest if tag == "latest" else newest - 5 if tag == "finalized" else int(tag, 16)
        self._need(number, newest)
        header = {"number": hex(number), "hash": "0x" + "11" * 32, "parentHash": "0x" + "22" * 32}
        return header | {"timestamp": hex(number), "extraData": "0x" + "00" * 97, "baseFeePerGas": self.base_fee}

    def _call(self, params, newest):
        self._need(int(params[1], 16), newest)
        answer = self.views.get(params[0]["data"][:10])
        if answer is None:
            raise RefusedError(REVERT)
        return answer

    def _estimate(self, params, newest):
        self._need(int(params[1], 16), newest)
        if params[0]["data"] == "0xdead":
            raise RefusedError(REVERT)
        return "0x5208"

    def _count(self, tag, newest):
        return sum(1 for block in self.mined.values() if block <= min(int(tag, 16), newest))

    def _send(self, raw):
        if raw in self.sent:
            raise RefusedError({"code": -32000, "message": "already known"})
        self.sent.append(raw)
        self.block += 1
        self.mined[raw] = self.block
        return "0x" + "ab" * 32

    def _receipt(self, _, newest):
        blocks = [block for block in self.mined.values() if block <= newest]
        return {"status": "0x1", "blockNumber": hex(blocks[-1]), "gasUsed": "0x5208"} if blocks else None

    def _need(self, number, newest):
        if number > newest:
            raise RefusedError({"code": -32000, "message": "header not found"})


def honest(chain, lags=0):
    """Return a node of the chain; it shows `lags` blocks less than there are."""
    return lambda method, params: chain.answer_at(chain.block - lags, method, params)


def dead(*_):
    raise RefusedError(status=502)


def silent(*_):
    threading.Event().wait(30)


class Nodes:
    """Played nodes and the state that is read through them."""

    def __init__(self, *answers, chain_id=31337, seconds=0.4):
        self.played = [PlayedNode(answer) for answer in answers]
        self.pauses = []
        access = Access(answer_seconds=seconds)
        nodes = [HttpNode(Transport(node.url, access)) for node in self.played]
        self.pool = NodePool(nodes, rounds=3, sleep=self.pauses.append)
        self.state = ChainState(self.pool, chain_id)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for node in self.played:
            node.__exit__()
