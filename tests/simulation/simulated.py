"""A simulated chain of our events, and what a lake filled from it must hold."""

import random

import numpy as np

from deploy.faults.simchain import SimChain
from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.node import HttpNode
from indexer.adapters.nodes.pool import NodePool
from indexer.adapters.nodes.transport import Transport
from indexer.flows.start.identity import IngestSettings
from indexer.rules.columns.logs import concat_logs
from indexer.rules.columns.membership import is_one_of
from indexer.rules.consensus.receipt import receipt_logs
from indexer.rules.events.decode import decode_logs
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import BlockRef
from indexer.words.contracts import ContractSpan
from indexer.words.levels import parse_level
from tests.indexer.traffic import random_event

CONTRACTS = {role: bytes([position + 1]) * 20 for position, role in enumerate(REFERENCE.contracts)}
FOREIGN = b"\xee" * 20
TABLES = ["blocks", "quarantine", "undecoded", *(event.table for event in REFERENCE.kinds)]
COUNTED = np.frombuffer(b"".join(event.topic0 for event in REFERENCE.counted), dtype=np.uint8).reshape(-1, 32)


def traffic(rng: random.Random, _: int):
    """Return up to three transactions with our events, now and then foreign or undecodable ones; seldom very many."""
    if rng.random() < 0.4:
        return []
    count = rng.choice([17, 40, 130]) if rng.random() < 0.02 else rng.randrange(1, 4)
    return [[one_log(rng) for _ in range(rng.randrange(4))] for _ in range(count)]


def one_log(rng):
    event, _, topics, data = random_event(rng)
    lot = rng.random()
    if lot < 0.1:
        return FOREIGN, topics, data
    if lot < 0.15:
        return CONTRACTS[event.emitters[0]], [rng.randbytes(32)], data
    if lot < 0.2:
        return CONTRACTS[event.emitters[0]], topics[:-1] or topics, data[:-1]
    return CONTRACTS[event.emitters[0]], topics, data


def make_chain(seed: int, blocks: int = 40, **options) -> SimChain:
    chain = SimChain(seed, traffic, **options)
    chain.grow(blocks)
    return chain


def settings(**changes) -> IngestSettings:
    contracts = {role: (ContractSpan(address),) for role, address in CONTRACTS.items()}
    fields = {
        "protocol": REFERENCE,
        "chain_id": 31337,
        "contracts": contracts,
        "start_block": 0,
        "genesis": 1_700_000_000,
    }
    if "level" in changes:
        changes["level"] = parse_level(changes["level"])
    return IngestSettings(**fields | {"length_seconds": 86_400, "commit_blocks": 15} | changes)


def patient_chain(*urls: str, rounds: int = 60, concurrency: int = 1, scan_after_bytes: int = 0) -> NodePool:
    """Return nodes that are asked again without waiting; one question at a time, so that a seed repeats a run.

    Their answers are read by the compiled scanners, or by type until `scan_after_bytes` have come.
    """
    nodes = [HttpNode(Transport(url, Access(answer_seconds=20)), scan_after_bytes) for url in urls]
    return NodePool(nodes, concurrency=concurrency, rounds=rounds, sleep=lambda _: None)


def expected_contents(chain: SimChain, final: int | None = None) -> dict[str, list]:
    """Return what `contents` must be for the blocks up to `final`, straight from the chain's own data."""
    kept = chain.blocks[: (chain.final if final is None else final) + 1]
    refs = [BlockRef(number, bytes.fromhex(each.block["hash"][2:])) for number, each in enumerate(kept)]
    logs = concat_logs([receipt_logs(each.receipts, ref) for each, ref in zip(kept, refs, strict=True)])
    ours = logs.take(settings().log_filter().mask(logs))
    emitters = {role: np.frombuffer(address, dtype=np.uint8).reshape(1, 20) for role, address in CONTRACTS.items()}
    tables = {name: rows_of(rows) for name, rows in decode_logs(ours, emitters, REFERENCE).tables.items()}
    counted = ours.take(is_one_of(ours.topics[:, 0, :], COUNTED))
    counts = np.bincount(counted.block_number.astype(int), minlength=len(kept)).tolist()
    blocks = [
        {
            "number": number,
            "hash": refs[number].hash,
            "parent_hash": bytes.fromhex(each.block["parentHash"][2:]),
            "timestamp": int(each.block["timestamp"], 16),
            "our_logs": counts[number],
        }
        for number, each in enumerate(kept)
    ]
    return {name: [] for name in TABLES} | tables | {"blocks": sorted(repr(sorted(row.items())) for row in blocks)}


def contents(lake) -> dict[str, list]:
    """Return every row of the tables that must not depend on how the lake was filled."""
    with lake.transaction():
        return {name: rows_of(lake.query(f"SELECT * FROM lake.{name}")) for name in TABLES}


def rows_of(table) -> list[str]:
    """Return the rows as text, columns by name, in an order that does not depend on how they were stored."""
    return sorted(repr(sorted(row.items())) for row in table.to_pylist())
