"""A seeded chain served from memory: true header hashes, blooms and receipts roots, answers made by joining bytes."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from benchmarks.index_lake import OURS
from indexer.rules.consensus.bloom import make_bloom
from indexer.rules.consensus.header import encode_header
from indexer.rules.consensus.keccak import keccak256
from indexer.rules.consensus.receipt import encode_receipt
from indexer.rules.consensus.trie import list_root
from indexer.rules.protocols.reference import REFERENCE

EVENT = REFERENCE.by_name["AppApproved"]  # six fields
FOREIGN = "0x" + "f0" * 20
GENESIS_TIME = 1_700_000_000
_EMPTY = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
_NO_BLOOM = "00" * 256  # a receipt's own bloom is hashed, not read
_HASH_MARK = "@" * 64  # where the block hash goes, which is known only when the receipts are
_NUMBER_MARK = "#"
_DISTINCT = 2000  # blocks of different content: many times what a file of the lake holds


@dataclass(frozen=True, slots=True)
class Shape:
    """How many blocks, logs of ours in every `every`-th block, and foreign logs beside each of them."""

    blocks: int
    logs: int
    every: int = 1
    foreign: int = 0
    per_transaction: int = 4
    seed: int = 7


@dataclass(frozen=True, slots=True)
class ReplayBlock:
    """One block as the bytes of its JSON: header, logs of ours, receipts."""

    header: bytes
    logs: bytes
    receipts: bytes


@dataclass(frozen=True, slots=True)
class Content:
    """What a block holds, with marks where its hash and number go; its receipts root and its bloom do not name them."""

    logs: bytes
    receipts: bytes
    receipts_root: str
    bloom: str


def make_chain(shape: Shape) -> list[ReplayBlock]:
    """Return the blocks, numbered from 0; contents recur after `_DISTINCT` blocks, headers do not."""
    rng = random.Random(shape.seed)  # noqa: S311 - a reproducible chain is the point
    nothing = _make_content(0, shape, rng)
    busy = (shape.blocks + shape.every - 1) // shape.every
    contents = [_make_content(shape.logs, shape, rng) for _ in range(min(busy, _DISTINCT))]
    chain: list[ReplayBlock] = []
    parent = "0x" + "00" * 32
    for number in range(shape.blocks):
        turn, rest = divmod(number, shape.every)
        content = nothing if rest else contents[turn % len(contents)]
        block, parent = _make_block(number, parent, content, rng)
        chain.append(block)
    return chain


def _make_content(count: int, shape: Shape, rng: random.Random) -> Content:
    accounts = [bytes(12) + rng.randbytes(20) for _ in range(16)]
    ours: list[str] = []
    receipts: list[str] = []
    total = count * (1 + shape.foreign)
    items: set[bytes] = set()
    for index, start in enumerate(range(0, total, shape.per_transaction)):
        transaction = f"0x{rng.getrandbits(256):064x}"
        logs = []
        for at in range(start, min(start + shape.per_transaction, total)):
            is_ours = at % (1 + shape.foreign) == 0
            text, named = _make_log(rng, accounts, at, index, transaction, OURS if is_ours else FOREIGN)
            items |= named
            logs.append(text)
            ours += [text] * is_ours
        receipts.append(_make_receipt(index, transaction, logs))
    body = f"[{','.join(receipts)}]".encode()
    return Content(",".join(ours).encode(), body, _receipts_root(body), "0x" + make_bloom(items).hex())


def _make_log(
    rng: random.Random, accounts: Sequence[bytes], at: int, index: int, transaction: str, address: str
) -> tuple[str, set[bytes]]:
    """Return the JSON of a log and what its block's bloom must admit."""
    app, verifier, epoch = rng.choice(accounts), rng.choice(accounts), rng.randrange(1 << 20).to_bytes(32, "big")
    numbers = b"".join(rng.randrange(limit).to_bytes(32, "big") for limit in (3, 1 << 30))
    data = numbers + verifier + rng.randrange(1 << 20).to_bytes(32, "big")
    text = (
        f'{{"address":"{address}","topics":["0x{EVENT.topic0.hex()}","0x{app.hex()}","0x{epoch.hex()}"],'
        f'"data":"0x{data.hex()}","blockNumber":"{_NUMBER_MARK}","transactionHash":"{transaction}",'
        f'"transactionIndex":"{index:#x}","blockHash":"0x{_HASH_MARK}","logIndex":"{at:#x}","removed":false}}'
    )
    return text, {bytes.fromhex(address[2:]), EVENT.topic0, app, epoch}


def _make_receipt(index: int, transaction: str, logs: Sequence[str]) -> str:
    return (
        f'{{"type":"0x2","status":"0x1","cumulativeGasUsed":"{21000 * (index + 1):#x}","logsBloom":"0x{_NO_BLOOM}",'
        f'"transactionHash":"{transaction}","transactionIndex":"{index:#x}","blockHash":"0x{_HASH_MARK}",'
        f'"blockNumber":"{_NUMBER_MARK}","from":"{OURS}","to":"{OURS}","contractAddress":null,"gasUsed":"0x5208",'
        f'"effectiveGasPrice":"0x7","logs":[{",".join(logs)}]}}'
    )


def _receipts_root(receipts: bytes) -> str:
    """Return the root by the plain rules, receipt by receipt: what is measured does not make its own answers."""
    decoded = json.loads(_filled(receipts, 0, "0" * 64))
    return "0x" + list_root([encode_receipt(receipt) for receipt in decoded]).hex()


def _make_block(number: int, parent: str, content: Content, rng: random.Random) -> tuple[ReplayBlock, str]:
    fields = _header_fields(number, parent, content, rng)
    block_hash = keccak256(encode_header(fields)).hex()
    header = json.dumps(fields | {"hash": "0x" + block_hash, "transactions": [], "size": "0x1"}, separators=(",", ":"))
    logs, receipts = (_filled(text, number, block_hash) for text in (content.logs, content.receipts))
    return ReplayBlock(header.encode(), logs, receipts), "0x" + block_hash


def _filled(text: bytes, number: int, block_hash: str) -> bytes:
    return text.replace(_HASH_MARK.encode(), block_hash.encode()).replace(_NUMBER_MARK.encode(), hex(number).encode())


def _header_fields(number: int, parent: str, content: Content, rng: random.Random) -> dict[str, str]:
    return {
        "parentHash": parent,
        "sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
        "miner": "0x" + "00" * 20,
        "stateRoot": f"0x{rng.getrandbits(256):064x}",
        "transactionsRoot": _EMPTY,
        "receiptsRoot": content.receipts_root,
        "logsBloom": content.bloom,
        "difficulty": "0x0",
        "number": hex(number),
        "gasLimit": "0x1c9c380",
        "gasUsed": "0x5208",
        "timestamp": hex(GENESIS_TIME + 12 * number),
        "extraData": "0x",
        "mixHash": f"0x{rng.getrandbits(256):064x}",
        "nonce": "0x" + "00" * 8,
        "baseFeePerGas": "0x7",
    }


class Replay:
    """Answers JSON-RPC requests; counts them."""

    def __init__(self, chain: Sequence[ReplayBlock], latency_seconds: float = 0.0) -> None:
        self.chain, self.latency_seconds = chain, latency_seconds
        self.by_hash = {json.loads(block.header)["hash"]: block for block in chain}
        self.requests = self.calls = 0

    def respond(self, body: bytes) -> bytes:
        """Return the answer to a request or batch."""
        request = json.loads(body)
        self.requests += 1
        if isinstance(request, list):
            return b"[" + b",".join([self._one(each) for each in request]) + b"]"
        return self._one(request)

    def _one(self, request: dict) -> bytes:  # type: ignore[type-arg]
        self.calls += 1
        result = self._result(request["method"], request.get("params", []))
        return b'{"jsonrpc":"2.0","id":%d,"result":%s}' % (request["id"], result)

    def _result(self, method: str, params: list) -> bytes:  # type: ignore[type-arg]
        if method == "eth_getLogs":
            low, high = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
            return b"[" + b",".join([b.logs for b in self.chain[low : high + 1] if b.logs]) + b"]"
        if method == "eth_getBlockByNumber":
            number = len(self.chain) - 1 if params[0] in ("latest", "finalized") else int(params[0], 16)
            return self.chain[number].header if number < len(self.chain) else b"null"
        if method == "eth_getBlockReceipts":
            return self.by_hash[params[0]].receipts
        if method == "bench_counts":
            return json.dumps([self.requests, self.calls, time.process_time()]).encode()
        simple = {"eth_chainId": '"0x7a69"', "eth_blockNumber": f'"{len(self.chain) - 1:#x}"', "eth_getCode": '"0x"'}
        return simple.get(method, "null").encode()


def serve(replay: Replay) -> ThreadingHTTPServer:
    """Return a server on a free port; the caller runs it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if replay.latency_seconds:
                time.sleep(replay.latency_seconds)
            answer = replay.respond(body)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(answer)}\r\n\r\n"
            self.wfile.write(head.encode())
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    return Server(("127.0.0.1", 0), Handler)


def main() -> None:
    """Serve a chain: arguments are a Shape as JSON and the latency in seconds; prints the port when ready."""
    shape, latency = Shape(**json.loads(sys.argv[1])), float(sys.argv[2])
    server = serve(Replay(make_chain(shape), latency))
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
