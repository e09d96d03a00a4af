import json
import random

import numpy as np
import pytest

from deploy.faults.simchain import SimChain
from indexer.rules.columns.logs import LogColumns
from indexer.rules.consensus.receipt import gather_receipts
from indexer.rules.scan import scan_receipts as scanner
from indexer.rules.scan.body import body_of
from indexer.words.blocks import BlockRef

pytestmark = pytest.mark.slow  # calls compiled kernels

MANY = {3: 16, 5: 17, 8: 40, 12: 127, 15: 128, 18: 129, 22: 257}
HASHES = {"blockHash": "0x" + "77" * 32, "blockNumber": "0x1", "transactionIndex": "0x0"}


def scan_receipts(body, *more):
    return scanner.scan_receipts(body_of(body), *more)


def traffic(rng, number):
    """Return blocks of none, a few or as many transactions as make keys of other lengths, with data of every size."""
    count = MANY.get(number) or rng.randrange(5)
    return [[make_log(rng) for _ in range(rng.randrange(4))] for _ in range(count)]


def make_log(rng):
    topics = [rng.randbytes(32) for _ in range(rng.randrange(5))]
    return rng.randbytes(20), topics, rng.randbytes(rng.choice([0, 1, 1, 1, 32, 54, 55, 56, 57, 255, 256, 300]))


def refs_of(chain):
    return [BlockRef(n, bytes.fromhex(block.block["hash"][2:])) for n, block in enumerate(chain.blocks)]


def batch(lists, **more):
    return json.dumps([{"jsonrpc": "2.0", "id": n, "result": each} | more for n, each in enumerate(lists)]).encode()


@pytest.fixture(scope="module")
def chain():
    made = SimChain(5, traffic)
    made.grow(30)
    return made


def assert_same(found, expected):
    assert np.array_equal(found.roots, expected.roots)
    for name in LogColumns.__slots__:
        assert np.array_equal(getattr(found.logs, name), getattr(expected.logs, name)), name


def test_scan_receipts__blocks_of_many_sizes__as_the_typed_way_and_the_headers(chain):
    lists = [block.receipts for block in chain.blocks]
    assert {number: len(lists[number]) for number in MANY} == MANY
    found = scan_receipts(batch(lists), refs_of(chain))
    assert_same(found, gather_receipts(lists, refs_of(chain)))
    assert ["0x" + root.tobytes().hex() for root in found.roots] == [b.block["receiptsRoot"] for b in chain.blocks]


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "0x7e", "depositNonce": "0x123", "depositReceiptVersion": "0x1"},
        {"type": "0x7e", "depositNonce": "0x0"},
        {"type": "0x7e"},
        {"type": "0x6a"},
        {"type": "0x7f", "depositNonce": "0x1", "depositReceiptVersion": "0x1"},
        {"type": "0x2", "depositNonce": None, "contractAddress": None, "authorizationList": []},
        {"status": None, "root": "0x" + "ab" * 32, "type": "0x0"},
        {"status": "0x0", "cumulativeGasUsed": "0xffffffffffffffff"},
        {"cumulativeGasUsed": "0x7f"},
        {"cumulativeGasUsed": "0x80"},
    ],
)
def test_scan_receipts__receipts_of_every_kind__as_the_typed_way(fields):
    rng = random.Random(3)
    made = SimChain(6, lambda _, __: [[make_log(rng)], []])
    lists = [[receipt | fields for receipt in block.receipts] for block in made.blocks]
    assert_same(scan_receipts(batch(lists), refs_of(made)), gather_receipts(lists, refs_of(made)))


@pytest.mark.parametrize(
    "change",
    [
        {"type": "0x80"},
        {"status": None},
        {"logsBloom": "0x00"},
        {"logs": None},
        {"logs": [{}]},
        {"transactionHash": None},
    ],
)
def test_scan_receipts__receipt_of_another_shape__refused(chain, change):
    lists = [[receipt | change for receipt in block.receipts] for block in chain.blocks]
    assert scan_receipts(batch(lists), refs_of(chain)) is None


def test_scan_receipts__batch_that_is_not_whole__refused(chain):
    lists = [block.receipts for block in chain.blocks[:3]]
    refs = refs_of(chain)[:3]
    assert scan_receipts(batch(lists), refs) is not None
    assert scan_receipts(batch(lists[:2]), refs) is None
    assert scan_receipts(batch([*lists[:2], None]), refs) is None
    assert scan_receipts(batch(lists, id=1), refs) is None
    assert scan_receipts(batch(lists)[:-1], refs) is None
    assert scan_receipts(b'{"jsonrpc":"2.0","error":{"code":1}}', refs) is None


def test_scan_receipts__damaged_bytes__refused_or_as_the_typed_way(chain):
    rng = random.Random(9)
    lists, refs = [block.receipts for block in chain.blocks[:4]], refs_of(chain)[:4]
    body = batch(lists)
    for _ in range(300):
        damaged = bytearray(body)
        damaged[rng.randrange(len(body))] = rng.choice(b'"\\{}[],:0xgF ')
        found = scan_receipts(bytes(damaged), refs)
        if found is not None:
            expected = [answer["result"] for answer in json.loads(damaged)]
            assert_same(found, gather_receipts(expected, refs))
