"""The rulesets that there are, and what each of them says of itself."""

import ast
from pathlib import Path

import pytest

from indexer.rules.protocols.reference import REFERENCE
from indexer.words.errors import InputError, UnsoundError
from settlement.rules.facts.aggregates import no_aggregates, no_bonuses
from settlement.rules.rulesets import paper_v1, paper_v2, pozk_v1
from settlement.rules.rulesets.paper import PaperTerms
from settlement.rules.rulesets.paper_parameters import PaperParameters
from settlement.rules.rulesets.pozk_v1 import PozkParameters, PozkTerms
from settlement.rules.rulesets.registry import RULESETS, meanings_of, names_of, ruleset_named, ruleset_of
from settlement.rules.rulesets.usual import USUAL
from tests.settlement.rules.epoch_facts import sound_facts
from tests.support.syntax import syntax_of

ROOT = Path(__file__).parents[4]
PAPER = PaperParameters(100, 5000, 5000, 5000, 5000, 1, 0, 0)
POZK = PozkParameters(100, (1, 2), (1, 2), (1, 2), 90, 10, 10)
TERMS = (
    *(PaperTerms(rule, PAPER) for rule in (paper_v1.RULESET, paper_v2.RULESET)),
    *(PozkTerms(rule, POZK) for rule in (pozk_v1.RULESET, pozk_v1.FIXED)),
)


def test_rulesets__released_ones__stay_and_the_usual_one_of_a_family_is_first():
    assert {ruleset.name for ruleset in RULESETS} >= {"paper-v1", "paper-v2", "pozk-v1", "pozk-v1-fixed"}
    assert len({ruleset.name for ruleset in RULESETS}) == len(RULESETS)
    assert names_of("paper")[:2] == ("paper-v1", "paper-v2")
    assert names_of(REFERENCE.family)[0] == USUAL
    assert tuple(meanings_of("paper")) == names_of("paper")


def test_ruleset_named__an_unknown_name__lists_the_known():
    with pytest.raises(InputError, match=" or ".join(sorted(ruleset.name for ruleset in RULESETS))):
        ruleset_named("no-such-rule")


def test_ruleset_of__one_of_another_family__is_none():
    assert ruleset_of("paper", "paper-v2") is paper_v2.RULESET
    assert ruleset_of("paper", "pozk-v1") is None


@pytest.mark.parametrize("ruleset", RULESETS, ids=lambda ruleset: ruleset.name)
def test_rulesets__each__has_a_name_for_the_chain_and_a_meaning(ruleset):
    assert len(ruleset.name.encode("ascii")) <= 32
    assert ruleset.name.startswith(ruleset.family)
    assert ruleset.meaning.endswith(".")


@pytest.mark.parametrize("terms", TERMS, ids=lambda terms: terms.rule.name)
def test_allocate__an_epoch_without_rows__leaves_the_whole_pool(terms):
    allocation = terms.allocate(no_aggregates(), no_bonuses())
    assert (allocation.distributed, allocation.remainder, len(allocation.amounts)) == (0, 100, 0)
    assert terms.explain(no_aggregates(), no_bonuses(), bytes(20)).rows == ()


@pytest.mark.parametrize("ruleset", RULESETS, ids=lambda ruleset: ruleset.name)
def test_terms_of__facts_without_its_parameters__are_refused(ruleset):
    with pytest.raises(UnsoundError, match=r"no weights|no parameters"):
        ruleset.terms_of(sound_facts(weights=None), "rollover")


def test_rulesets__the_modules_of_all_packages__name_none_of_them_outside_their_own():
    names = {ruleset.name for ruleset in RULESETS}
    found = [
        f"{path.relative_to(ROOT)}: {node.value}"
        for package in ("indexer", "settlement", "deploy", "pozk")
        for path in (ROOT / package).rglob("*.py")
        if "node_modules" not in path.parts and path.parent.name != "rulesets"
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert found == []
