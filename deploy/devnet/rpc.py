"""Batched JSON-RPC to a local node, and the moving of its time."""

import json
from collections.abc import Sequence
from typing import Any

from indexer.adapters.nodes.transport import Transport
from indexer.words.errors import UnsoundError

_BATCH = 500
Request = tuple[str, list[Any]]


class DevRpc:
    """A node's JSON-RPC; every answer is the bare `result`."""

    def __init__(self, rpc: str) -> None:
        self.address = rpc
        self._transport = Transport(rpc)

    def call(self, method: str, *parameters: Any) -> Any:
        """Return one result; UnsoundError when the node answers an error, RetryLaterError when it does not answer."""
        return self.results([(method, list(parameters))])[0]

    def results(self, batch: Sequence[Request]) -> list[Any]:
        """Return the results of many requests in their order; the errors are those of `call`."""
        answers = self.answers(batch)
        for (method, _), answer in zip(batch, answers, strict=True):
            if "error" in answer:
                raise UnsoundError(f"{method} failed", got=str(answer["error"]), where=self.address)
        return [answer["result"] for answer in answers]

    def answers(self, batch: Sequence[Request]) -> list[Any]:
        """Return the raw answers, `result` or `error` in each, in the order of the requests."""
        answers: list[Any] = []
        for start in range(0, len(batch), _BATCH):
            answers += self._post(batch[start : start + _BATCH])
        return answers

    def _post(self, part: Sequence[Request]) -> list[Any]:
        found = json.loads(self._transport.mixed_body(part).copied())
        if not isinstance(found, list) or sorted(answer["id"] for answer in found) != list(range(len(part))):
            raise UnsoundError("batch answered in part", expected=f"{len(part)} answers", got=str(found)[:200])
        return sorted(found, key=lambda answer: int(answer["id"]))


def head_timestamp(rpc: DevRpc) -> int:
    """Return the newest block's timestamp in seconds."""
    return int(rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)


def mine(rpc: str | DevRpc, blocks: int = 1) -> None:
    """Mine empty blocks, a second apart."""
    node = rpc if isinstance(rpc, DevRpc) else DevRpc(rpc)
    node.call("anvil_mine", hex(blocks), hex(1))


def advance_time(rpc: str | DevRpc, seconds: int) -> int:
    """Mine one block `seconds` after the newest one and return its timestamp; the clock goes on from there."""
    node = rpc if isinstance(rpc, DevRpc) else DevRpc(rpc)
    return set_time(node, head_timestamp(node) + seconds)


def set_time(rpc: str | DevRpc, timestamp: int) -> int:
    """Mine one block at exactly this time (later than the newest block's) and return it."""
    node = rpc if isinstance(rpc, DevRpc) else DevRpc(rpc)
    node.results([("evm_setNextBlockTimestamp", [timestamp]), ("evm_mine", [])])
    return timestamp
