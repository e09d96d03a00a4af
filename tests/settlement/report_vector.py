"""The small network of `tests/vectors/report_v2.json`: its logs, decoded as the indexer does, in a real lake."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from indexer.rules.columns.logs import LogColumns
from indexer.rules.events.decode import decode_logs
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import block_range
from settlement.rules.epoch.report import Network
from settlement.rules.facts.epoch_facts import RulesetChoice
from settlement.rules.facts.epochs import EpochClock
from tests.settlement.adapters.events import as_table

VECTOR = Path(__file__).parent.parent / "vectors" / "report_v2.json"


@cache
def load_vector():
    """Return the vector as it stands in its file."""
    return json.loads(VECTOR.read_text())


def clock_of(vector):
    return EpochClock(vector["genesis"], vector["length_seconds"], vector["first"])


def network_of(vector):
    contracts = {name: as_bytes(value) for name, value in vector["contracts"].items()}
    constants = (vector["genesis"], vector["length_seconds"], vector["first"])
    return Network(vector["chain_id"], contracts["distributor"], contracts["token"], *constants)


def choice_of(vector):
    return RulesetChoice(vector["toml"]["ruleset"], vector["toml"]["residual"])


def as_bytes(text):
    return bytes.fromhex(text.removeprefix("0x"))


def our_logs(vector, block):
    """Return the logs of a block that are ours: of one of the five contracts and of a kind that counts."""
    contracts = {vector["contracts"][role] for role in REFERENCE.contracts}
    return [log for log in block["logs"] if log["address"] in contracts and log["topics"] and kind_of(log) is not None]


def kind_of(log):
    return REFERENCE.by_topic.get(as_bytes(log["topics"][0]))


def store_vector(vector, lake):
    """Append the whole vector to an empty lake, every block final."""
    blocks = [
        {
            "number": b["number"],
            "hash": as_bytes(b["hash"]),
            "timestamp": b["timestamp"],
            "our_logs": len(our_logs(vector, b)),
        }
        for b in vector["blocks"]
    ]
    logs = as_columns([(block, log) for block in vector["blocks"] for log in our_logs(vector, block)])
    emitters = {role: addresses([vector["contracts"][role]]) for role in REFERENCE.contracts}
    covered = {"from_block": blocks[0]["number"], "to_block": blocks[-1]["number"], "level": "receipts", "kinds": "all"}
    rows = {
        "kinds": [{"digest": "all", "topic0": kind.topic0} for kind in REFERENCE.kinds],
        "blocks": blocks,
        "coverage": [covered | {"to_hash": blocks[-1]["hash"]}],
        "finality": [blocks[-1]],
    }
    with lake.transaction():
        tables = {table: as_table(lake, table, listed) for table, listed in rows.items()}
        tables |= decode_logs(logs, emitters, REFERENCE).tables
        for table, stored in tables.items():
            lake.append(table, stored)
        lake.append_range(block_range(blocks[0]["number"], blocks[-1]["number"]), tables)


def addresses(texts):
    return np.frombuffer(b"".join(map(as_bytes, texts)), dtype=np.uint8).reshape(-1, 20)


def as_columns(rows):
    """Return (block, log) pairs as raw columns."""
    count = len(rows)
    topics = np.zeros((count, 4, 32), dtype=np.uint8)
    for row, (_, log) in enumerate(rows):
        for place, word in enumerate(log["topics"]):
            topics[row, place] = np.frombuffer(as_bytes(word), dtype=np.uint8)
    data = [as_bytes(log["data"]) for _, log in rows]
    hashes = np.frombuffer(b"".join(as_bytes(block["hash"]) for block, _ in rows), dtype=np.uint8)
    return LogColumns(
        block_number=np.array([block["number"] for block, _ in rows], dtype=np.uint64),
        block_hash=hashes.reshape(-1, 32),
        log_index=np.array([log["log_index"] for _, log in rows], dtype=np.uint32),
        tx_index=np.zeros(count, dtype=np.uint32),
        tx_hash=np.zeros((count, 32), dtype=np.uint8),
        address=addresses([log["address"] for _, log in rows]),
        topics=topics,
        topic_count=np.array([len(log["topics"]) for _, log in rows], dtype=np.uint8),
        data=np.frombuffer(b"".join(data), dtype=np.uint8),
        data_offsets=np.cumsum([0, *map(len, data)]).astype(np.int64),
    )
