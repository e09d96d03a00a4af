"""Which level of proof the chain at hand allows, tried on its newest final blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.flows.ranges.piece import as_smallest_question, fetch_verified_header
from indexer.flows.ranges.receipts import proven_logs
from indexer.ports.chain import Node
from indexer.rules.consensus.header import HeaderColumns
from indexer.rules.consensus.trie import EMPTY_ROOT
from indexer.rules.proof.answer_checks import verify_links
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.faults import NodeFault, UnprovableFault, WrongAnswerFault
from indexer.words.levels import RECEIPTS, Level, LevelName
from indexer.words.quantities import BlockNumber

_WINDOW, _WINDOWS = 20, 10
UNHASHED = (LevelName.NONE, LevelName.QUORUM)
"""The levels of a chain that cannot be proven."""


@dataclass(frozen=True, slots=True)
class ProvableLevels:
    """The levels that a chain allows, best first, what was tried, and what stands in the way of a better one."""

    levels: tuple[LevelName, ...]
    said: str
    obstacle: NodeFault | None = None

    def allows(self, level: Level) -> bool:
        """Return whether `level`, as it is configured, is among them."""
        return level.name in self.levels


def find_level(node: Node, settings: IngestSettings) -> ProvableLevels:
    """Prove the newest final block and, below it, one with receipts, as indexing would.

    A NodeFault of a node that does not answer, and of one that gave what cannot be true where that is proven.
    """
    with as_smallest_question():
        final = node.fetch_head(settings.finality).ref
        try:
            fetch_verified_header(node, final.number, hashed=True)
        except (UnprovableFault, WrongAnswerFault) as fault:
            _raise_lie(fault, is_proven=settings.level.is_hashed)
            return ProvableLevels(UNHASHED, f"the hash of block {final.number} cannot be proven", fault)
        return _by_receipts(node, final, settings)


def _raise_lie(fault: NodeFault, *, is_proven: bool) -> None:
    """Raise what cannot be true where it is proven: elsewhere it may be a rule that is not known here."""
    if is_proven and isinstance(fault, WrongAnswerFault):
        raise fault


def _by_receipts(node: Node, final: BlockRef, settings: IngestSettings) -> ProvableLevels:
    hashed, without = f"block {final.number} has its hash", (LevelName.BLOOM, *UNHASHED)
    found = _newest_with_receipts(node, final)
    if found is None:
        said = f"{hashed}; receipts were not tried, for the newest {_WINDOW * _WINDOWS} blocks have none"
        return ProvableLevels((LevelName.RECEIPTS, *without), said)
    headers, row = found
    number = headers.head(row).ref.number
    try:
        proven_logs(node, headers, [row], settings.log_filter())
    except (UnprovableFault, WrongAnswerFault) as fault:
        _raise_lie(fault, is_proven=settings.level == RECEIPTS)
        return ProvableLevels(without, f"{hashed}, the receipts root of block {number} cannot be proven", fault)
    except NodeFault as fault:
        return ProvableLevels(without, f"{hashed}, no receipts of block {number} are served", fault)
    return ProvableLevels((LevelName.RECEIPTS, *without), f"{hashed}, the receipts of block {number} have their root")


def _newest_with_receipts(node: Node, final: BlockRef) -> tuple[HeaderColumns, int] | None:
    """Return headers and the row of the newest block that has receipts, None if none of the newest ones has."""
    top = int(final.number)
    for _ in range(_WINDOWS):
        if top < 0:
            return None
        blocks = BlockRange(BlockNumber(max(0, top - _WINDOW + 1)), BlockNumber(top))
        headers = node.fetch_headers(blocks)
        verify_links(headers, blocks, node.name)
        rows = np.flatnonzero((headers.receipts_root != np.frombuffer(EMPTY_ROOT, dtype=np.uint8)).any(axis=1))
        if len(rows):
            return headers, int(rows[-1])
        top = blocks.from_block - 1
    return None
