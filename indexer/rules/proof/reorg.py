"""Where the stored chain and a node's chain part."""

from __future__ import annotations

from collections.abc import Mapping

from indexer.rules.consensus.header import HeaderColumns
from indexer.words.blocks import BlockRef
from indexer.words.faults import WrongAnswerFault
from indexer.words.quantities import BlockNumber, Hash32, to_hex


class FinalReorgFault(WrongAnswerFault):
    """A node's chain does not hold a block that was final: if no node says otherwise, stop. Exit code 1."""

    exit_code = 1


def common_ancestor(stored: Mapping[int, bytes], window: HeaderColumns, final: BlockRef, node: str) -> BlockRef:
    """Return the last block that is both stored and in the node's chain.

    `window` is linked and begins at `final`, the greatest stored final block. FinalReorgFault if it holds another
    block there.
    """
    found = window.hash[0].tobytes()
    if found != final.hash:
        raise FinalReorgFault(
            "a block that was final has been replaced",
            kind="final",
            node=node,
            block=final.number,
            expected=to_hex(final.hash),
            got=to_hex(found),
        )
    shared = final
    for row in range(len(window)):
        number, block_hash = int(window.number[row]), window.hash[row].tobytes()
        if stored.get(number) != block_hash:
            break
        shared = BlockRef(BlockNumber(number), Hash32(block_hash))
    return shared
