"""Comparisons that are never true are found wherever they stand; what is right passes."""

import pytest

from indexer.words.errors import InputError
from settlement.adapters.queries.sql_check import verify_comparisons

TYPES = {
    "lake": {"claimed": {"account": "BLOB", "token": "BLOB", "amount": "DECIMAL(38,0)"}, "apps": {"name": "VARCHAR"}},
    "analytics": {"claimed": {"account": "VARCHAR", "token": "VARCHAR", "amount": "DECIMAL(38,0)"}},
    "main": {"settled_leaves": {"epoch": "UBIGINT", "account": "BLOB", "token": "BLOB"}},
}
MIXED = "0x" + "aB" * 20


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM lake.claimed WHERE account = '0xab'",
        "select * from lake.main.claimed where '0xab' <> account",
        "FROM settled_leaves WHERE account = '0xab'",
        "SELECT * FROM lake.claimed AS c WHERE c.account IN ('0xab', '0xcd')",
        "SELECT * FROM lake.claimed WHERE account NOT IN ('0xab')",
        "SELECT * FROM lake.claimed WHERE account IN (SELECT account FROM analytics.claimed WHERE 'a' = 'a')",
        "WITH c AS (SELECT account AS who FROM lake.claimed) SELECT * FROM c WHERE who = '0xab'",
        "SELECT * FROM (SELECT * FROM lake.claimed) AS c WHERE account BETWEEN '0x0' AND '0xf'",
        "SELECT count(*) FILTER (account = '0xab') FROM lake.claimed",
        "SELECT CASE account WHEN '0xab' THEN 1 END FROM lake.claimed",
        "SELECT * FROM lake.claimed WHERE (account, token) = (addr('0xab'), '0xcd')",
        "SELECT * FROM lake.claimed WHERE account IS NOT DISTINCT FROM '0xab'",
        "SELECT * FROM lake.claimed WHERE account = ANY(['0xab'])",
        "SELECT * FROM lake.claimed WHERE list_contains(['0xab'], account)",
        "SELECT * FROM lake.claimed WHERE account LIKE '0xab%'",
        "SELECT * FROM lake.claimed WHERE account = '0xab'::BLOB",
        "SELECT * FROM lake.claimed WHERE account::VARCHAR = '0xab'",
        "SELECT 'a' FROM lake.claimed AS c JOIN analytics.claimed AS a ON c.account = a.account",
        "SELECT 'a' FROM lake.claimed AS c JOIN analytics.claimed AS a USING (account)",
        "SELECT * FROM analytics.claimed WHERE account = addr('0xab')",
        "SELECT account FROM lake.claimed GROUP BY account HAVING account = '0xab'",
        "SELECT * FROM lake.claimed WHERE account = $$0xab$$",
    ],
)
def test_verify_comparisons__bytes_with_text__names_the_comparison_and_the_way(statement):
    with pytest.raises(InputError, match=r"bytes are compared with text.*addr\('0x..'\)"):
        verify_comparisons(statement, TYPES)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM lake.claimed WHERE account = addr('0xab') AND token <> unhex('cd')",
        "SELECT * FROM analytics.claimed WHERE account = '0xab' AND token IN (hex_text(addr('0xab')), 'x')",
        "SELECT hex(account) = 'AB', hex_text(account) = '0xab' FROM lake.claimed",
        "SELECT * FROM lake.claimed WHERE account = '\\xAB\\xCD' OR account = '\\xAB'::BLOB",
        "SELECT * FROM lake.apps WHERE name = 'zk-app'",
        "SELECT * FROM lake.claimed WHERE amount = '5'",
        "SELECT * FROM nowhere WHERE account = '0xab'",
        "this is 'no SQL",
        "SELECT '" + "(" * 5_000 + "'",
        "CREATE VIEW v AS * FROM lake.apps WHERE = 'zk-app'",
        "SELECT 'a' WHERE " + " OR ".join(["1 = 1"] * 500),
        "SELECT " + "(" * 2_000 + "'a'" + ")" * 2_000,
    ],
    ids=range(12),
)
def test_verify_comparisons__sound_or_unreadable__passes_without_a_word(statement, caplog, capsys):
    verify_comparisons(statement, TYPES)
    assert (capsys.readouterr().err, caplog.records) == ("", [])


def test_verify_comparisons__hex_text_in_another_case__is_told_in_lower_case():
    with pytest.raises(InputError, match=rf"expected {MIXED.lower()}, got {MIXED}"):
        verify_comparisons(f"SELECT * FROM analytics.claimed WHERE account = '{MIXED}'", TYPES)
