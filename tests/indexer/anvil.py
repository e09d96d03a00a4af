"""A real anvil and a contract that logs whatever its calldata say."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3

BINARY = Path("deploy/contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil")


def find_anvil() -> str | None:
    """Return the anvil to run: POZK_ANVIL, the one npm installed for the contracts, or one on the PATH."""
    root = Path(__file__).parents[2]
    candidates = [os.environ.get("POZK_ANVIL"), str(root / BINARY), shutil.which("anvil")]
    return next((path for path in candidates if path and Path(path).exists()), None)


class Anvil:
    """A running anvil with its first account unlocked."""

    def __init__(self, *options: str):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [find_anvil(), "--port", str(port), "--silent", "--no-request-size-limit", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}"
        for _ in range(400):
            try:
                self.account = self.call("eth_accounts")[0]
                return
            except (OSError, urllib3.exceptions.HTTPError):
                time.sleep(0.02)
        raise RuntimeError("anvil did not start")

    def call(self, method: str, *params):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = urllib3.request("POST", self.url, json=body, timeout=30, retries=False).json()
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["result"]

    def send(self, **fields):
        """Send a transaction and return its receipt; anvil mines each into a block of its own."""
        sent = self.call("eth_sendTransaction", {"from": self.account, "gas": hex(25_000_000)} | fields)
        for _ in range(1000):
            receipt = self.call("eth_getTransactionReceipt", sent)
            if receipt is not None:
                assert receipt["status"] == "0x1"
                return receipt
            time.sleep(0.002)
        raise RuntimeError("the transaction was not mined")

    def deploy(self) -> bytes:
        """Deploy one logging contract and return its address."""
        return bytes.fromhex(self.send(data="0x" + creation_code().hex())["contractAddress"][2:])

    def emit(self, contract: bytes, logs: list[tuple[list[bytes], bytes]]):
        """Emit logs, each given as topics and data, in one transaction."""
        return self.send(to="0x" + contract.hex(), data="0x" + log_calldata(logs).hex())

    def emit_in_one_block(self, contract: bytes, transactions: list[list[tuple[list[bytes], bytes]]]):
        """Emit the logs of each transaction; all of them are mined into one block."""
        self.call("evm_setAutomine", False)
        fields = {"from": self.account, "to": "0x" + contract.hex(), "gas": hex(200_000)}
        for logs in transactions:
            self.call("eth_sendTransaction", fields | {"data": "0x" + log_calldata(logs).hex()})
        self.mine(1)
        self.call("evm_setAutomine", True)
        block = self.call("eth_getBlockByNumber", "latest", False)
        assert len(block["transactions"]) == len(transactions)

    def mine(self, blocks: int):
        self.call("anvil_mine", hex(blocks))

    def height(self) -> int:
        return int(self.call("eth_blockNumber"), 16)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@contextmanager
def running_anvil(roles: Iterable[str] = ()) -> Iterator[Anvil]:
    """An anvil with a logging contract for each role; skips where none is installed."""
    if find_anvil() is None:
        pytest.skip("anvil is not installed: npm --prefix deploy/contracts ci")
    chain = Anvil()
    try:
        chain.contracts = {role: chain.deploy() for role in roles}
        yield chain
    finally:
        chain.stop()


def log_calldata(logs: list[tuple[list[bytes], bytes]]) -> bytes:
    """Encode logs as the contract reads them: number of topics u8, size of data u16, topics, data."""
    return b"".join(bytes([len(t)]) + len(d).to_bytes(2, "big") + b"".join(t) + d for t, d in logs)


def creation_code() -> bytes:
    """Return code that deploys `runtime_code`."""
    runtime = runtime_code()
    size = len(runtime).to_bytes(2, "big")
    copy = b"\x61" + size + b"\x80\x60\x0c\x60\x00\x39\x60\x00\xf3"  # codecopy(0, 12, size); return(0, size)
    return copy + runtime


def runtime_code() -> bytes:
    """Return a loop over the records of the calldata with one LOG each; the stack holds the position."""
    loop, head, dispatch = 2, 11, 5 * 12
    cases, offsets = b"", []
    for topics in range(5):
        offsets.append((head + dispatch + 1 + len(cases)).to_bytes(2, "big"))
        cases += case_code(topics, loop)
    end = (head + dispatch + 1 + len(cases)).to_bytes(2, "big")
    code = b"\x60\x00\x5b\x80\x36\x11\x15\x61" + end + b"\x57"  # p = 0; loop: if p >= calldatasize: end
    for topics in range(5):  # if the record's first byte is `topics`: its case
        code += b"\x80\x35\x60\xf8\x1c\x60" + bytes([topics]) + b"\x14\x61" + offsets[topics] + b"\x57"
    return code + b"\xfe" + cases + b"\x5b\x00"


def case_code(topics: int, loop: int) -> bytes:
    """Return the code that logs the record at p with that many topics and goes on behind it."""
    head = (3 + 32 * topics).to_bytes(2, "big")
    code = b"\x5b\x80\x35\x60\xe8\x1c\x61\xff\xff\x16"  # p, size of data
    code += b"\x80\x82\x61" + head + b"\x01\x60\x00\x37"  # calldatacopy(0, p + head, size)
    for index in range(topics, 0, -1):  # push the topics, the last one first
        code += bytes([0x81 + topics - index, 0x61]) + (3 + 32 * (index - 1)).to_bytes(2, "big") + b"\x01\x35"
    code += bytes([0x80 + topics, 0x60, 0x00, 0xA0 + topics])  # log(0, size, topics..)
    return code + b"\x01\x61" + head + b"\x01\x60" + bytes([loop]) + b"\x56"  # p += head + size; loop
