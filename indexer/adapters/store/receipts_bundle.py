"""Bundles of raw receipts, given by a peer where nodes have pruned theirs: a zip with one JSON file a block."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from indexer.ports.chain import Node, Receipts
from indexer.rules.columns.logs import LogColumns, concat_logs
from indexer.rules.consensus.header import HeaderColumns
from indexer.rules.consensus.receipt import ReceiptLogs, gather_receipts
from indexer.words.blocks import BlockHead, BlockRange, BlockRef
from indexer.words.errors import InputError
from indexer.words.faults import UnreachableFault
from indexer.words.finality import Finality
from indexer.words.quantities import Address, BlockNumber, Hash32


class BundleWriter:
    """Writes a bundle; a file that is already there is replaced when the bundle is whole.

    InputError for a folder, a pipe or a device: the bundle would be put in its place.
    """

    def __init__(self, path: Path) -> None:
        if path.exists() and not path.is_file():
            got = "a folder" if path.is_dir() else "a pipe or a device"
            raise InputError("the bundle cannot be written", expected="a file, or none yet", got=got, where=str(path))
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_DEFLATED)

    def add(self, block: BlockRef, receipts: Receipts) -> None:
        """Add the receipts of one block."""
        self._zip.writestr(_member(block), msgspec.json.encode(receipts))

    def finish(self) -> None:
        """Put the bundle in its place."""
        self._zip.close()
        self._part.replace(self._path)


class ReceiptsBundle:
    """A bundle open for reading; InputError for a file that is none."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise InputError("the bundle cannot be read", got=str(error.strerror), where=str(path)) from error
        except zipfile.BadZipFile as error:
            raise InputError("not a bundle of receipts", got=str(error), where=str(path)) from error
        self._members = set(self._zip.namelist())
        self.name = f"bundle {path.name}"

    def receipts(self, block: BlockRef) -> Receipts | None:
        """Return the receipts of a block as the peer gave them, unproven; None if the bundle has none."""
        if _member(block) not in self._members:
            return None
        try:
            found: Receipts = msgspec.json.decode(self._zip.read(_member(block)), type=list[dict[str, object]])
        except (msgspec.DecodeError, zipfile.BadZipFile, OSError) as error:
            raise UnreachableFault(
                "bundle is damaged", got=str(error), where=f"{self.name} block {block.number}"
            ) from error
        return found


class BundleNode:
    """A node whose receipts come out of a bundle as far as it has them; everything else is the node's own."""

    def __init__(self, node: Node, bundle: ReceiptsBundle) -> None:
        self._node, self._bundle = node, bundle

    @property
    def name(self) -> str:
        """The node and the bundle."""
        return f"{self._node.name}+{self._bundle.name}"

    def fetch_chain_id(self) -> int:
        """Return the chain id."""
        return self._node.fetch_chain_id()

    def fetch_head(self, finality: Finality) -> BlockHead:
        """Return the newest final block."""
        return self._node.fetch_head(finality)

    def fetch_headers(self, blocks: BlockRange) -> HeaderColumns:
        """Return the headers of the range."""
        return self._node.fetch_headers(blocks)

    def fetch_logs(self, blocks: BlockRange, addresses: Sequence[Address], topics: Sequence[Hash32]) -> LogColumns:
        """Return the node's logs."""
        return self._node.fetch_logs(blocks, addresses, topics)

    def fetch_receipts(self, blocks: Sequence[BlockRef]) -> ReceiptLogs:
        """Return logs and roots of the receipts, from the bundle where it has them."""
        parts = [self._receipts_of(block) for block in blocks]
        return ReceiptLogs(concat_logs([part.logs for part in parts]), np.concatenate([part.roots for part in parts]))

    def fetch_raw_receipts(self, block: BlockRef) -> Receipts:
        """Return the receipts of one block."""
        found = self._bundle.receipts(block)
        return self._node.fetch_raw_receipts(block) if found is None else found

    def fetch_block(self, number: BlockNumber) -> Mapping[str, object]:
        """Return one block as its JSON object."""
        return self._node.fetch_block(number)

    def has_code(self, address: Address, number: BlockNumber) -> bool:
        """Return whether the account had code at the end of that block."""
        return self._node.has_code(address, number)

    def request(self, method: str, params: Sequence[object]) -> object:
        """Return the node's result of any other call."""
        return self._node.request(method, params)

    def request_many(self, method: str, calls: Sequence[Sequence[object]]) -> list[object]:
        """Return the node's results of many calls."""
        return self._node.request_many(method, calls)

    def close(self) -> None:
        """Close nothing: the node belongs to whoever opened it."""

    def _receipts_of(self, block: BlockRef) -> ReceiptLogs:
        found = self._bundle.receipts(block)
        if found is None:
            return self._node.fetch_receipts([block])
        try:
            return gather_receipts([found], [block])
        except (KeyError, ValueError, TypeError, OverflowError) as error:
            raise UnreachableFault(
                "malformed receipt", got=repr(error), where=f"{self.name} block {block.number}"
            ) from error


def _member(block: BlockRef) -> str:
    return f"{block.number}-{block.hash.hex()}.json"
