"""What indexing needs, played in memory: nodes of a small true chain, the choice among them, a lake.

Hashes, blooms and receipts roots are true, so that every check is passed or failed for its own reason. No kernel is
compiled for so few blocks, and no database is started.
"""

from collections.abc import Callable
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np

from deploy.faults.simchain import SimChain
from indexer.rules.consensus.header import header_columns
from indexer.rules.consensus.receipt import gather_receipts
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import BlockRef
from indexer.words.contracts import ContractSpan
from indexer.words.errors import RetryLaterError
from indexer.words.faults import MissingFault, NodeFault, RangeFault, WrongAnswerFault
from indexer.words.levels import parse_level
from sql import load_sql
from tests.indexer.rawlogs import encode_log

CONTRACTS = {name: bytes([at]) * 20 for at, name in enumerate(REFERENCE.contracts, start=1)}
STAKE = REFERENCE.by_name["StakeChanged"]
SOMEBODY = b"\x0a" * 20
EVERY = 3
"""Every third block holds one log of ours."""


def stakes(_, number):
    """Return the logs of a block: a stake in every third one."""
    if number % EVERY:
        return []
    values = {"app": SOMEBODY, "account": SOMEBODY, "role": 0, "delta": number, "effectiveEpoch": 1}
    return [[(CONTRACTS["staking"], *encode_log(STAKE, values))]]


def small_chain(blocks=12, seed=1, **options):
    """Return a chain of so many blocks above its first one, the newest four of them not final."""
    chain = SimChain(seed, stakes, **{"finality_lag": 4} | options)
    chain.grow(blocks)
    return chain


def ref_of(chain, number):
    return BlockRef(number, bytes.fromhex(chain.blocks[number].block["hash"][2:]))


def settings_of(level="receipts", **changes):
    fields = {
        "protocol": REFERENCE,
        "chain_id": 31337,
        "contracts": {name: (ContractSpan(address),) for name, address in CONTRACTS.items()},
        "start_block": 0,
        "genesis": 1_700_000_000,
        "length_seconds": 86_400,
        "level": parse_level(level),
    }
    return IngestSettings(**fields | changes)


@dataclass
class PlayedNode:
    """A node of a chain. `says` puts a function in the place of a method: it gets the honest answer first.

    `fails` are faults by method, raised in order before anything is answered; `asked` counts calls by method.
    """

    chain: SimChain
    name: str = "one"
    says: dict[str, Callable] = field(default_factory=dict)
    fails: dict[str, list] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    def _answer(self, method, honest, *asked):
        self.asked[method] = self.asked.get(method, 0) + 1
        if self.fails.get(method):
            raise self.fails[method].pop(0)
        return self.says[method](honest(), *asked) if method in self.says else honest()

    def fetch_chain_id(self):
        return self._answer("fetch_chain_id", lambda: 31337)

    def fetch_head(self, finality):
        chain = self.chain
        number = chain.final if finality.is_by_tag else max(0, chain.height - finality.confirmations)
        return self._answer("fetch_head", lambda: self._headers(number, number).head(0), finality)

    def fetch_headers(self, blocks):
        return self._answer("fetch_headers", lambda: self._headers(blocks.from_block, blocks.to_block), blocks)

    def fetch_logs(self, blocks, addresses, topics):
        return self._answer("fetch_logs", lambda: self._logs(blocks, addresses, topics), blocks)

    def fetch_receipts(self, blocks):
        return self._answer("fetch_receipts", lambda: self._receipts(blocks), blocks)

    def fetch_raw_receipts(self, block):
        return self._answer("fetch_raw_receipts", lambda: self.chain.blocks[block.number].receipts, block)

    def fetch_block(self, number):
        return self._answer("fetch_block", lambda: self.chain.blocks[number].block, number)

    def has_code(self, address, number):
        return self._answer("has_code", lambda: True, address, number)

    def _headers(self, low, high):
        if high > self.chain.height:
            raise MissingFault("no such block", where=self.name)
        return header_columns([each.block for each in self.chain.blocks[low : high + 1]])

    def _logs(self, blocks, addresses, topics):
        found = self._receipts([ref_of(self.chain, n) for n in range(blocks.from_block, blocks.to_block + 1)]).logs
        ours = [
            found.address[row].tobytes() in addresses and found.topics[row, 0].tobytes() in topics
            for row in range(len(found))
        ]
        return found.take(np.array(ours, dtype=np.bool_))

    def _receipts(self, blocks):
        return gather_receipts([self.chain.blocks[block.number].receipts for block in blocks], blocks)


@dataclass
class PlayedPool:
    """Nodes that are asked in their order, `patience` times each; nobody waits."""

    nodes: list
    patience: int = 2
    concurrency: int = 1
    evidence: list = field(default_factory=list)

    def accuse(self, fault):
        self.evidence.append(fault)

    def drain_evidence(self):
        found, self.evidence = self.evidence, []
        return found

    def turns(self):
        return iter(range(self.patience))

    def attempt(self, work, rounds=None):
        faults = []
        for _ in range(self.patience if rounds is None else rounds):
            for node in self.nodes:
                try:
                    return work(node)
                except RangeFault:
                    raise
                except WrongAnswerFault as fault:
                    self.accuse(fault)
                    faults.append(fault)
                except NodeFault as fault:
                    faults.append(fault)
        raise faults[-1]

    @property
    def accused(self):
        """Who was accused of what, until the evidence was drained."""
        return [(fault.node, fault.kind) for fault in self.evidence]


BLOCK_COLUMN = {"blocks": "number", "finality": "number", "coverage": "to_block"}


class PlayedLake:
    """Rows by table, as dictionaries; a transaction that fails leaves none. `commits` counts those that did not.

    `dies_in` is the number of the commit that fails, `is_lost` whether another process is the writer by now.
    """

    def __init__(self):
        self.rows, self.commits, self.dies_in, self.is_lost = {}, 0, None, False
        self.merged, self._inside = 0, False
        self._answers = {
            load_sql("lake/identity"): lambda: self._table("identity"),
            load_sql("lake/kinds"): lambda: self._table("kinds"),
            load_sql("lake/block_hashes"): lambda low, high: self._blocks(low, high),
            load_sql("lake/parent_hash"): lambda number: self._blocks(number, number),
            load_sql("lake/blocks_named"): lambda numbers: [row for n in numbers for row in self._blocks(n, n)],
            load_sql("lake/coverage_ranges"): lambda low, high: self._coverage(low, high),
            load_sql("lake/final_claims"): lambda low, high: self._between("final_claims", low, high),
            load_sql("lake/evidence_count"): self._evidence_count,
            load_sql("lake/known_above"): lambda number: self._blocks(number, 1 << 63)[:1],
            load_sql("lake/first_block"): lambda: [{"number": min(row["number"] for row in self._table("blocks"))}],
        }

    def query(self, sql, params=None):
        """Answer the statements that the flows name; another one is a KeyError."""
        return Answer(self._answers[sql](**(params or {})))

    @contextmanager
    def transaction(self):
        before = deepcopy(self.rows)
        try:
            yield
            if self.commits == self.dies_in:
                raise RetryLaterError("the database is gone")
        except BaseException:
            self.rows = before
            raise
        self.commits += 1

    def append(self, table, rows):
        self.rows.setdefault(table, []).extend(rows.to_pylist())

    def roll_back(self, block):
        last = -1 if block is None else block.number
        for table, rows in self.rows.items():
            column = BLOCK_COLUMN.get(table, "block_number")
            self.rows[table] = [row for row in rows if row.get(column, -1) <= last]

    def append_range(self, blocks, rows):
        assert len(rows["blocks"]) == len(blocks)

    def amend_ranges(self, blocks, added, removed):
        assert len(added["blocks"].to_pylist()) == len(removed["blocks"].to_pylist()) <= len(blocks)

    def count_more_logs(self, counts):
        more = {row["number"]: row["more"] for row in counts.to_pylist()}
        for row in self._table("blocks"):
            row["our_logs"] += more.get(row["number"], 0)

    def merge_small_files(self):
        self.merged += 1

    def finalized_head(self):
        return max((_ref(row) for row in self._table("finality")), key=lambda ref: ref.number, default=None)

    def last_block(self):
        return max((_ref(row) for row in self._table("blocks")), key=lambda ref: ref.number, default=None)

    def ensure_writer(self):
        if self.is_lost:
            raise RetryLaterError("the writer's lock was lost")

    def numbers(self, table="blocks"):
        """Return the blocks of the rows of a table, ascending."""
        return sorted(row[BLOCK_COLUMN.get(table, "block_number")] for row in self._table(table))

    def _table(self, name):
        return self.rows.get(name, [])

    def _between(self, table, low, high):
        return [row for row in self._table(table) if low <= row["number"] <= high]

    def _blocks(self, low, high):
        return sorted(self._between("blocks", low, high), key=lambda row: row["number"])

    def _coverage(self, low, high):
        return [row for row in self._table("coverage") if row["to_block"] >= low and row["from_block"] <= high]

    def _evidence_count(self, node, kind, number):
        said = (node, kind, number)
        rows = self._table("evidence")
        return [{"n": sum((row["node"], row["kind"], row["block_number"]) == said for row in rows)}]


@dataclass(frozen=True)
class Answer:
    """Rows, with what the flows use of a table."""

    rows: list

    def to_pylist(self):
        return self.rows

    def column(self, name):
        return Answer([row[name] for row in self.rows])


def _ref(row):
    return BlockRef(row["number"], row["hash"])
