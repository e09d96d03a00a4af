"""What the flows need of a chain: nodes to ask, and somebody to choose among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from indexer.rules.columns.logs import LogColumns
from indexer.rules.consensus.header import HeaderColumns
from indexer.rules.consensus.receipt import ReceiptLogs
from indexer.words.blocks import BlockHead, BlockRange, BlockRef
from indexer.words.faults import WrongAnswerFault
from indexer.words.finality import Finality
from indexer.words.quantities import Address, BlockNumber, Hash32

T = TypeVar("T")
Receipts = Sequence[Mapping[str, object]]


class Node(Protocol):
    """One node. Every method raises a NodeFault where there is no usable answer."""

    @property
    def name(self) -> str:
        """Host and port, without credentials."""

    def fetch_chain_id(self) -> int:
        """Return the chain id."""

    def fetch_head(self, finality: Finality) -> BlockHead:
        """Return the newest final block: by the node's tag, or so many blocks behind the newest."""

    def fetch_headers(self, blocks: BlockRange) -> HeaderColumns:
        """Return the headers of every block of the range, ascending, as the node gives them."""

    def fetch_logs(self, blocks: BlockRange, addresses: Sequence[Address], topics: Sequence[Hash32]) -> LogColumns:
        """Return the logs of the range of any of the addresses and any of the first topics."""

    def fetch_receipts(self, blocks: Sequence[BlockRef]) -> ReceiptLogs:
        """Return the logs in the receipts of the blocks, and the root that those receipts have."""

    def fetch_raw_receipts(self, block: BlockRef) -> Receipts:
        """Return the JSON receipts of one block's transactions, in order."""

    def fetch_block(self, number: BlockNumber) -> Mapping[str, object]:
        """Return one block as its JSON object, with every field the node gives."""

    def has_code(self, address: Address, number: BlockNumber) -> bool:
        """Return whether the account had code at the end of that block."""

    def request(self, method: str, params: Sequence[object]) -> object:
        """Return the result of any other call as a JSON value, None for null."""

    def request_many(self, method: str, calls: Sequence[Sequence[object]]) -> list[object]:
        """Return the results of many calls of one method, in their order; in as few requests as the node takes."""


class Chain(Protocol):
    """One or more nodes of one chain."""

    @property
    def nodes(self) -> Sequence[Node]:
        """All nodes."""

    @property
    def concurrency(self) -> int:
        """How many pieces of work may be under way at a time."""

    def accuse(self, fault: WrongAnswerFault) -> None:
        """Keep a wrong answer as evidence, and ask that node later than others."""

    def drain_evidence(self) -> list[WrongAnswerFault]:
        """Return the wrong answers since the last call."""

    def turns(self) -> Iterator[int]:
        """Yield once for every try that patience allows, with a pause before each one but the first."""

    def attempt(self, work: Callable[[Node], T], rounds: int | None = None) -> T:
        """Do `work` on one node, on a NodeFault on another or again, `rounds` times at most (None: as configured).

        The fault that tells most is raised when patience ends; a RangeFault at once.
        """
