"""What sets `paper-v1` apart: stakes are divided by those of the whole network."""

import copy
from math import isqrt

import pytest
from hypothesis import given, settings

from indexer.words.errors import InputError
from settlement.rules.questions.allocate_document import evaluate_document
from tests.settlement.rules.epoch_inputs import amounts_of, even_network, paper_documents

POOL = 10**27


@pytest.mark.parametrize(("apps", "percent"), [(1, 70), (10, 22), (100, 7)])
def test_allocate__an_even_network__is_paid_one_by_the_root_of_twice_its_apps(apps, percent):
    paid = int(evaluate_document(even_network("paper-v1", apps))["distributed"])
    assert isqrt(POOL**2 // (2 * apps)) - 4 * apps <= paid <= isqrt(POOL**2 // (2 * apps))
    assert 100 * paid // POOL == percent


@given(paper_documents())
@settings(max_examples=40)
def test_allocate__idle_stake_anywhere__never_raises_a_floor(document):
    document |= {"residual": "rollover"}
    more = copy.deepcopy(document)
    more["total_staking"] = str(int(document["total_staking"]) + 10**24)
    before, after = amounts_of(evaluate_document(document)), amounts_of(evaluate_document(more))
    assert all(after[key] <= before[key] for key in before)


@pytest.mark.parametrize("total", ["total_app_staking", "total_staking"])
def test_allocate__a_total_below_its_parts__is_refused(total):
    document = even_network("paper-v1", 2)
    document[total] = str(int(document[total]) - 1)
    with pytest.raises(InputError, match=f"{total} is below its parts, expected at least"):
        evaluate_document(document)


def test_allocate__an_apps_stake_below_that_of_its_users__is_not_compared():
    document = even_network("paper-v1", 2)
    document["apps"][0]["user_stake"] = "1"
    assert int(evaluate_document(document)["distributed"]) > 0
