"""The rulesets that there are. A new one is a module of its own and an entry here."""

from indexer.words.errors import InputError
from settlement.rules.rulesets import paper_v1, paper_v2, pozk_v1
from settlement.rules.rulesets.ruleset import Ruleset

RULESETS: tuple[Ruleset, ...] = (paper_v1.RULESET, paper_v2.RULESET, pozk_v1.RULESET, pozk_v1.FIXED)
"""Of each family the first one is what a configuration names where nobody chose, the last one what is paid on chain."""


def ruleset_named(name: str) -> Ruleset:
    """Return the ruleset of that name; InputError if there is none."""
    known = {ruleset.name: ruleset for ruleset in RULESETS}
    if name not in known:
        raise InputError("unknown ruleset", expected=" or ".join(sorted(known)), got=repr(name))
    return known[name]


def rulesets_of(family: str) -> tuple[Ruleset, ...]:
    """Return the rulesets that can settle a network of that family."""
    return tuple(ruleset for ruleset in RULESETS if ruleset.family == family)


def paid_on_chain(family: str) -> Ruleset:
    """Return the ruleset that contracts of a family evaluate, whose amounts a shadow holds against what was paid."""
    return rulesets_of(family)[-1]


def meanings_of(family: str) -> dict[str, str]:
    """Return what each of them means for a network, by name."""
    return {ruleset.name: ruleset.meaning for ruleset in rulesets_of(family)}


def names_of(family: str) -> tuple[str, ...]:
    """Return their names."""
    return tuple(ruleset.name for ruleset in rulesets_of(family))


def ruleset_of(family: str, name: str) -> Ruleset | None:
    """Return the ruleset of that name that can settle a network of the family, None if there is none."""
    return next((ruleset for ruleset in rulesets_of(family) if ruleset.name == name), None)
