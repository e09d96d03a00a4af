"""What to ingest, and how it is proven."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from indexer.rules.proof.answer_checks import LogFilter
from indexer.rules.proof.coverage import Kinds, kinds_digest
from indexer.rules.protocols.protocol import Protocol
from indexer.rules.protocols.signatures import EventType
from indexer.words.blocks import BlockRef
from indexer.words.contracts import ContractSpan
from indexer.words.errors import InputError
from indexer.words.finality import FINALIZED, Finality
from indexer.words.levels import RECEIPTS, Level
from indexer.words.quantities import Address, BlockNumber, Hash32, to_hex


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """What to ingest and how to prove it.

    `contracts` holds the contracts by what they are; `finality` says which block is final, `level` how
    completeness of logs is proven; `max_range` bounds one question, in blocks; `commit_logs` and
    `commit_blocks` bound what is held in memory before a commit; `only` are the kinds of events that are fetched, if
    not all of the protocol's.
    `final_agreement` nodes must call a block final (0: more than half), `checkpoints` ascend, a header more than
    `max_ahead_seconds` ahead of the clock is refused (0: none).
    """

    protocol: Protocol
    chain_id: int
    contracts: Mapping[str, tuple[ContractSpan, ...]]
    start_block: BlockNumber
    genesis: int
    length_seconds: int
    first: int = 0
    finality: Finality = FINALIZED
    level: Level = RECEIPTS
    max_range: int = 2000
    commit_logs: int = 150_000
    commit_blocks: int = 20_000
    only: tuple[EventType, ...] = ()
    final_agreement: int = 0
    checkpoints: tuple[BlockRef, ...] = ()
    max_ahead_seconds: int = 0
    vouch_start: bool = False

    def __post_init__(self) -> None:
        wanted = self.protocol.contracts
        if set(self.contracts) != set(wanted) or not all(self.contracts.values()):
            raise InputError("contracts are incomplete", expected=", ".join(wanted), got=", ".join(self.contracts))

    @property
    def kinds(self) -> tuple[EventType, ...]:
        """The kinds of events that are fetched."""
        return self.only or self.protocol.kinds

    def agreement(self, nodes: int) -> int:
        """Return how many of so many nodes must call a block final and hold it by hash."""
        return self.final_agreement or nodes // 2 + 1

    def log_filter(self) -> LogFilter:
        """Return which logs are fetched."""
        return LogFilter(self._spans(), tuple(kind.topic0 for kind in self.kinds))

    def counted_filter(self) -> LogFilter:
        """Return which logs are ours: those of the kinds that count."""
        return LogFilter(self._spans(), tuple(event.topic0 for event in self.protocol.counted))

    def topics(self) -> Kinds:
        """Return the kinds by their first topics."""
        return frozenset(kind.topic0 for kind in self.kinds)

    def kind_pairs(self) -> list[tuple[Address, Hash32]]:
        """Return every kind with every contract that may emit it."""
        return [(span.address, kind.topic0) for kind in self.kinds for span in self._spans_of(kind)]

    def kinds_digest(self) -> str:
        """Return the digest by which the ledger names these kinds."""
        return kinds_digest(self.kind_pairs())

    def _spans_of(self, kind: EventType) -> tuple[ContractSpan, ...]:
        return tuple(span for name in kind.emitters for span in self.contracts[name])

    def _spans(self) -> tuple[ContractSpan, ...]:
        return tuple(span for name in self.protocol.contracts for span in self.contracts[name])

    def identity(self) -> dict[str, str]:
        """Return what may not change over a lake's life."""
        spans = {
            name: " ".join(f"{to_hex(span.address)}@{span.from_block}" for span in self.contracts[name])
            for name in self.protocol.contracts
        }
        numbers = {
            "chain_id": self.chain_id,
            "start_block": self.start_block,
            "genesis": self.genesis,
            "length_seconds": self.length_seconds,
            "first": self.first,
        }
        return {"protocol": self.protocol.name} | spans | {key: str(value) for key, value in numbers.items()}
