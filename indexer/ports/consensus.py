"""What may know the final block better than any number of nodes: a client that follows the consensus itself."""

from __future__ import annotations

from typing import Protocol

from indexer.words.blocks import BlockRef


class Consensus(Protocol):
    """A light client. Where there is one, its word goes before that of the nodes, which must still lead up to it."""

    def fetch_final_block(self) -> BlockRef:
        """Return the newest block that the consensus has made final; RetryLaterError while it is not known."""
