import json
import random

import pytest

from tests.indexer import fuzz_answers, fuzz_http
from tests.indexer.rules.scan import test_scan_receipts as receipts
from tests.indexer.rules.scan.test_scan_receipts import SimChain, traffic

pytestmark = pytest.mark.slow  # calls compiled kernels


@pytest.fixture(scope="module")
def chain():
    grown = SimChain(5, traffic)
    grown.grow(12)
    return grown


@pytest.mark.parametrize("kind", range(4))
def test_answers__of_any_shape__both_ways_of_reading_agree(chain, kind):
    case = fuzz_answers.cases_of(chain)[kind]
    taken = sum(case(random.Random(seed)) for seed in range(400))
    assert 40 < taken < 400


BESIDE = b'"error":{"code":-32000,"message":"header not found"}'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"id": 1', b'"id": 18446744073709551617'),
        (b'"id": 1', b'"id": 1, "id": 18446744073709551617'),
        (b'"result"', BESIDE + b', "result"'),
        (b'"jsonrpc"', BESIDE + b', "jsonrpc"'),
        (b'"type": "0x2"', b'"type": "0x2", "type": null'),
        (b'"type": "0x2"', b'"type": null, "type": "0x1"'),
        (b'"type": "0x2"', b'"type": "0x2", "t\\u0079pe": "0x1"'),
        (b'"status": "0x1"', b'"status": "0x1", "status": null, "root": null'),
        (b'"status": "0x1"', b'"status": 1'),
    ],
)
def test_receipts__a_shape_that_means_two_things__both_ways_agree(chain, old, new):
    blocks = slice(3, 5)
    body = json.dumps(
        [
            {"jsonrpc": "2.0", "id": number, "result": [{**each, "type": "0x2"} for each in block.receipts]}
            for number, block in enumerate(chain.blocks[blocks])
        ]
    ).encode()
    assert old in body
    refs = receipts.refs_of(chain)[blocks]
    fuzz_answers.agree(lambda node: node.fetch_receipts(refs), body.replace(old, new, 1))
    fuzz_answers.agree(lambda node: node.fetch_receipts(refs), body.replace(old, new))


def test_raw_answers__of_every_kind__a_value_or_a_fault_of_the_node():
    with fuzz_http.RawServer() as server:
        taken = sum(fuzz_http.http_case(random.Random(seed), server) for seed in range(400))
    assert 5 < taken < 300
