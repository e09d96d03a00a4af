"""A finished epoch projected from a real lake, under the ruleset in force and under another."""

from fractions import Fraction

import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import InputError
from indexer.words.quantities import Epoch
from settlement.adapters.lake.facts import LakeFacts
from settlement.entry.documents.amounts import ShownAmounts
from settlement.entry.documents.simulation import compared_rulesets, projection_document
from settlement.entry.views import scenario
from settlement.flows.settle import Settler
from settlement.flows.simulate import project_epoch
from settlement.rules.entitlements.opening import no_opening
from settlement.rules.epoch.report import Network
from settlement.rules.epoch.settlement import compute_settlement, nothing_before
from settlement.rules.facts.epoch_facts import RulesetChoice
from settlement.rules.facts.epochs import EpochClock
from settlement.rules.questions.projection import Overrides
from settlement.rules.rulesets.registry import ruleset_named
from tests.conftest import create_database
from tests.settlement.adapters.events import GENESIS, LENGTH, address
from tests.settlement.flows.test_explain import APP, IDLE, MINER, STAKER, TOKEN, USER, told_chain
from tests.settlement.readings import facts_of

pytestmark = pytest.mark.database
NETWORK = Network(31337, address(8), TOKEN, GENESIS, LENGTH, 0)


@pytest.fixture(scope="module")
def facts(postgres, lake_template, tmp_path_factory):
    """The facts of the chain that explanations are told of."""
    with open_lake(create_database(postgres, lake_template), tmp_path_factory.mktemp("simulated"), REFERENCE) as lake:
        told_chain().store(lake)
        yield LakeFacts(lake, EpochClock(GENESIS, LENGTH, 0))


def project(facts, epoch=1, configured="paper-v1", **overrides):
    """Return a projection; journal, artefacts and opening file are never asked."""
    settler = Settler(NETWORK, RulesetChoice(configured, "rollover"), facts, None, None, None)
    return project_epoch(settler, Epoch(epoch), Overrides(**overrides))


def test_project_epoch__another_ruleset__is_what_settling_by_it_pays(facts):
    projection, choice = project(facts, ruleset="paper-v2"), RulesetChoice("paper-v2", "rollover")
    settled = compute_settlement(NETWORK, facts_of(facts, Epoch(1)), choice, nothing_before(), no_opening())
    assert projection.before == project(facts).after
    assert projection.before.distributed < projection.after.distributed == settled.distributed


def test_project_epoch__another_ruleset__leads_with_the_share_paid_and_says_what_both_mean(facts):
    projection = project(facts, ruleset="paper-v2")
    before, after = (scenario.percent(one.paid_share) for one in (projection.before, projection.after))
    assert scenario.headline(projection) == (
        f"epoch 1 (finished): {before} of the pool is paid by paper-v1, rollover; "
        f"as supposed {after} of the pool is paid by paper-v2, rollover"
    )
    assert scenario.summary_rows(projection, ShownAmounts(b""))[0] == ["paid out of the pool", before, after]
    meanings = {name: ruleset_named(name).meaning for name in ("paper-v1", "paper-v2")}
    assert projection_document(projection, None, (), ())["rulesets"] == meanings
    assert compared_rulesets(project(facts)) == {}


def test_project_epoch__idle_stake_of_the_apps_miners__weighs_under_paper_v2(facts):
    free = project(facts, configured="paper-v2", stakes={(APP, IDLE, 0): 0})
    changes = {change.account: change for change in free.changes}
    assert changes[MINER].after > changes[MINER].before
    assert USER not in changes


def test_project_epoch__a_first_task_in_an_app__brings_all_its_stakes(facts):
    stakes = {(APP, STAKER, 0): 40, (APP, STAKER, 1): 50}
    projection = project(facts, epoch=2, configured="paper-v2", work={(APP, MINER): 9}, tasks={(APP, USER): 1})
    assert projection.before.distributed == 0
    assert projection.after.paid_share > Fraction(1, 2)
    diluted = project(
        facts, epoch=2, configured="paper-v2", work={(APP, MINER): 9}, tasks={(APP, USER): 1}, stakes=stakes
    )
    assert 0 < diluted.after.distributed < projection.after.distributed


@pytest.mark.parametrize("options", [{"configured": "pozk-v1"}, {"ruleset": "pozk-v1"}, {"ruleset": "paper-v9"}])
def test_project_epoch__a_ruleset_that_cannot_settle_this_network__is_refused(facts, options):
    with pytest.raises(InputError) as error:
        project(facts, **options)
    assert "paper-v1 or paper-v2" in error.value.line()
    assert "\n" not in error.value.line()
