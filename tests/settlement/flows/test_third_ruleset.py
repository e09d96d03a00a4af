"""A ruleset that is not of this release: a class of its own and an entry in the tuple, and a chain settles by it."""

import json
from dataclasses import dataclass

import numpy as np
import pytest
from typer.testing import CliRunner

from indexer.words.quantities import Epoch
from settlement.entry.cli import make_app
from settlement.entry.configuration.template import render_config
from settlement.flows.explain import explain_account
from settlement.flows.simulate import project_epoch
from settlement.flows.verify import judge_epoch
from settlement.rules.allocation.amounts import Allocation
from settlement.rules.allocation.bonus_pools import return_deposits
from settlement.rules.allocation.explanation import ExplainedRow, Explanation
from settlement.rules.allocation.participation import arrange_participants
from settlement.rules.columns.conversions import amounts_from_ints, amounts_to_ints
from settlement.rules.questions.allocate_document import evaluate_document
from settlement.rules.questions.projection import Overrides
from settlement.rules.rulesets import registry
from settlement.rules.rulesets.document_form import DocumentForm
from tests.settlement.adapters.events import address
from tests.settlement.flows.oracles import MINER, USER, finish, oracle_of, ruleset_set, working_chain

pytestmark = pytest.mark.database


@dataclass(frozen=True)
class EqualTerms:
    """Every participant gets the same, of a pool that a part in percent is kept of."""

    pool: int
    kept_percent: int

    def allocate(self, aggregates, bonuses):
        count = int(aggregates.is_participant().sum())
        each = self.pool * (100 - self.kept_percent) // 100 // count if count else 0
        return Allocation(
            amounts=amounts_from_ints([each] * count),
            listed=np.ones(count, dtype=np.bool_),
            bonuses=return_deposits(bonuses),
            distributed=each * count,
            remainder=self.pool - each * count,
            floors=each * count,
            spare=None,
        )

    def explain(self, aggregates, bonuses, account):
        participants, paid = arrange_participants(aggregates), self.allocate(aggregates, bonuses)
        rows = [
            ExplainedRow(
                app=participants.apps[participants.place[row]].tobytes(),
                role=int(participants.role[row]),
                token=None,
                scale=self.pool,
                scale_meaning="emission in equal parts",
                factors=(),
                value=str(amount),
                floor=amount,
                lost="0",
                amount=amount,
            )
            for row in participants.rows_of(account)
            for amount in amounts_to_ints(paid.amounts[row : row + 1])
        ]
        return Explanation(account, tuple(rows), None)

    def report_keys(self):
        return {"kept_percent": str(self.kept_percent)}


class EqualRule:
    """Registered below; nothing else names it."""

    name, family, meaning = "equal-v1", "paper", "everybody alike."
    form = DocumentForm("circuit_work", "user_stake", "work", parameter_keys=("pool", "kept_percent"))

    def list_causes(self, facts):
        return ("nobody proved anything",) if not facts.proofs else ()

    def terms_of(self, facts, _residual):
        return EqualTerms(facts.emission, 10)

    def read_terms(self, document):
        return EqualTerms(document.get("pool").integer(), document.get("kept_percent").integer(100))


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    monkeypatch.setattr(registry, "RULESETS", (*registry.RULESETS, EqualRule()))


@pytest.fixture
def settler(postgres, lake_template, tmp_path):
    chain = working_chain(early=lambda chain: ruleset_set(chain, "equal-v1", 0, from_epoch=1))
    with oracle_of(finish(chain), postgres, lake_template, tmp_path) as opened:
        yield opened


def test_settle__a_third_ruleset_in_force__pays_reports_verifies_and_explains_by_it(settler):
    first, second, _ = (json.loads(settlement.document) for settlement in settler.settle_all())
    assert (first["ruleset"], second["ruleset"], second["distributed"]) == ("paper-v1", "equal-v1", str(9 * 10**23))
    assert second["parameters"].keys() - first["parameters"].keys() == {"kept_percent"}
    stored = settler.journal.load_report(Epoch(1))
    assert judge_epoch(settler, Epoch(1), stored.document, settler.artifacts.load_epoch(Epoch(1))).is_ok
    story = explain_account(settler, MINER, Epoch(1))
    assert [row.amount for row in story.explanation.rows] == [45 * 10**22]
    supposed = project_epoch(settler, Epoch(0), Overrides(ruleset="equal-v1"))
    assert (supposed.before.ruleset, supposed.after.distributed) == ("paper-v1", 9 * 10**23)


def test_settle__an_epoch_that_its_ruleset_cannot_settle__is_a_cause_of_its_own(postgres, lake_template, tmp_path):
    chain = working_chain(0, early=lambda chain: ruleset_set(chain, "equal-v1", 0, from_epoch=0))
    with (
        oracle_of(finish(chain), postgres, lake_template, tmp_path) as settler,
        pytest.raises(Exception, match="nobody proved anything"),
    ):
        next(settler.settle_all())


def test_help_and_template__of_a_third_ruleset__say_what_it_means():
    assert "equal-v1 (everybody alike)" in " ".join(
        CliRunner().invoke(make_app(), ["simulate", "--help"]).output.split()
    )
    assert "equal-v1: everybody alike." in render_config({})


def test_evaluate_document__of_a_third_ruleset__reads_its_own_fields():
    app_row = {"app": "0x" + address(1).hex(), "circuit_work": "1", "user_stake": "0"}
    people = [{"app": app_row["app"], "account": "0x" + who.hex(), "stake": "0"} for who in (MINER, USER)]
    document = {"ruleset": "equal-v1", "pool": "100", "kept_percent": "50", "apps": [app_row]}
    document |= {"miners": [people[0] | {"work": "1"}], "users": [people[1] | {"tasks": "1"}]}
    assert [row["amount"] for row in evaluate_document(document)["amounts"]] == ["25", "25"]
