"""Vesting amounts by the call data of the transactions that set them, against the state that the contract has."""

import pytest
from eth_abi import encode
from eth_utils import keccak

from indexer.words.errors import InputError
from indexer.words.faults import UnreachableFault
from settlement.adapters.shadow.vesting_calls import fetch_calls, scan_calls
from settlement.rules.shadow.vesting import VestingAmount

MINER, OTHER, CONTRACT = bytes(19) + b"\1", bytes(19) + b"\2", bytes(19) + b"\3"
TYPES = ["address[]", "uint256[]", "uint256[]"]
SET = keccak(text="setMinerAmount(address[],uint256[],uint256[])")[:4]
NOW = 1000


def call_of(block, rows, *, index=0, to=CONTRACT, selector=SET):
    miners, amounts, ends = zip(*rows, strict=True)
    data = selector + encode(TYPES, [["0x" + miner.hex() for miner in miners], amounts, ends])
    name = f"0x{block:062x}{index:02x}"
    place = {"blockNumber": hex(block), "transactionIndex": hex(index), "hash": name}
    return place | {"to": "0x" + to.hex().upper(), "input": "0x" + data.hex()}


class Chain:
    """A node, and the pool of it: transactions, those that failed, and what the contract says in the end."""

    name = "chain"

    def __init__(self, calls, state, failed=()):
        self.calls, self.state, self.failed = calls, state, set(failed)

    def attempt(self, work):
        return work(self)

    def fetch_block(self, _number):
        return {"timestamp": hex(NOW)}

    def request_many(self, method, calls):
        return [getattr(self, method.removeprefix("eth_").lower())(*call) for call in calls]

    def getblockbynumber(self, number, _full):
        return {"transactions": [call for call in self.calls if call["blockNumber"] == number]}

    def gettransactionbyhash(self, name):
        return next((call for call in self.calls if call["hash"] == name), None)

    def gettransactionreceipt(self, name):
        return {"status": "0x0" if name in self.failed else "0x1"}

    def call(self, message, _block):
        return "0x" + self.state.get(bytes.fromhex(message["data"][-40:]), 0).to_bytes(32, "big").hex()


def scanned(calls, state, failed=(), reads=((MINER, 9),)):
    return scan_calls(Chain(calls, state, failed), CONTRACT, 1, reads, 120)


def test_scan_calls__several_transactions__the_last_of_a_block_counts_and_what_failed_does_not():
    calls = [
        call_of(5, [(MINER, 8, 0)], index=1),
        call_of(5, [(MINER, 7, 0), (OTHER, 3, NOW)], index=0),
        call_of(7, [(MINER, 9, 0)]),
        call_of(8, [(MINER, 9, 0)], to=OTHER),
        call_of(8, [(MINER, 9, 0)], selector=b"else"),
    ]
    found = scanned(calls, {MINER: 8}, [calls[2]["hash"]], [(MINER, 9), (OTHER, 9)])
    assert found == [VestingAmount(5, MINER, 8, 0), VestingAmount(5, OTHER, 3, NOW)]


def test_scan_calls__set_in_another_way_too__is_not_taken_for_all():
    with pytest.raises(InputError, match=r"is 8 by the contract and 7 by calls.*--vesting state"):
        scanned([call_of(5, [(MINER, 7, 0)])], {MINER: 8})


def test_scan_calls__set_in_the_block_of_a_first_labor__is_not_guessed():
    with pytest.raises(InputError, match="in the very block of its first labor"):
        scanned([call_of(9, [(MINER, 7, 0)])], {MINER: 7})


def test_scan_calls__malformed_answers__faults_of_the_node():
    broken = call_of(5, [(MINER, 7, 0)])
    broken["input"] = broken["input"][:80]
    with pytest.raises(UnreachableFault, match="malformed transaction"):
        scanned([broken], {})
    node = Chain([], {})
    node.getblockbynumber = lambda *_: None
    with pytest.raises(UnreachableFault, match="malformed block"):
        scan_calls(node, CONTRACT, 1, [], 2)


def test_fetch_calls__hashes__what_they_set_up_to_the_last_block():
    calls = [call_of(5, [(MINER, 8, 0)]), call_of(200, [(MINER, 9, 0)])]
    node, hashes = Chain(calls, {MINER: 8}), [call["hash"] for call in calls]
    assert fetch_calls(node, CONTRACT, hashes, [(MINER, 9)], 120) == [VestingAmount(5, MINER, 8, 0)]
    with pytest.raises(InputError, match="sets no vesting amount"):
        fetch_calls(Chain([call_of(5, [(MINER, 8, 0)], to=OTHER)], {}), CONTRACT, hashes[:1], [], 120)
