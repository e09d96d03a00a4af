"""One range of blocks from one node, verified at the level that the settings ask for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from indexer.flows.ranges.receipts import logs_from_receipts
from indexer.ports.chain import Node
from indexer.rules.columns.logs import LogColumns, concat_logs
from indexer.rules.consensus.header import HeaderColumns, header_hash, unprovable_header, wrong_hashes
from indexer.rules.proof.answer_checks import (
    LogFilter,
    beyond_chance,
    find_doubtful,
    verify_blooms,
    verify_links,
    verify_logs,
)
from indexer.words.blocks import BlockHead, BlockRange, BlockRef, next_block
from indexer.words.faults import (
    MissingFault,
    NodeFault,
    RangeFault,
    WrongAnswerFault,
)
from indexer.words.levels import BLOOM, NONE, RECEIPTS, Level
from indexer.words.quantities import BlockNumber

_CAPS_ARE_MULTIPLES_OF = 100  # logs


@dataclass(frozen=True, slots=True)
class Piece:
    """The verified headers and our logs of one range. `weight` counts the logs that had to be read for it.

    `doubtful` are the rows whose bloom admits logs that the node does not have, beyond what chance explains.
    """

    blocks: BlockRange
    headers: HeaderColumns
    logs: LogColumns
    level: Level
    source: str
    weight: int
    doubtful: tuple[int, ...] = ()


def fetch_piece(node: Node, blocks: BlockRange, level: Level, ours: LogFilter, final: BlockRef) -> Piece:
    """Fetch and verify `blocks`, which end at or below the block `final`, from one node.

    The last block's hash is confirmed by `final` itself or by its successor's parent hash. Raises a NodeFault
    for an answer that is missing or wrong, UnprovableFault for a fork that is not known here.
    """
    headers = fetch_window(node, blocks, final, hashed=level != NONE)
    if level == RECEIPTS:
        logs, weight = logs_from_receipts(node, headers, ours)
    else:
        page = fetch_page(node, blocks, ours)
        logs, weight = verify_logs(page, headers, ours, blocks, node.name), len(page)
    doubtful: tuple[int, ...] = ()
    if level == BLOOM:
        _verify_not_capped(node, page, ours)
        doubtful = _verify_by_bloom(node, logs, headers, ours)
    return Piece(blocks, headers, logs, level, node.name, weight, doubtful)


@contextmanager
def as_smallest_question() -> Iterator[None]:
    """Turn the refusal of a question that cannot be made smaller into a fault for which another node is asked."""
    try:
        yield
    except RangeFault as fault:
        raise NodeFault(fault.what, got=fault.got, where=fault.where, remedy=fault.remedy) from fault


def fetch_page(node: Node, blocks: BlockRange, ours: LogFilter) -> LogColumns:
    """Return the logs of a range as the node gives them; nothing where no contract counts yet."""
    addresses = [span.address for span in ours.contracts if span.from_block <= blocks.to_block]
    return node.fetch_logs(blocks, list(dict.fromkeys(addresses)), ours.topics) if addresses else concat_logs([])


def fetch_verified_header(node: Node, number: BlockNumber, *, hashed: bool) -> BlockHead:
    """Return the header of one block, its hash checked if `hashed`.

    Its successor, where the node has one, must name it as its parent: an orphan does not pass.
    """
    try:
        blocks = BlockRange(number, next_block(number))
        headers = node.fetch_headers(blocks)
    except MissingFault:
        blocks = BlockRange(number, number)
        headers = node.fetch_headers(blocks)
    verify_links(headers, blocks, node.name)
    if hashed:
        _verify_hashes(node, headers)
    return headers.head(0)


def fetch_window(node: Node, blocks: BlockRange, final: BlockRef, *, hashed: bool) -> HeaderColumns:
    """Return the headers of `blocks`, chained, the last one confirmed by `final` or by its successor."""
    if blocks.to_block == final.number:
        headers = node.fetch_headers(blocks)
        verify_links(headers, blocks, node.name)
        _verify_final(headers, final, node.name)
    else:
        extended = BlockRange(blocks.from_block, next_block(blocks.to_block))
        headers = node.fetch_headers(extended)
        verify_links(headers, extended, node.name)
    if hashed:
        _verify_hashes(node, headers)
    return _first_rows(headers, len(blocks))


def _verify_final(headers: HeaderColumns, final: BlockRef, node: str) -> None:
    found = headers.hash[-1].tobytes()
    if found != final.hash:
        raise WrongAnswerFault(
            "node has another block at the final height",
            kind="final",
            node=node,
            block=final.number,
            expected=f"0x{final.hash.hex()}",
            got=f"0x{found.hex()}",
        )


def _verify_hashes(node: Node, headers: HeaderColumns) -> None:
    wrong = wrong_hashes(headers)
    if not len(wrong):
        return
    number = BlockNumber(int(headers.number[wrong[0]]))
    unprovable = unprovable_header(node.fetch_block(number), node.name)
    if unprovable is not None:
        raise unprovable
    raise WrongAnswerFault(
        "block hash is not the hash of its header",
        kind="header",
        node=node.name,
        block=number,
        expected=f"0x{header_hash(headers, int(wrong[0])).hex()}",
        got=f"0x{headers.hash[wrong[0]].tobytes().hex()}",
    )


def _first_rows(headers: HeaderColumns, count: int) -> HeaderColumns:
    """Return the first headers without their RLP, which is not needed once it is hashed."""
    return replace(
        headers,
        number=headers.number[:count],
        hash=headers.hash[:count],
        parent_hash=headers.parent_hash[:count],
        timestamp=headers.timestamp[:count],
        bloom=headers.bloom[:count],
        receipts_root=headers.receipts_root[:count],
        encoded=np.zeros(0, dtype=np.uint8),
        encoded_offsets=np.zeros(count + 1, dtype=np.int64),
    )


def _verify_by_bloom(node: Node, logs: LogColumns, headers: HeaderColumns, ours: LogFilter) -> tuple[int, ...]:
    """Check the page against the blooms; a block that may hold our logs but had none is asked for again alone.

    Returns the rows of blocks that still have none and by chance alone would not be admitted.
    """
    candidates = ours.candidates(headers)
    verify_blooms(logs, headers, candidates, node.name)
    found = find_doubtful(logs, headers, candidates)
    for row in found.tolist():
        number = BlockNumber(int(headers.number[row]))
        alone = fetch_page(node, BlockRange(number, number), ours)
        if len(alone):
            raise WrongAnswerFault(
                "node left out logs of a block",
                kind="omission",
                node=node.name,
                block=number,
                expected=f"{len(alone)} logs",
                got="none",
            )
    return tuple(beyond_chance(found, logs, headers, ours).tolist())


def _verify_not_capped(node: Node, page: LogColumns, ours: LogFilter) -> None:
    """Ask for the last block of a page of 100, 200, .. logs alone: a node may cut its answers there silently.

    What it cut of later blocks their blooms show; what it cut of this one block they cannot.
    """
    if not len(page) or len(page) % _CAPS_ARE_MULTIPLES_OF:
        return
    last = page.block_number.max()
    number = BlockNumber(int(last))
    alone, here = fetch_page(node, BlockRange(number, number), ours), int((page.block_number == last).sum())
    if len(alone) != here:
        raise WrongAnswerFault(
            "node cut its answer",
            kind="cap",
            node=node.name,
            block=number,
            expected=f"{len(alone)} logs",
            got=f"{here} at the end of {len(page)}",
        )


def split_range(blocks: BlockRange, named: int | None) -> Sequence[BlockRange]:
    """Return the parts to ask for after a refusal of two or more blocks: as long as the node named, or halves."""
    size = named if named is not None and named < len(blocks) else len(blocks) // 2
    return list(blocks.chunks(max(1, size)))
