"""What the rulesets mean is said wherever one is chosen."""

import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from indexer.rules.protocols.reference import REFERENCE
from settlement.entry.cli import make_app
from settlement.entry.configuration.template import render_config
from settlement.rules.rulesets.registry import rulesets_of


def words_of(text):
    """Return the words of a text, without comment signs and line breaks."""
    return " ".join(re.sub(r"^#", "", text, flags=re.MULTILINE).split())


@pytest.mark.parametrize("ruleset", rulesets_of(REFERENCE.family), ids=lambda ruleset: ruleset.name)
def test_meaning__of_a_ruleset__is_in_the_help_and_in_the_template(ruleset):
    meaning = words_of(ruleset.meaning)
    shown = CliRunner().invoke(make_app(), ["simulate", "--help"])
    assert (shown.exit_code, f"{ruleset.name} ({meaning.rstrip('.')})" in words_of(shown.output)) == (0, True)
    assert f"{ruleset.name}: {meaning}" in words_of(render_config({}))


def test_help__of_what_no_ruleset_is_chosen_in__loads_none():
    look = "import sys, settlement.entry.cli as cli; cli.run(['settle', '--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert "settlement.rules.rulesets" not in done.stdout.splitlines()[-1]
