"""Blocks that must lie on the chain, whatever nodes say."""

from __future__ import annotations

from collections.abc import Sequence

from indexer.rules.consensus.header import HeaderColumns
from indexer.words.blocks import BlockRef
from indexer.words.errors import RetryLaterError
from indexer.words.faults import WrongAnswerFault
from indexer.words.quantities import BlockNumber, parse_hash, to_hex

FIRST_BLOCK = "first_block"
"""The identity key of the first block of epoch `first`, as NUMBER:0xHASH, where it lies below the first stored one."""


class CheckpointFault(WrongAnswerFault):
    """A node's chain does not hold a checkpoint: if no node says otherwise, stop. Exit code 1."""

    exit_code = 1


def verify_checkpoints(headers: HeaderColumns, checkpoints: Sequence[BlockRef], node: str) -> None:
    """Raise CheckpointFault if one of the linked headers stands where a checkpoint has another block."""
    for checkpoint in checkpoints:
        row = checkpoint.number - int(headers.number[0])
        if 0 <= row < len(headers) and headers.hash[row].tobytes() != checkpoint.hash:
            raise CheckpointFault(
                "the chain does not hold a checkpoint",
                kind="checkpoint",
                node=node,
                block=checkpoint.number,
                expected=f"{to_hex(checkpoint.hash)} by chain.checkpoints",
                got=to_hex(headers.hash[row].tobytes()),
            )


def verify_reached(checkpoints: Sequence[BlockRef], head: BlockRef) -> None:
    """Raise RetryLaterError while the final block is below a checkpoint."""
    if checkpoints and checkpoints[-1].number > head.number:
        raise RetryLaterError(
            "a checkpoint lies above the final block",
            expected=f"a final block {checkpoints[-1].number} or later",
            got=f"block {head.number}",
            where="chain.checkpoints",
            remedy="wait until the nodes are there, or correct it",
        )


def format_checkpoint(block: BlockRef) -> str:
    """Return a block as chain.checkpoints names it."""
    return f"{block.number}:{to_hex(block.hash)}"


def read_block(text: str) -> BlockRef:
    """Return the block that `format_checkpoint` wrote."""
    number, _, block_hash = text.partition(":")
    return BlockRef(BlockNumber(int(number)), parse_hash(block_hash))
