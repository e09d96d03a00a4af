"""Checks of what one node said about one range, before anything of it is stored. Each raises WrongAnswerFault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.rules.columns.arrays import I64, U8, U64, Mask
from indexer.rules.columns.logs import LogColumns
from indexer.rules.columns.membership import index_among, is_one_of
from indexer.rules.consensus.bloom import chance_of_hits, may_contain_any
from indexer.rules.consensus.header import HeaderColumns, broken_links
from indexer.rules.consensus.trie import EMPTY_ROOT
from indexer.words.blocks import BlockRange
from indexer.words.contracts import ContractSpan
from indexer.words.faults import WrongAnswerFault
from indexer.words.quantities import Address, Hash32

_RARE = 0.02  # a hit less probable than this is looked into, at the cost of the receipts of that block


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which logs are ours: of one of these contracts, with one of these first topics."""

    contracts: tuple[ContractSpan, ...]
    topics: tuple[Hash32, ...]

    @property
    def addresses(self) -> tuple[Address, ...]:
        """The contracts' addresses, each once."""
        return tuple(dict.fromkeys(span.address for span in self.contracts))

    def places(self, logs: LogColumns) -> tuple[I64, Mask]:
        """Return for each log the position of its contract among `addresses`, or -1, and whether its topic is ours."""
        contract = index_among(logs.address, _table(self.addresses, 20))
        return contract, (logs.topic_count > 0) & is_one_of(logs.topics[:, 0, :], _table(self.topics, 32))

    def has_begun(self, logs: LogColumns, contract: I64) -> Mask:
        """Return which logs, whose contracts are at these positions, lie in blocks from which on those count."""
        starts = [min(s.from_block for s in self.contracts if s.address == address) for address in self.addresses]
        begun: Mask = logs.block_number >= np.array(starts, dtype=np.uint64)[contract]
        return begun

    def mask(self, logs: LogColumns) -> Mask:
        """Return which logs are ours."""
        contract, named = self.places(logs)
        return (contract >= 0) & named & self.has_begun(logs, contract)

    def candidates(self, headers: HeaderColumns) -> Mask:
        """Return which blocks may hold our logs by their blooms; the others cannot."""
        by_address = np.zeros(len(headers), dtype=np.bool_)
        for span in self.contracts:
            late = headers.number >= np.uint64(span.from_block)
            by_address |= late & may_contain_any(headers.bloom, [span.address])
        return by_address & may_contain_any(headers.bloom, self.topics)


def verify_links(headers: HeaderColumns, blocks: BlockRange, node: str) -> None:
    """Check that the headers are those of `blocks`, each the parent of the next."""
    expected = np.arange(len(headers), dtype=np.uint64) + np.uint64(blocks.from_block)
    if len(headers) != len(blocks) or (headers.number != expected).any():
        raise WrongAnswerFault("node answered other blocks than asked", kind="number", node=node, expected=str(blocks))
    broken = broken_links(headers)
    if len(broken):
        row = int(broken[0])
        raise WrongAnswerFault(
            "block does not follow its parent",
            kind="parent",
            node=node,
            block=int(headers.number[row]),
            expected=f"parent hash 0x{headers.hash[row - 1].tobytes().hex()}",
            got=f"0x{headers.parent_hash[row].tobytes().hex()}",
        )


def verify_logs(logs: LogColumns, headers: HeaderColumns, ours: LogFilter, blocks: BlockRange, node: str) -> LogColumns:
    """Check a page of logs against the headers of its range; return it sorted, without logs before a from_block.

    The page must hold only logs of the filter, each in its block by hash, no place twice.
    """
    low, high = np.uint64(blocks.from_block), np.uint64(blocks.to_block)
    if len(logs) and ((logs.block_number < low) | (logs.block_number > high)).any():
        raise WrongAnswerFault("node answered logs outside the range", kind="range", node=node, expected=str(blocks))
    position = (logs.block_number - headers.number[0]).astype(np.int64)
    orphaned = np.flatnonzero(unequal_rows(headers.hash.view(np.uint64)[position], logs.block_hash.view(np.uint64)))
    if len(orphaned):
        row = int(orphaned[0])
        raise WrongAnswerFault(
            "log of another block than the one at its height",
            kind="orphan",
            node=node,
            block=int(logs.block_number[row]),
            expected=f"block hash 0x{headers.hash[position[row]].tobytes().hex()}",
            got=f"0x{logs.block_hash[row].tobytes().hex()}",
        )
    logs = logs.sorted()
    verify_places(logs, node)
    contract, named = ours.places(logs)
    if not (named.all() and (contract >= 0).all()):
        raise WrongAnswerFault("node answered logs that were not asked for", kind="filter", node=node)
    return logs.take(ours.has_begun(logs, contract))


def verify_places(logs: LogColumns, node: str) -> None:
    """Check that no two logs, ascending by place, have one (block, log index)."""
    same = (logs.block_number[1:] == logs.block_number[:-1]) & (logs.log_index[1:] == logs.log_index[:-1])
    twice = np.flatnonzero(same)
    if len(twice):
        row = int(twice[0])
        got = f"log {logs.log_index[row]} twice"
        raise WrongAnswerFault(
            "node answered one log twice", kind="duplicate", node=node, block=int(logs.block_number[row]), got=got
        )


def verify_blooms(logs: LogColumns, headers: HeaderColumns, candidates: Mask, node: str) -> None:
    """Check that no log lies in a block whose bloom excludes it."""
    position = (logs.block_number - headers.number[0]).astype(np.int64)
    outside = np.flatnonzero(~candidates[position])
    if len(outside):
        block = int(logs.block_number[int(outside[0])])
        raise WrongAnswerFault("log in a block whose bloom excludes it", kind="bloom", node=node, block=block)


def find_doubtful(logs: LogColumns, headers: HeaderColumns, candidates: Mask) -> I64:
    """Return the rows of headers whose bloom admits our logs although the page has none of that block.

    A block without receipts has no logs, whatever bits some chains set in its bloom.
    """
    return np.flatnonzero(candidates & _without_logs(logs, headers))


def beyond_chance(found: I64, logs: LogColumns, headers: HeaderColumns, ours: LogFilter) -> I64:
    """Return the find_doubtful `found` that chance does not explain: one alone hardly, or all of them as too many.

    Expected are, of the blocks without a log, as many as their blooms' chances add up to; four deviations are allowed.
    """
    rows = np.flatnonzero(_without_logs(logs, headers))
    chance = np.zeros(len(headers))
    chance[rows] = chance_of_hits(headers.bloom[rows], len(ours.addresses), len(ours.topics))
    plausible = chance > _RARE
    likely = rows[plausible[rows]]
    expected, variance = chance[likely].sum(), (chance[likely] * (1 - chance[likely])).sum()
    if plausible[found].sum() > expected + 4 * np.sqrt(variance) + 1:
        return found
    return found[~plausible[found]]


def _without_logs(logs: LogColumns, headers: HeaderColumns) -> Mask:
    empty = (headers.receipts_root == np.frombuffer(EMPTY_ROOT, dtype=np.uint8)).all(axis=1)
    found: Mask = ~empty & (count_by_block(logs, headers) == 0)
    return found


def count_by_block(logs: LogColumns, headers: HeaderColumns) -> I64:
    """Return for each header the number of logs in its block."""
    position = (logs.block_number - headers.number[0]).astype(np.int64)
    return np.bincount(position, minlength=len(headers)).astype(np.int64)


def verify_receipts_roots(roots: U8, headers: HeaderColumns, rows: Sequence[int], node: str) -> None:
    """Check the recomputed receipts roots of some rows of `headers` against what those headers say."""
    expected = headers.receipts_root[list(rows)]
    wrong = np.flatnonzero((roots != expected).any(axis=1))
    if len(wrong):
        first = int(wrong[0])
        raise WrongAnswerFault(
            "receipts are not those of the block",
            kind="receipts",
            node=node,
            block=int(headers.number[rows[first]]),
            expected=f"receipts root 0x{expected[first].tobytes().hex()}",
            got=f"0x{roots[first].tobytes().hex()}",
        )


def unequal_rows(rows: U64, others: U64) -> Mask:
    """Return which rows uint64 (n, 4) differ."""
    differ: Mask = rows[:, 0] != others[:, 0]
    for word in range(1, 4):
        differ |= rows[:, word] != others[:, word]
    return differ


def _table(values: Sequence[bytes], size: int) -> U8:
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, size)
