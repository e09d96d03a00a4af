"""The fixed arithmetic three times: what the deployed contracts paid, our Solidity, our Python."""

import json
import random
from fractions import Fraction
from pathlib import Path

import pytest
from eth_abi import decode, encode
from eth_utils import keccak

from settlement.rules.powers.fixed_point import Split, cobb_douglas

pytestmark = pytest.mark.chain
CASES = json.loads((Path(__file__).parents[1] / "vectors" / "pozk_fixed.json").read_text())["cases"]
ROWS = 300
TYPES = "uint256[7][]"


@pytest.fixture(scope="module")
def evaluate(played, pozk_artifacts):
    """What our Solidity pays for rows of pool, x, X, s, S, num, den."""
    network, _ = played
    chain = network.chain
    probe = chain.send(data=pozk_artifacts["PozkMathProbe"].bytecode)["contractAddress"]

    def call(rows):
        data = "0x" + (keccak(text=f"cobbDouglas({TYPES})")[:4] + encode([TYPES], [rows])).hex()
        answer = chain.call("eth_call", {"to": probe, "data": data, "gas": hex(10**9)}, "latest")
        return list(decode(["uint256[]"], bytes.fromhex(answer[2:]))[0])

    return call


def test_solidity__each_measured_case__pays_the_same(evaluate):
    rows = [[int(case[name]) for name in ("pool", "x", "X", "s", "S")] + [int(e) for e in case["e"]] for case in CASES]
    assert evaluate(rows) == [int(case["paid"]) for case in CASES]
    assert len(CASES) == 300


def test_solidity__thousands_of_random_rows__pays_as_python_computes(evaluate):
    rng = random.Random(7)
    for _ in range(10):
        rows = [random_row(rng) for _ in range(ROWS)]
        assert evaluate(rows) == [in_python(row) for row in rows]


def random_row(rng):
    """Return a row that does not revert."""
    x_total, s_total = (rng.randrange(1, 10 ** rng.randrange(1, 30)) for _ in range(2))
    x, s = (rng.randrange(max(1, total // 10**20), total + 1) for total in (x_total, s_total))
    den = rng.randrange(1, 30)
    return [rng.randrange(10 ** rng.randrange(1, 26)), x, x_total, s, s_total, rng.randrange(1, den + 1), den]


def in_python(row):
    pool, x, x_total, s, s_total, num, den = row
    return cobb_douglas(Split(pool, x_total, s_total, Fraction(num, den)), x, s)
