"""The registry of rulesets."""

import pytest

from indexer.words.errors import InputError, UnsoundError
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints
from settlement.rules.facts.aggregates import Aggregates, no_bonuses
from settlement.rules.rulesets.allocation import PaperParameters, PozkParameters, registered_rulesets, ruleset_named

NO_ROWS = Aggregates(
    kind=amounts_from_ints([])[:, 0].astype("u1"),
    app=addresses_from_bytes([]),
    account=addresses_from_bytes([]),
    x=amounts_from_ints([]),
    stake=amounts_from_ints([]),
)
PAPER = PaperParameters(100, 5000, 5000, 5000, 5000, 1, 0, 0)
POZK = PozkParameters(100, (1, 2), (1, 2), (1, 2), 90, 10, 10)


def test_registered_rulesets__of_this_release__are_four():
    assert sorted(registered_rulesets()) == ["paper-v1", "paper-v2", "pozk-v1", "pozk-v1-fixed"]


def test_ruleset_named__an_unknown_name__lists_the_known():
    with pytest.raises(InputError, match="paper-v1 or paper-v2 or pozk-v1"):
        ruleset_named("paper-v3")


@pytest.mark.parametrize(
    ("name", "own", "foreign"), [("paper-v1", PAPER, POZK), ("paper-v2", PAPER, POZK), ("pozk-v1", POZK, PAPER)]
)
def test_allocate__an_epoch_without_rows__leaves_the_whole_pool(name, own, foreign):
    allocation = ruleset_named(name).allocate(own, NO_ROWS, no_bonuses())
    assert (allocation.distributed, allocation.remainder, len(allocation.amounts)) == (0, 100, 0)
    with pytest.raises(UnsoundError, match="wrong parameters"):
        ruleset_named(name).allocate(foreign, NO_ROWS, no_bonuses())


def test_registered_rulesets__each__names_a_family_and_explains():
    for name, ruleset in registered_rulesets().items():
        own = PAPER if ruleset.family == "paper" else POZK
        assert name.startswith(ruleset.family)
        assert ruleset.explain(own, NO_ROWS, no_bonuses(), bytes(20)).rows == ()
