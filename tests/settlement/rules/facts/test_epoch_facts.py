import pytest

from settlement.rules.facts.epoch_facts import (
    RulesetChoice,
    choose_ruleset,
    decode_ruleset_choice,
    describe_difference,
)

PAPER = RulesetChoice("paper-v1", "rollover")


def test_choose_ruleset__nothing_on_chain__takes_the_configuration():
    assert choose_ruleset(None, PAPER) == PAPER


@pytest.mark.parametrize("said", [RulesetChoice("paper-v2", "rollover"), RulesetChoice("paper-v1", "normalize")])
def test_choose_ruleset__chain_says_otherwise__takes_the_chains(said):
    assert choose_ruleset(said, PAPER) == said


def test_decode_ruleset_choice__zero_padded_ascii__is_the_name():
    assert decode_ruleset_choice(b"paper-v1".ljust(32, b"\0"), 1) == RulesetChoice("paper-v1", "normalize")


@pytest.mark.parametrize("name", [b"", b"a b", b"a\0b", b"\xff"])
def test_decode_ruleset_choice__no_name__is_the_word_in_hex(name):
    word = name.ljust(32, b"\0")
    assert decode_ruleset_choice(word, 0) == RulesetChoice("0x" + word.hex(), "rollover")


def test_decode_ruleset_choice__no_residual__is_the_number():
    assert decode_ruleset_choice(b"paper-v1".ljust(32, b"\0"), 2) == RulesetChoice("paper-v1", "2")


def test_describe_difference__chain_against_configuration__says_what_differs():
    said = describe_difference(RulesetChoice("paper-v2", "rollover"), PAPER)
    assert said == "settlement.ruleset is paper-v1, the chain says paper-v2: the RulesetSet in force is used"
    assert describe_difference(None, PAPER) is None
    assert describe_difference(PAPER, PAPER) is None
