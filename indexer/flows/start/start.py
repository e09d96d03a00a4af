"""What is checked before the first block: the chain, the settings, and that nothing of ours lies before the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial

import numpy as np

from indexer.flows.head.head import Agreement, agreed_at
from indexer.flows.head.link import HeadLink, walk_down
from indexer.flows.ranges.piece import Piece
from indexer.flows.ranges.quorum import fetch_at_level
from indexer.flows.storing.identity import append_identity, load_identity, verify_identity
from indexer.ports.chain import Chain, Node
from indexer.ports.lake import LakeStore
from indexer.rules.proof.checkpoints import FIRST_BLOCK, format_checkpoint
from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.rules.protocols.protocol import ClockEpochs
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.contracts import ContractSpan
from indexer.words.errors import InputError, RetryLaterError
from indexer.words.faults import MissingFault, NodeFault
from indexer.words.quantities import BlockNumber, Hash32, to_hex
from sql import load_sql

_MOST_BLOCKS = 200
_ROUNDS_WHOLE = 2  # then in parts, as everywhere


def verify_start(chain: Chain, lake: LakeStore, settings: IngestSettings) -> bool:
    """Check chain id and identity; return whether the lake is new. InputError for whatever does not fit."""
    verify_enough_nodes(settings, len(chain.nodes))
    verify_chain_id(chain, settings.chain_id)
    stored = load_identity(lake)
    verify_identity(stored, settings)
    return not stored


def verify_enough_nodes(settings: IngestSettings, nodes: int) -> None:
    """Raise InputError where more nodes must agree than there are."""
    got = f"{nodes} in chain.rpc"
    if settings.final_agreement > nodes:
        raise InputError(
            "too few nodes for the agreement on the final block",
            expected=f"{settings.final_agreement} nodes by chain.final_agreement",
            got=got,
            remedy="add some, or lower it",
        )
    if settings.level.quorum is not None and settings.level.quorum > nodes:
        raise InputError(
            "too few nodes for the quorum",
            expected=f"{settings.level.quorum} nodes by chain.verify",
            got=got,
            remedy="add some, or lower it",
        )


def verify_chain_id(chain: Chain, expected: int) -> None:
    """Check the chain id of every node that answers; at least one must."""
    first = chain.attempt(lambda node: _verify_chain_id(node, expected))
    for node in chain.nodes:
        if node.name != first:
            with suppress(NodeFault):  # it may come up later; its headers will not link if it is of another chain
                _verify_chain_id(node, expected)


def _verify_chain_id(node: Node, expected: int) -> str:
    found = node.fetch_chain_id()
    if found != expected:
        raise InputError(
            "node is of another chain",
            expected=f"chain_id {expected}",
            got=str(found),
            where=node.name,
            remedy="correct chain.chain_id or chain.rpc",
        )
    return node.name


class Start:
    """What the start of a new lake rests on: `founding` says it once `prove` has returned."""

    def __init__(
        self, chain: Chain, lake: LakeStore, settings: IngestSettings, agreement: Agreement, link: HeadLink
    ) -> None:
        self._chain, self._lake, self._settings = chain, lake, settings
        self._agreement, self._link = agreement, link
        self._word, self._is_disputed = "the first block", False
        self._checkpoints: dict[str, str] = {}
        self._first_block: dict[str, str] = {}

    def founding(self) -> dict[str, str]:
        """Return what is written beside the lake's identity."""
        return {"start": self._word} | self._checkpoints | self._first_block

    def prove(self) -> BlockRef | None:
        """Return the block that the first one must follow, None where nobody needs to know.

        InputError if a log of ours lies below `start_block`; a NodeFault where nobody can prove that none does.
        """
        settings = self._settings
        if settings.start_block == 0:
            return None
        before = BlockNumber(settings.start_block - 1)
        vouching = [each for each in settings.checkpoints if each.number in (before, settings.start_block)]
        is_vouched = settings.vouch_start or bool(vouching)
        if is_vouched and not any(each.number < before for each in settings.checkpoints):
            anchor = vouching[0] if vouching and vouching[0].number == before else None
        else:
            anchor = self._anchor(before)
            self._checkpoints = verify_checkpoints_below(self._chain, settings, anchor, {})
        if vouching:
            self._word = f"vouched for by checkpoint {format_checkpoint(vouching[0])}"
        elif settings.vouch_start:
            self._word = "vouched for by chain.vouch_start"
        elif anchor is not None:
            self._prove_empty(anchor)
            self._word = "proven empty of our logs"
        self._find_first_block(anchor or self._anchor(before))
        return anchor

    def _find_first_block(self, before: BlockRef) -> None:
        """Note the first block of epoch `first` where it lies below the start: its report names it all the same.

        It is found by walking down from the block below the start, so that hashes tie it to that block.
        """
        settings = self._settings
        if not isinstance(settings.protocol.epochs, ClockEpochs):
            return
        opening = settings.genesis + settings.first * settings.length_seconds
        found: BlockRef | None = None
        for window in walk_down(self._chain, settings, before, BlockNumber(0)):
            inside = np.flatnonzero(window.timestamp >= np.uint64(opening))
            if found is None and (not len(inside) or window.timestamp[-1] >= opening + settings.length_seconds):
                return  # the start begins the epoch, or lies behind it
            found = window.head(int(inside[0])).ref if len(inside) else found
            if len(inside) < len(window):
                break
        if found is not None:
            self._first_block = {FIRST_BLOCK: format_checkpoint(found)}

    def _anchor(self, before: BlockNumber) -> BlockRef:
        """Return the block below the start as the nodes agree on it, else as the hashes below the head say."""
        settings, claims = self._settings, self._agreement.claims
        needed = settings.agreement(len(self._chain.nodes))
        votes = (
            () if self._is_disputed else agreed_at(self._chain, claims, before, needed, hashed=settings.level.is_hashed)
        )
        self._is_disputed = True  # asked again, it is because what came then did not lead up to the head
        if votes:
            return votes[0].head.ref
        *_, last = self._link.walk_down(before, before)
        return last.head(0).ref

    def _prove_empty(self, anchor: BlockRef) -> None:
        first = None
        try:
            for piece in self._below(anchor):
                first = int(piece.logs.block_number.min()) if len(piece.logs) else first
                if not piece.level.reaches(self._settings.level):
                    raise MissingFault(
                        "the blooms admit logs of ours, and no node has the receipts", got=str(piece.blocks)
                    )
        except NodeFault as fault:
            raise RetryLaterError(
                "nobody can prove that no log of ours lies below start_block",
                got=fault.line(),
                where="chain.start_block",
                remedy="use an archive node, or lower it, or answer for it by chain.vouch_start = true",
            ) from fault
        if first is not None:
            raise InputError(
                "start_block is above our first log",
                expected=f"at most {first}",
                got=str(self._settings.start_block),
                where="chain.start_block",
                remedy="lower it",
            )

    def _below(self, anchor: BlockRef) -> Iterator[Piece]:
        """Yield the blocks from `anchor` down to the first contract, proven like all others, tied by their hashes."""
        wanted = replace(self._settings, only=self._settings.protocol.counted)
        low = _first_block(self._chain, wanted, anchor.number)
        top: BlockRef | None = anchor if low is not None else None
        size = most = min(wanted.max_range, _MOST_BLOCKS)
        while top is not None and low is not None:
            blocks = BlockRange(BlockNumber(max(low, top.number - size + 1)), top.number)
            work: Callable[[Node], Piece] = partial(
                fetch_at_level, self._chain, blocks=blocks, settings=wanted, final=top
            )
            try:
                piece = self._chain.attempt(work, None if len(blocks) == 1 else _ROUNDS_WHOLE)
            except NodeFault as fault:
                if len(blocks) == 1 or not fault.worth_a_retry:
                    raise
                size = max(1, len(blocks) // 4)
                continue
            size = min(most, 2 * size)
            yield piece
            first = piece.headers.head(0)
            is_last = first.ref.number <= low
            top = None if is_last else BlockRef(BlockNumber(first.ref.number - 1), first.parent_hash)


def verify_checkpoints_below(
    chain: Chain, settings: IngestSettings, before: BlockRef, known: Mapping[str, str]
) -> dict[str, str]:
    """Check that checkpoints below the start lie on the chain that leads up to `before`, the block below it.

    Returns what was found, to be kept in the lake; `known` is what is kept there.
    """
    below = [each for each in settings.checkpoints if each.number <= before.number]
    fresh = {f"checkpoint {each.number}": to_hex(each.hash) for each in below}
    fresh = {key: value for key, value in fresh.items() if known.get(key) != value}
    if fresh:
        for _ in walk_down(chain, settings, before, below[0].number):
            pass  # every window is held against the checkpoints
    return fresh


def verify_stored_start(chain: Chain, lake: LakeStore, settings: IngestSettings) -> None:
    """Check that checkpoints below the start of a lake that is not new lie on its chain."""
    if not settings.checkpoints or settings.checkpoints[0].number >= settings.start_block:
        return
    rows = lake.query(load_sql("lake/parent_hash"), {"number": settings.start_block}).to_pylist()
    if rows:
        before = BlockRef(BlockNumber(settings.start_block - 1), Hash32(rows[0]["parent_hash"]))
        fresh = verify_checkpoints_below(chain, settings, before, load_identity(lake))
        with lake.transaction() if fresh else nullcontext():
            append_identity(lake, fresh)


def _first_block(chain: Chain, settings: IngestSettings, before: BlockNumber) -> BlockNumber | None:
    """Return the first block that may hold a log of ours, None if no contract is as old as `before`.

    That a contract had no code is believed of as many nodes as must agree on the head, of two at least.
    """
    spans = [span for spans in settings.contracts.values() for span in spans if span.from_block <= before]
    needed = max(2, settings.agreement(len(chain.nodes)))
    starts = [span.from_block for span in spans if not _is_younger(chain, span, before, needed)]
    return min(starts, default=None)


def _is_younger(chain: Chain, span: ContractSpan, before: BlockNumber, needed: int) -> bool:
    """Return whether `needed` nodes say that the contract had no code at the end of block `before`."""
    saying = 0
    for node in chain.nodes if len(chain.nodes) >= needed else ():
        with suppress(NodeFault):  # no state of that block: it does not say
            saying += not node.has_code(span.address, before)
    return saying >= needed
