import pytest

from indexer.words.errors import InputError, UnsoundError
from settlement.rules.facts import RulesetChoice, choose_ruleset, decode_ruleset_choice, verify_amount

PAPER = RulesetChoice("paper-v1", "rollover")


def test_choose_ruleset__nothing_on_chain__takes_the_configuration():
    assert choose_ruleset(None, PAPER) == PAPER


@pytest.mark.parametrize("said", [RulesetChoice("pozk-v1", "rollover"), RulesetChoice("paper-v1", "normalize")])
def test_choose_ruleset__chain_says_otherwise__is_refused(said):
    with pytest.raises(InputError, match="differs from the chain"):
        choose_ruleset(said, PAPER)


def test_decode_ruleset_choice__zero_padded_ascii__is_the_name():
    assert decode_ruleset_choice(b"paper-v1".ljust(32, b"\0"), 1) == RulesetChoice("paper-v1", "normalize")


@pytest.mark.parametrize(("name", "residual"), [(b"", 0), (b"a b", 0), (b"a\0b", 0), (b"\xff", 0), (b"x", 2)])
def test_decode_ruleset_choice__anything_else__stops(name, residual):
    with pytest.raises(UnsoundError):
        decode_ruleset_choice(name.ljust(32, b"\0"), residual)


def test_verify_amount__above_the_limit__stops():
    assert verify_amount(10**38 - 1, "x") == 10**38 - 1
    with pytest.raises(UnsoundError, match="x is above the limit"):
        verify_amount(10**38, "x")
