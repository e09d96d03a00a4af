"""A journal of report format 1, and a toml that names other rules than the chain."""

import psycopg
import pytest

from tests.support.operator import reports_of

pytestmark = [pytest.mark.database, pytest.mark.chain]
AGE = """
UPDATE pozk.reports
SET report = convert_to(replace(convert_from(report, 'UTF8'), '"format":"2"', '"format":"1"'), 'UTF8')
"""


def test_pozk__journal_of_format_1__exits_2_and_names_the_way_on(settled_operator):
    operator, before = settled_operator, reports_of(settled_operator)
    with psycopg.connect(operator.environment["POZK_STORE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(AGE)
    for command in (["settle"], ["verify"], ["proof", "0x" + "11" * 20], ["settle", "--redo", "--epoch", "1"]):
        errors = [line for line in operator.pozk(*command, code=2).stderr.splitlines() if line.startswith("error:")]
        assert len(errors) == 1
        assert "run `pozk settle --redo --epoch 0`" in errors[0]
    operator.pozk("settle", "--redo", "--epoch", "0")
    operator.pozk("settle")
    assert reports_of(operator) == before


def test_settle__toml_names_other_rules_than_the_chain__notes_it_once_and_settles_by_the_chain(settled_operator):
    operator, before = settled_operator, reports_of(settled_operator)
    operator.edit_config('residual = "rollover"', 'residual = "normalize"')
    answer = operator.pozk("settle", "--redo", "--epoch", "0")
    again = operator.pozk("settle")
    for one in (answer, again):
        assert one.stderr.count("settlement.residual is normalize, the chain says rollover") == 1
    newest = "settlement.ruleset is paper-v1, the chain says paper-v2"  # in force now, with normalize
    assert operator.pozk("check").stderr.count(newest) == 1
    assert reports_of(operator) == before
    assert all(row["ok"] for row in operator.pozk("verify").document["epochs"])
