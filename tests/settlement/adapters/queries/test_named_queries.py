"""Named queries, their headers and their parameters."""

import re

import pytest

from indexer.words.errors import InputError
from settlement.adapters.queries.named_queries import (
    find_query,
    list_named_queries,
    read_parameters,
    read_values,
    split_options,
    split_parameters,
)
from settlement.rules.questions.query_header import NEWEST, Plot

QUERIES = list_named_queries()
MIXED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
WRONG_CHECKSUM = "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.name)
def test_list_named_queries__each__says_what_it_shows_its_grain_and_every_parameter(query):
    assert query.header.what
    assert query.header.grain.startswith("one row")
    code = "\n".join(line for line in query.text.splitlines() if not line.startswith("--"))
    named = set(re.findall(r"\$([a-z_]+)", code)) | set(re.findall(r"\$([a-z_]+)", query.expand(lambda _: "")))
    assert {each.name for each in query.parameters} >= {name for name in named if name not in ("rows",)}
    assert all(each.says and f"${each.name}" in query.text + "$rows" for each in query.parameters)


def test_list_named_queries__what_analysts_ask__is_there():
    assert {query.name for query in QUERIES} >= {
        *("leaderboard", "miner_history", "app_revenue", "reward_concentration", "stake_flows", "utilisation"),
        *("missed_deadlines", "fees", "time_to_proof", "throughput", "cohort_retention", "claim_lag"),
        *("unclaimed_by_age", "account_statement", "self_dealing_pairs", "anomalies", "quality"),
        "committee_punctuality",
    }


def test_find_query__parameters_and_plot__are_those_of_the_header():
    found = find_query("leaderboard")
    assert [(each.name, each.sql_type, each.default) for each in found.parameters] == [
        ("board", "miners|users|apps", "miners"),
        ("from_epoch", "epoch", "0"),
        ("to_epoch", "epoch", "newest"),
        ("rows", "count", "100"),
    ]
    assert found.header.plot == Plot("bar", "account", "amount_tokens")


def test_expand__steps_of_the_protocol__are_written_out_with_what_is_put_in_place():
    text = find_query("time_to_proof").expand(lambda name: f"SELECT '{name}' WHERE x BETWEEN $app AND $last_app\n")
    assert "'serve/app_times' WHERE x BETWEEN (''::BLOB) AND (unhex('ffff" in text
    assert "{" not in text


def test_read_parameters__defaults_and_words__have_their_types():
    query = find_query("leaderboard")
    assert read_parameters(query, {"rows": "7"}) == {"board": "miners", "from_epoch": 0, "to_epoch": NEWEST, "rows": 7}
    assert read_parameters(find_query("stake_flows"), {}) == {"app": ""}
    assert read_parameters(find_query("account"), {"account": MIXED}) == {"account": MIXED.lower()}


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("account", {}, "expected --param account=.., got no account"),
        ("epochs", {"account": "1"}, "expected no parameter, got account"),
        ("leaderboard", {"bored": "users"}, "--param rows=100, got bored"),
        (
            "leaderboard",
            {"board": "owls"},
            "a parameter has another type, expected miners or users or apps, got 'owls'",
        ),
        ("leaderboard", {"rows": "1e3"}, "expected a number of at most 18 digits, got '1e3'"),
        ("leaderboard", {"to_epoch": "newer"}, "expected a number of at most 18 digits, got 'newer'"),
        ("account", {"account": "0x12"}, "not an address"),
        ("account", {"account": WRONG_CHECKSUM}, "not an address"),
        ("account", {"account": "any"}, "not an address"),
    ],
)
def test_read_parameters__wrong_ones__are_told(name, given, words):
    with pytest.raises(InputError) as caught:
        read_parameters(find_query(name), given)
    assert words in caught.value.line()


def test_find_query__no_such_name__tells_near_ones():
    with pytest.raises(InputError, match=r"did you mean epochs\?"):
        find_query("epoch")


def test_read_values__of_free_sql__are_numbers_addresses_or_text():
    given = split_parameters(["n=5", f"who={MIXED}", "what=a=b"])
    assert read_values(given) == {"n": 5, "who": MIXED.lower(), "what": "a=b"}
    with pytest.raises(InputError, match="not an address"):
        read_values({"who": WRONG_CHECKSUM})


@pytest.mark.parametrize("given", [["0x12"], ["=5"], ["A=5"], ["a=5", "a=6"]])
def test_split_parameters__no_name_and_value__is_told(given):
    with pytest.raises(InputError, match="expected NAME=VALUE"):
        split_parameters(given)


def test_split_options__words_that_no_option_took__are_parameters():
    assert split_options(["--from-epoch", "2", "--board=users"], []) == ["from_epoch=2", "board=users"]


@pytest.mark.parametrize("words", [["--fromat"], ["users"], ["--board", "users", "--rows"]])
def test_split_options__what_is_no_pair__is_told_with_near_options(words):
    with pytest.raises(InputError, match="no such option, or a parameter without a value"):
        split_options(words, ["--format", "--out"])
