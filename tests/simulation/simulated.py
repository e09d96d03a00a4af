"""A simulated chain of our events, and what a lake filled from it must hold."""

import random

from deploy.faults.simchain import SimChain
from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.node import HttpNode
from indexer.adapters.nodes.pool import NodePool
from indexer.adapters.nodes.transport import Transport
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.contracts import ContractSpan
from indexer.words.levels import parse_level
from tests.indexer.traffic import random_event
from tests.support.reference_decoder import decode_reference, stored_value

CONTRACTS = {role: bytes([position + 1]) * 20 for position, role in enumerate(REFERENCE.contracts)}
FOREIGN = b"\xee" * 20
WORDED = ("quarantine", "undecoded")
TABLES = ["blocks", *WORDED, *(event.table for event in REFERENCE.kinds)]
KINDS = {"0x" + event.topic0.hex(): event for event in REFERENCE.kinds}


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


def expected_contents(chain: SimChain, final: int | None = None, without: str = "") -> dict[str, list]:
    """Return what `contents` must be for the blocks up to `final`: what the chain emitted, decoded by eth-abi.

    Nothing of the indexer is used but the list of the kinds of events.
    """
    tables = {name: [] for name in TABLES}
    for number, made in enumerate(chain.blocks[: (chain.final if final is None else final) + 1]):
        ours = [log for receipt in made.receipts for log in receipt["logs"] if is_ours(log)]
        for log in ours:
            table, row = expected_row(log)
            tables[table].append(row)
        block = {
            "number": number,
            "hash": unhex(made.block["hash"]),
            "parent_hash": unhex(made.block["parentHash"]),
            "timestamp": int(made.block["timestamp"], 16),
            "our_logs": sum(KINDS[log["topics"][0]] in REFERENCE.counted for log in ours),
        }
        tables["blocks"].append(block)
    return {name: told(rows, without) for name, rows in tables.items()}


def is_ours(log) -> bool:
    return unhex(log["address"]) in CONTRACTS.values() and bool(log["topics"]) and log["topics"][0] in KINDS


def expected_row(log) -> tuple[str, dict]:
    """Return the table that a log of ours belongs into, and its row there."""
    kind, topics, data = KINDS[log["topics"][0]], [unhex(topic) for topic in log["topics"]], unhex(log["data"])
    address = unhex(log["address"])
    place = {
        "block_number": int(log["blockNumber"], 16),
        "log_index": int(log["logIndex"], 16),
        "tx_index": int(log["transactionIndex"], 16),
        "tx_hash": unhex(log["transactionHash"]),
        "address": address,
    }
    values = decode_reference(kind, topics, data) if address in {CONTRACTS[name] for name in kind.emitters} else None
    if values is None:
        raw = {"block_hash": unhex(log["blockHash"]), "event": kind.name, "topics": b"".join(topics), "data": data}
        return "quarantine" if kind in REFERENCE.counted else "undecoded", place | raw
    nothing = {a.column: None for other in REFERENCE.kinds if other.table == kind.table for a in other.arguments}
    return kind.table, place | nothing | {a.column: stored_value(a, values[a.name]) for a in kind.arguments}


def unhex(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def contents(lake, without: str = "") -> dict[str, list]:
    """Return every row of the tables that must not depend on how the lake was filled.

    Why a log is in quarantine is left out: those are words; and so is the column `without`.
    """
    with lake.transaction():
        return {name: rows_of(lake.query(f"SELECT * FROM lake.{name}"), name in WORDED, without) for name in TABLES}


def rows_of(table, is_worded=False, without="") -> list[str]:
    """Return the rows as text, columns by name, in an order that does not depend on how they were stored."""
    rows = [
        {name: value for name, value in row.items() if not (is_worded and name == "reason")}
        for row in table.to_pylist()
    ]
    return told(rows, without)


def told(rows, without="") -> list[str]:
    return sorted(repr(sorted((name, value) for name, value in row.items() if name != without)) for row in rows)
