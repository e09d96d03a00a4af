import pytest

from indexer.words.errors import InputError
from settlement.entry.documents.amounts import ShownAmounts
from settlement.entry.documents.simulation import self_dealing_document
from settlement.entry.views.attack import columns, read_terms, table_rows
from settlement.rules.columns.units import TokenUnits
from settlement.rules.questions.self_dealing import AppFee, DealerTerms, SelfDealing

FOUND = [
    SelfDealing(b"b" * 20, "paper-v1", False, 5, 3, 2, 7, 20, 14),
    SelfDealing(b"a" * 20, "paper-v2", True, 5, 3, 0, None, 0, 0),
]


def test_read_terms__typed__as_they_are():
    assert read_terms("10:20", 3, None, 200) == DealerTerms((10, 20), 3, None, 200)
    assert read_terms(None, 0, None, None) == DealerTerms()


@pytest.mark.parametrize(
    ("terms", "option"),
    [
        (("10", 0, None, None), "--attack-stake"),
        (("-1:2", 0, None, None), "--attack-stake"),
    ],
)
def test_read_terms__out_of_range__names_the_option(terms, option):
    with pytest.raises(InputError) as caught:
        read_terms(*terms)
    assert option in caught.value.line()


def test_cost_of__overrides__in_the_place_of_what_is_in_force():
    assert DealerTerms(proving=7).cost_of(AppFee(1000, 200)).wei == 27
    assert DealerTerms(least_fee=2000).cost_of(AppFee(1000, 200)).wei == 40
    assert DealerTerms(burn_bps=100).cost_of(AppFee(1000, 200)).wei == 10
    assert DealerTerms().cost_of(None).wei == 0


def test_table_rows__a_row_an_app_and_ruleset__apps_together():
    amounts = ShownAmounts(b"")
    rows = table_rows(FOUND, amounts)
    assert [len(row) for row in rows] == [len(columns(amounts))] * 2
    assert rows[0][0] == "0x" + "61" * 20 + " (idle)"
    assert rows[0][5] == "no bound: a task costs nothing"
    assert rows[1][2:] == [5, 3, 2, "7", 20, 14]


def test_table_rows__units__are_tokens_and_the_columns_say_no_wei():
    amounts = ShownAmounts(b"", {b"": TokenUnits("POZK", 1)})
    assert table_rows(FOUND, amounts)[1][2:5] == ["0.5 POZK", "0.3 POZK", "0.2 POZK"]
    assert columns(amounts)[2] == "first task earns"


def test_as_document__amounts__are_strings():
    document = self_dealing_document(4, (10, 20), FOUND)
    assert document["stakes"] == {"miner": "10", "user": "20"}
    assert document["self_dealing"][0]["earned"] == "20"
    assert document["self_dealing"][1]["most"] is None
