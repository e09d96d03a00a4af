"""What each fault makes of an honest answer."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

from deploy.faults.plan import FaultPlan
from deploy.faults.refusals import RANGE_REFUSALS, refuse_range
from deploy.faults.source import RefusalError, Source
from indexer.rules.consensus.header import encode_header
from indexer.rules.consensus.keccak import keccak256

_STALE_BLOCKS = 20
_CAPS = (2, 100)  # logs or receipts, of which a node drops the rest and says nothing
_TAGS = ("latest", "finalized", "safe")


def answer_with_faults(source: Source, plan: FaultPlan, method: str, params: list[Any]) -> Any:
    """Return the answer to one call, spoiled as the plan says; a RefusalError is an error the node would give."""
    kind, rng = plan.choose(_kinds(plan, method, params), [method, params])
    if kind == "rate":
        raise RefusalError(rng.choice([-32005, 429]), "Too Many Requests")
    if kind == "refuse":
        first = int(params[0]["fromBlock"], 16)
        raise RefusalError(*refuse_range(rng.randrange(len(RANGE_REFUSALS)), first, plan.accepted_blocks))
    result = source.answer(method, params)
    if kind == "stale" and method == _BLOCK and params[0] in _TAGS:
        behind = max(0, int(result["number"], 16) - rng.randrange(1, _STALE_BLOCKS))
        return source.answer(method, [hex(behind), *params[1:]])
    spoiler = _SPOILERS.get((kind or "", method))
    return result if spoiler is None or result is None else spoiler(copy.deepcopy(result), rng)


def _kinds(plan: FaultPlan, method: str, params: list[Any]) -> tuple[str, ...]:
    """Return the faults that a call can meet; a range is refused only if it is longer than the plan accepts."""
    known = {kind for kind, spoiled in _SPOILERS if spoiled == method} | {"rate"}
    if method == _LOGS and int(params[0]["toBlock"], 16) - int(params[0]["fromBlock"], 16) >= plan.accepted_blocks:
        known.add("refuse")
    return tuple(kind for kind in plan.rates if kind in known)


def _omit_logs(logs: list[Any], rng: random.Random) -> list[Any]:
    kept = [log for log in logs if rng.random() < 0.7]
    return kept if len(kept) < len(logs) else logs[1:]


def _omit_from_receipts(receipts: list[Any], rng: random.Random) -> list[Any]:
    full = [receipt for receipt in receipts if receipt["logs"]]
    if full:
        victim = rng.choice(full)
        victim["logs"] = _omit_logs(victim["logs"], rng)
    return receipts


def _orphan_logs(logs: list[Any], rng: random.Random) -> list[Any]:
    for log in logs[-1:]:
        log["blockHash"] = "0x" + rng.randbytes(32).hex()
    return logs


def _orphan_block(block: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return a sibling of the block: true to its own hash, but not the one the chain has."""
    block["stateRoot"] = "0x" + rng.randbytes(32).hex()
    block["hash"] = "0x" + keccak256(encode_header(block)).hex()
    return block


def _forge_block(block: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    field = rng.choice(["receiptsRoot", "logsBloom", "stateRoot", "timestamp"])
    size = (len(block[field]) - 2) // 2
    block[field] = hex(int(block[field], 16) + 1) if field == "timestamp" else "0x" + rng.randbytes(size).hex()
    return block


def _lag(_: dict[str, Any], __: random.Random) -> None:
    """Return null, as a lagging node does for a block that it does not have yet."""


def _logs_of_a_stale_node(logs: list[Any], rng: random.Random) -> list[Any]:
    """Return the logs without those of the last blocks: the head came from a fresher node behind the same address."""
    newest = max((int(log["blockNumber"], 16) for log in logs), default=0)
    known = newest - rng.randrange(1, _STALE_BLOCKS)
    return [log for log in logs if int(log["blockNumber"], 16) <= known]


def _duplicate(logs: list[Any], rng: random.Random) -> list[Any]:
    """Return one log twice, or one more log at the place of another."""
    again = [log | ({"data": log["data"] + "00" * 32} if rng.random() < 0.5 else {}) for log in logs[:1]]
    return logs + again


def _forge_receipts(receipts: list[Any], rng: random.Random) -> list[Any]:
    full = [log for receipt in receipts for log in receipt["logs"]]
    if full:
        log = rng.choice(full)
        log["data"] = "0x" + rng.randbytes(max(1, len(log["data"]) // 2 - 1)).hex()
    return receipts


_Spoiler = Callable[[Any, random.Random], Any]
_BLOCK, _LOGS, _RECEIPTS = "eth_getBlockByNumber", "eth_getLogs", "eth_getBlockReceipts"
_SPOILERS: dict[tuple[str, str], _Spoiler] = {
    ("omit", _LOGS): _omit_logs,
    ("omit", _RECEIPTS): _omit_from_receipts,
    ("cap", _LOGS): lambda logs, rng: logs[: rng.choice(_CAPS)],
    ("cap", _RECEIPTS): lambda receipts, _: receipts[: min(_CAPS)],
    ("empty", _LOGS): lambda _, __: [],
    ("empty", _RECEIPTS): lambda _, __: [],
    ("null", _LOGS): lambda _, __: None,
    ("null", _BLOCK): lambda _, __: None,
    ("null", _RECEIPTS): lambda _, __: None,
    ("stale", _BLOCK): _lag,
    ("stale", _LOGS): _logs_of_a_stale_node,
    ("orphan", _LOGS): _orphan_logs,
    ("orphan", _BLOCK): _orphan_block,
    ("forge", _BLOCK): _forge_block,
    ("forge", _RECEIPTS): _forge_receipts,
    ("duplicate", _LOGS): _duplicate,
    ("duplicate", _RECEIPTS): lambda receipts, _: receipts + receipts[:1],
    ("flip", _LOGS): lambda logs, rng: logs if rng.random() < 0.5 else logs[: len(logs) // 2],
}
