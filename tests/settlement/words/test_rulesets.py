"""What the rulesets mean is said wherever one is chosen."""

import re

import pytest
from typer.testing import CliRunner

from settlement.entry.cli import app
from settlement.entry.configuration.template import render_config
from settlement.rules.rulesets.allocation import registered_rulesets
from settlement.words.rulesets import MEANINGS


def words_of(text):
    """Return the words of a text, without comment signs and line breaks."""
    return " ".join(re.sub(r"^#", "", text, flags=re.MULTILINE).split())


def test_meanings__of_every_ruleset_of_the_paper__are_there():
    assert sorted(MEANINGS) == sorted(name for name, one in registered_rulesets().items() if one.family == "paper")


@pytest.mark.parametrize("name", MEANINGS)
def test_meanings__of_a_ruleset__are_in_the_help_and_in_the_template(name):
    meaning = words_of(MEANINGS[name]).rstrip(".")
    shown = CliRunner().invoke(app, ["simulate", "--help"])
    assert (shown.exit_code, f"{name} ({meaning})" in words_of(shown.output)) == (0, True)
    assert f"{name}: {meaning}" in words_of(render_config({}))
