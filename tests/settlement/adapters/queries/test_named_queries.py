"""Named queries and their parameters."""

import pytest

from indexer.words.errors import InputError
from settlement.adapters.queries.named_queries import list_named_queries, read_query


def test_list_named_queries__each__says_what_its_rows_are():
    assert all(query.about.startswith("one row") for query in list_named_queries())


def test_list_named_queries__parameters__are_listed():
    assert {query.name: query.parameters for query in list_named_queries()}["account"] == ("account",)


def test_read_query__checksummed_address__becomes_lower_case():
    text, params = read_query("account", ["account=0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"])
    assert params == {"account": "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"}
    assert "$account" in text


@pytest.mark.parametrize(
    ("statement", "given", "words"),
    [
        ("epoch", [], "did you mean epochs?"),
        ("account", [], "expected --param account=.., got no account"),
        ("epochs", ["account=1"], "expected no parameter, got account"),
        ("account", ["0x12"], "expected NAME=VALUE"),
        ("account", ["account=0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"], "not an address"),
    ],
)
def test_read_query__wrong_name_or_parameter__is_told(statement, given, words):
    with pytest.raises(InputError) as caught:
        read_query(statement, given)
    assert words in caught.value.line()
