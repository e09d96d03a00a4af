from indexer.rules.protocols.reference import REFERENCE
from settlement.entry.configuration.keys import CHOSEN_BY_NOBODY
from settlement.rules.rulesets.registry import names_of


def test_chosen_by_nobody__the_registry__has_it_first():
    assert names_of(REFERENCE.family)[0] == CHOSEN_BY_NOBODY
