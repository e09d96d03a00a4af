"""`pozk allocate`: the vectors, the shape of the document, and what it refuses."""

import copy
import json
from pathlib import Path

import pytest

from indexer.words.errors import InputError
from settlement.rules.questions.allocate_document import evaluate_document

VECTORS = Path(__file__).parents[3] / "vectors"
CASES = [
    case for name in ("allocation", "allocation_v2") for case in json.loads((VECTORS / f"{name}.json").read_text())
]
PAPER = next(case["input"] for case in CASES if case["input"]["ruleset"] == "paper-v1" and "bonuses" in case["input"])
POZK = next(case["input"] for case in CASES if case["input"]["ruleset"] == "pozk-v1")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["input"]["ruleset"])
def test_evaluate_document__each_vector__is_reproduced(case):
    assert evaluate_document(case["input"]) == case["output"]


def test_evaluate_document__a_list__gives_the_list_of_outputs():
    assert evaluate_document([case["input"] for case in CASES]) == [case["output"] for case in CASES]


def test_evaluate_document__the_vectors_wrapped_form__is_read_with_its_paths():
    assert evaluate_document(CASES) == [case["output"] for case in CASES]
    assert evaluate_document({"input": POZK}) == evaluate_document(POZK)
    with pytest.raises(InputError, match=r"at \[1\]\.input\.pool"):
        evaluate_document([CASES[0], {"input": changed(PAPER, ["pool"], "x")}])
    with pytest.raises(InputError, match="unknown field"):
        evaluate_document({"input": POZK, "note": 1})


def test_evaluate_document__checksum_of_an_address__must_be_right():
    right = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    app = PAPER["apps"][0]["app"]
    document = json.loads(json.dumps(PAPER).replace(app, right))
    assert evaluate_document(document) == evaluate_document(json.loads(json.dumps(PAPER).replace(app, right.lower())))
    with pytest.raises(InputError, match=r"the EIP-55 checksum 0x5aAeb6.* at \$\.apps\[0\]\.app"):
        evaluate_document(json.loads(json.dumps(PAPER).replace(app, right.replace("aA", "Aa"))))


def test_evaluate_document__json_integers__count_as_their_strings():
    document = copy.deepcopy(POZK)
    document["pool"] = int(document["pool"])
    assert evaluate_document(document) == evaluate_document(POZK)


def changed(document, path, value):
    """Return a copy of the document with one value replaced, or removed if it is None."""
    result = copy.deepcopy(document)
    place = result
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return result


@pytest.mark.parametrize(
    ("document", "path", "value", "where"),
    [
        (PAPER, ["pool"], "-1", "$.pool"),
        (PAPER, ["pool"], "1.5", "$.pool"),
        (PAPER, ["pool"], 1.5, "$.pool"),
        (PAPER, ["pool"], True, "$.pool"),
        (PAPER, ["pool"], str(10**38), "$.pool"),
        (PAPER, ["pool"], "٣", "$.pool"),
        (PAPER, ["pool"], None, "pool"),
        (PAPER, ["ruleset"], "paper-v9", "paper-v1"),
        (PAPER, ["weights", "a"], "5", "a + b = 10000"),
        (PAPER, ["weights", "e"], "5", "$.weights"),
        (PAPER, ["residual"], "burn", "$.residual"),
        (PAPER, ["apps"], {}, "$.apps"),
        (PAPER, ["apps", 0, "app"], "0x12", "$.apps[0].app"),
        (PAPER, ["apps", 1], PAPER["apps"][0], "$.apps[1]"),
        (PAPER, ["miners", 1], PAPER["miners"][0], "$.miners[1]"),
        (PAPER, ["users", 0, "stake"], str(10**38), "$.users[0].stake"),
        (PAPER, ["users", 0, "app"], "0x" + "ab" * 20, "$.users[0].app"),
        (PAPER, ["users", 0, "memo"], "x", "$.users[0]"),
        (PAPER, ["bonuses", 0, "amount"], None, "$.bonuses[0]"),
        (PAPER, ["bonus"], [], "'bonus'"),
        (PAPER, ["total_staking"], "0", "$"),
        (POZK, ["alpha"], ["2", "1"], "$.alpha"),
        (POZK, ["alpha"], ["0", "1"], "$.alpha"),
        (POZK, ["gamma"], ["1"], "$.gamma"),
        (POZK, ["miner_max_per"], "101", "$.miner_max_per"),
        (POZK, ["miner_max_per"], "5", "0 <= miner_min_per <= miner_max_per <= 100"),
        (POZK, ["residual"], "normalize", "$.residual"),
        (POZK, ["miners", 0, "tasks"], "0", "labor differs"),
    ],
)
def test_evaluate_document__a_wrong_field__is_named(document, path, value, where):
    with pytest.raises(InputError) as error:
        evaluate_document(changed(document, path, value))
    assert where in error.value.line()
    assert "\n" not in error.value.line()


@pytest.mark.parametrize("document", [None, 5, "x", [5], {"ruleset": 5}])
def test_evaluate_document__no_object__is_refused(document):
    with pytest.raises(InputError):
        evaluate_document(document)


def test_evaluate_document__pozk_bonus__rest_goes_to_the_owner():
    document = copy.deepcopy(POZK)
    app = document["apps"][0]["app"]
    document["apps"][0]["owner"] = "0x" + "77" * 20
    document["bonuses"] = [{"app": app, "token": "0x" + "88" * 20, "amount": "1000000", "from": "0x" + "99" * 20}]
    rows = evaluate_document(document)["bonuses"]
    assert sum(int(row["amount"]) for row in rows) == 1_000_000
    assert [row["account"] for row in rows if row["role"] == "returned"] == ["0x" + "77" * 20]


def test_evaluate_document__pozk_bonus_without_an_owner__is_refused():
    document = copy.deepcopy(POZK)
    app = document["apps"][0]["app"]
    document["bonuses"] = [{"app": app, "token": "0x" + "88" * 20, "amount": "1000000", "from": "0x" + "99" * 20}]
    with pytest.raises(InputError, match="owner"):
        evaluate_document(document)
