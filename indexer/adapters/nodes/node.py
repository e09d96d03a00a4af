"""One node behind JSON-RPC: its answers decoded by type, nothing of them believed yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import TypedDict, TypeVar

import msgspec
import numpy as np

from indexer.adapters.nodes.transport import RpcParams, Transport
from indexer.adapters.nodes.typed_logs import WireLog, log_columns
from indexer.ports.chain import Receipts
from indexer.rules.columns.logs import LogColumns, concat_logs
from indexer.rules.consensus.header import HeaderColumns, concat_headers, header_columns
from indexer.rules.consensus.receipt import ReceiptLogs, gather_receipts
from indexer.rules.nodes.sizing import BatchSize, batch_after_answer, batch_after_refusal
from indexer.rules.scan.body import Body
from indexer.rules.scan.scan_headers import scan_headers
from indexer.rules.scan.scan_logs import scan_logs
from indexer.rules.scan.scan_receipts import scan_receipts
from indexer.words.blocks import BlockHead, BlockRange, BlockRef, next_block
from indexer.words.faults import (
    BrokenFault,
    DeniedFault,
    MethodFault,
    MissingFault,
    NodeFault,
    RangeFault,
    RateFault,
    SettingFault,
    UnreachableFault,
)
from indexer.words.finality import Finality
from indexer.words.quantities import Address, BlockNumber, Hash32, Timestamp, parse_hash, parse_quantity, to_hex

A = TypeVar("A")
_BATCH = 101  # a piece of 200 blocks and the header after it are two requests
_FIRST_RECEIPTS = 10
_RECEIPTS_BYTES = 6_000_000  # the size of an answer to aim for
_SCAN_BYTES = 1_000_000  # an answer this large is worth loading the compiled scanners for
_SCAN_AFTER_BYTES = 16_000_000  # and so are many small ones, by what decoding them by type has cost so far


_RECEIPTS = "eth_getBlockReceipts"
_MOST_WORDS = 200  # of what a library says
_TAG_REFUSED = re.compile(r"error -3260[02]|invalid|unknown|unsupported|not supported|finali|hex|argument|parse", re.I)
_NO_TAG = "wait, or set chain.finality to a number of confirmations (64 to start with)"


class By(Enum):
    """How a node gives the receipts of a block; each is tried where the one before fails."""

    HASH = "block hash"
    NUMBER = "block number"
    TRANSACTION = "each transaction"


class WireBlock(TypedDict, total=False):
    """The fields of a block that its hash covers, and the hash; the rest of the answer is skipped unread."""

    hash: str
    parentHash: str
    sha3Uncles: str | None
    miner: str | None
    stateRoot: str | None
    transactionsRoot: str | None
    receiptsRoot: str | None
    logsBloom: str | None
    difficulty: str | None
    number: str
    gasLimit: str | None
    gasUsed: str | None
    timestamp: str
    extraData: str | None
    mixHash: str | None
    nonce: str | None
    baseFeePerGas: str | None
    withdrawalsRoot: str | None
    blobGasUsed: str | None
    excessBlobGas: str | None
    parentBeaconBlockRoot: str | None
    requestsHash: str | None
    sealFields: object  # AuRa
    step: object
    signature: object
    extDataHash: str | None  # Avalanche, with the four after it
    extDataGasUsed: str | None
    blockGasCost: str | None
    timestampMilliseconds: str | None
    minDelayExcess: str | None


class _Hashes(msgspec.Struct):
    transactions: list[str]


class HttpNode:
    """One node behind an HTTP address.

    What it answers is read by type, or by the compiled scanners: large answers, and all after `scan_after_bytes`.
    """

    def __init__(self, transport: Transport, scan_after_bytes: int = _SCAN_AFTER_BYTES) -> None:
        self._transport, self._scan_after_bytes = transport, scan_after_bytes
        self._batch = BatchSize(_BATCH, _BATCH)
        self._receipts_batch = _FIRST_RECEIPTS
        self._receipts_by = By.HASH
        self._read_bytes = 0

    @property
    def name(self) -> str:
        """Host and port, without credentials."""
        return self._transport.name

    def fetch_chain_id(self) -> int:
        """Return the chain id."""
        return self._number("eth_chainId", [])

    def fetch_head(self, finality: Finality) -> BlockHead:
        """Return the newest block that counts as final."""
        if finality.confirmations is None:
            return self._finalized_head()
        newest = self._head("latest")
        final = max(0, newest.ref.number - finality.confirmations)
        return newest if final == newest.ref.number else self._head(hex(final))

    def fetch_headers(self, blocks: BlockRange) -> HeaderColumns:
        """Return the headers of every block of the range, ascending."""
        calls: list[RpcParams] = [
            (hex(number), False) for number in range(blocks.from_block, next_block(blocks.to_block))
        ]
        parts: list[HeaderColumns] = []
        while (done := sum(map(len, parts))) < len(calls):
            part = calls[done : done + self._batch.calls]
            try:
                parts.append(self._headers_of(part))
                self._batch = batch_after_answer(self._batch)
            except (RangeFault, MethodFault):
                if len(part) == 1:
                    raise
                self._batch = batch_after_refusal(self._batch, len(part))
        return concat_headers(parts)

    def fetch_logs(self, blocks: BlockRange, addresses: Sequence[Address], topics: Sequence[Hash32]) -> LogColumns:
        """Return the logs of the range by address and first topic, as the node gives them."""
        query = {
            "fromBlock": hex(blocks.from_block),
            "toBlock": hex(blocks.to_block),
            "address": [to_hex(address) for address in addresses],
            "topics": [[to_hex(topic) for topic in topics]],
        }
        body = self._transport.call_body("eth_getLogs", [query])
        scanned = scan_logs(body) if self._is_worth_scanning(body) else None
        if scanned is not None:
            return scanned
        logs = self._find(self._transport.result_of(body, "eth_getLogs"), list[WireLog], f"logs of {blocks}")
        return self._checked(lambda: log_columns(logs))

    def fetch_receipts(self, blocks: Sequence[BlockRef]) -> ReceiptLogs:
        """Return the logs and roots of the receipts of the blocks; one by one where the node cannot otherwise."""
        parts: list[ReceiptLogs] = []
        done = 0
        while done < len(blocks):
            part = blocks[done : done + self._receipts_batch]
            parts.append(self._receipts_of(part))
            done += len(part)
        roots = np.concatenate([part.roots for part in parts]) if parts else np.zeros((0, 32), dtype=np.uint8)
        return ReceiptLogs(concat_logs([part.logs for part in parts]), roots)

    def fetch_raw_receipts(self, block: BlockRef) -> Receipts:
        """Return the JSON receipts of one block: by its hash, or by its number and the hash checked, or singly.

        The way that works is kept. A node that fails is asked the other ways only if it failed on this question.
        """
        if self._receipts_by is By.HASH:
            try:
                return self._receipts(self._transport.call(_RECEIPTS, [to_hex(block.hash)]), block)
            except MethodFault:
                self._receipts_by = By.TRANSACTION
            except (RangeFault, BrokenFault) as fault:
                return self._receipts_otherwise(block, fault)
        if self._receipts_by is By.NUMBER:
            return self._receipts_by_number(block)
        return self._single_receipts(block)

    def fetch_block(self, number: BlockNumber) -> Mapping[str, object]:
        """Return one block as its JSON object."""
        raw = self._transport.call("eth_getBlockByNumber", [hex(number), False])
        return self._find(raw, dict[str, object], f"block {number}")

    def has_code(self, address: Address, number: BlockNumber) -> bool:
        """Return whether the account had code at the end of that block."""
        code = self._decode(self._transport.call("eth_getCode", [to_hex(address), hex(number)]), str)
        return code not in ("0x", "0x0", "")

    def request(self, method: str, params: RpcParams) -> object:
        """Return the result of any other call as a JSON value."""
        return self._decode(self._transport.call(method, params), object)

    def request_many(self, method: str, calls: Sequence[RpcParams]) -> list[object]:
        """Return the results of many calls of one method, in batches as large as the node takes."""
        return [self._decode(raw, object) for raw in self._call_many(method, calls)]

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _finalized_head(self) -> BlockHead:
        """Return the block behind the tag; a node that does not know the tag is said to need another setting."""
        try:
            return self._head("finalized")
        except (UnreachableFault, RateFault, DeniedFault, SettingFault):
            raise
        except MissingFault as fault:
            raise MissingFault("node has no finalized block", got=fault.got, where=self.name, remedy=_NO_TAG) from fault
        except NodeFault as fault:
            if isinstance(fault, MethodFault) or _TAG_REFUSED.search(fault.got):
                what = "node does not know the tag `finalized`"
                raise SettingFault(what, got=fault.got, where=self.name, remedy=_NO_TAG) from fault
            raise NodeFault("node gives no finalized block", got=fault.got, where=self.name, remedy=_NO_TAG) from fault

    def _head(self, tag: str) -> BlockHead:
        block = self._find(self._transport.call("eth_getBlockByNumber", [tag, False]), WireBlock, f"block {tag}")
        return self._checked(
            lambda: BlockHead(
                BlockRef(BlockNumber(_parse_word(block["number"])), parse_hash(block["hash"])),
                parse_hash(block["parentHash"]),
                Timestamp(_parse_word(block["timestamp"])),
            )
        )

    def _number(self, method: str, params: RpcParams) -> int:
        text = self._decode(self._transport.call(method, params), str)
        return self._checked(lambda: _parse_word(text))

    def _headers_of(self, calls: Sequence[RpcParams]) -> HeaderColumns:
        """Return the headers that one batch of calls asks for."""
        method = "eth_getBlockByNumber"
        if len(calls) == 1:
            raws = [self._transport.call(method, calls[0])]
        else:
            body = self._transport.batch_body(method, calls)
            scanned = scan_headers(body, len(calls)) if self._is_worth_scanning(body) else None
            if scanned is not None:
                return scanned
            raws = self._transport.results_of(body, method, len(calls))
        found = [self._find(raw, WireBlock, f"block {call[0]}") for raw, call in zip(raws, calls, strict=True)]
        return self._checked(lambda: header_columns(found))

    def _is_worth_scanning(self, body: Body) -> bool:
        """Whether the compiled scanners pay for being loaded, by the size of this answer and of all before it."""
        self._read_bytes += len(body)
        return len(body) >= _SCAN_BYTES or self._read_bytes >= self._scan_after_bytes

    def _receipts_of(self, blocks: Sequence[BlockRef]) -> ReceiptLogs:
        """Return the receipts of a few blocks by one batch; fewer blocks next time where the answer is large."""
        if self._receipts_by is By.TRANSACTION or self._batch.calls == 1:
            return self._receipts_one_by_one(blocks)
        by_hash = self._receipts_by is By.HASH
        try:
            names = [(to_hex(block.hash) if by_hash else hex(block.number),) for block in blocks]
            body = self._transport.batch_body(_RECEIPTS, names)
            if by_hash and self._is_worth_scanning(body):
                scanned = scan_receipts(body, blocks)
                if scanned is not None:
                    self._receipts_batch = max(1, min(_BATCH, len(blocks) * _RECEIPTS_BYTES // len(body)))
                    return scanned
            raws = self._transport.results_of(body, _RECEIPTS, len(blocks))
        except (RangeFault, MethodFault, BrokenFault):
            self._batch = batch_after_refusal(self._batch, len(blocks))
            self._receipts_batch = max(1, self._receipts_batch // 2)
            return self._receipts_one_by_one(blocks)
        self._receipts_batch = max(self._receipts_batch, min(_FIRST_RECEIPTS, self._receipts_batch + 1))
        receipts = [self._receipts(raw, block) for raw, block in zip(raws, blocks, strict=True)]
        if not by_hash:
            for found, block in zip(receipts, blocks, strict=True):
                self._verify_block_hash(found, block)
        return self._checked(lambda: gather_receipts(receipts, blocks))

    def _receipts_one_by_one(self, blocks: Sequence[BlockRef]) -> ReceiptLogs:
        raw = [self.fetch_raw_receipts(block) for block in blocks]
        self._batch = batch_after_answer(self._batch)
        return self._checked(lambda: gather_receipts(raw, blocks))

    def _receipts_otherwise(self, block: BlockRef, failed: NodeFault) -> Receipts:
        """Ask by number, then singly, after the question by hash failed; raise that failure where all ways do."""
        for way, ask in ((By.NUMBER, self._receipts_by_number), (By.TRANSACTION, self._single_receipts)):
            try:
                found = ask(block)
            except (RangeFault, MethodFault, BrokenFault):
                continue
            self._receipts_by = way
            return found
        raise failed

    def _receipts_by_number(self, block: BlockRef) -> Receipts:
        found = self._receipts(self._transport.call(_RECEIPTS, [hex(block.number)]), block)
        self._verify_block_hash(found, block)
        return found

    def _verify_block_hash(self, receipts: Receipts, block: BlockRef) -> None:
        """Check that receipts asked for by number are of this block, not of another one at its height."""
        others = {str(each.get("blockHash")).lower() for each in receipts} - {to_hex(block.hash)}
        if others:
            raise MissingFault(
                f"node has receipts of another block {block.number}",
                expected=to_hex(block.hash),
                got=min(others)[:66],
                where=self.name,
                remedy="wait, or use another node",
            )

    def _receipts(self, raw: msgspec.Raw, block: BlockRef) -> Receipts:
        return self._find(raw, list[dict[str, object]], f"receipts of block {block.number}")

    def _single_receipts(self, block: BlockRef) -> Receipts:
        raw = self._transport.call("eth_getBlockByHash", [to_hex(block.hash), False])
        hashes = self._find(raw, _Hashes, f"block {block.number}")
        if not hashes.transactions:
            return []
        raws = self._call_many("eth_getTransactionReceipt", [(each,) for each in hashes.transactions])
        return [self._find(raw, dict[str, object], f"receipts of block {block.number}") for raw in raws]

    def _call_many(self, method: str, calls: Sequence[RpcParams]) -> list[msgspec.Raw]:
        """Call in batches, smaller ones or single calls where the node refuses them."""
        results: list[msgspec.Raw] = []
        while len(results) < len(calls):
            size = self._batch.calls
            try:
                results += self._transport.call_many(method, calls[len(results) : len(results) + size])
                self._batch = batch_after_answer(self._batch)
            except (RangeFault, MethodFault):
                if size == 1:
                    raise
                self._batch = batch_after_refusal(self._batch, size)
        return results

    def _decode(self, raw: msgspec.Raw, kind: type[A]) -> A:
        try:
            return msgspec.json.decode(raw, type=kind)
        except (ValueError, RecursionError) as error:
            got = str(error)[:_MOST_WORDS]
            raise UnreachableFault("node answered what the method does not", got=got, where=self.name) from error

    def _checked(self, make: Callable[[], A]) -> A:
        try:
            return make()
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            got = str(error)[:_MOST_WORDS]
            raise UnreachableFault("node answered a malformed value", got=got, where=self.name) from error

    def _find(self, raw: msgspec.Raw, kind: type[A], what: str) -> A:
        """Decode a result that is `null` where the node does not have it."""
        if bytes(raw).strip() == b"null":
            raise MissingFault(f"node lacks {what}", got="null", where=self.name, remedy="wait, or use another node")
        return self._decode(raw, kind)


def _parse_word(text: object) -> int:
    """Return a number that a block or a chain is known by: 62 bits at most, which differences fit, too."""
    number = parse_quantity(text)
    if number >= 1 << 62:
        raise ValueError(f"expected at most 62 bits, got {str(text)[:20]}..")
    return number
