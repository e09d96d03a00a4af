import subprocess
import sys
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from settlement.entry.plain_options import PlainCommand, PlainGroup


def told_by(plain):
    """Return what a command is told of each command line: of PlainCommand, or of typer's own."""
    kinds = {"cls": PlainCommand} if plain else {}
    app = typer.Typer(rich_markup_mode=None, add_completion=False, **({"cls": PlainGroup} if plain else {}))

    @app.callback()
    def top(_wide: Annotated[bool, typer.Option("--wide")] = False):
        """Nothing."""

    @app.command(**kinds)
    def say(
        who: Annotated[str, typer.Argument()],
        place: Annotated[Path, typer.Option("--place", envvar="PLACE")] = Path("here.toml"),
        sure: Annotated[Path | None, typer.Option("--sure", exists=True)] = None,
        count: Annotated[int | None, typer.Option("--count", min=0, max=7)] = None,
        each: Annotated[list[str] | None, typer.Option("--each")] = None,
        loud: Annotated[bool, typer.Option("--loud")] = False,
        word: Annotated[str | None, typer.Option("--word")] = None,
        turned: Annotated[str | None, typer.Option("--turned", parser=lambda text: text[::-1])] = None,
    ):
        """Say what came."""
        typer.echo(repr((who, place, sure, count, each, loud, word, turned)))

    def answer(line, environment):
        done = CliRunner().invoke(app, ["say", *line], env=environment)
        return done.exit_code, done.output

    return answer


@pytest.mark.parametrize(
    "line",
    [
        ["a"],
        ["a", "--place", "x/../y.toml", "--word", "w"],
        ["a", "--place", "/", "--sure", "/"],
        ["a", "--sure", "/nowhere"],
        ["ä", "--word", "", "--place", ""],
        ["\udcff", "--place", "\udcff"],
        ["a", "--count", "7", "--each", "b", "--each", "c", "--loud"],
        ["a", "--count", "8"],
        ["a", "--turned", "abc"],
        ["a", "--count", "x"],
        [],
        ["a", "b"],
        ["--help"],
    ],
    ids=str,
)
@pytest.mark.parametrize("environment", [{}, {"PLACE": "there.toml"}], ids=["", "variable"])
def test_parse_args__any_line__is_what_typer_makes_of_it(line, environment):
    assert told_by(plain=True)(line, environment) == told_by(plain=False)(line, environment)


def test_parse_args__plain_values__load_no_pydantic(tmp_path):
    look = "import sys, settlement.entry.cli as cli; cli.run(sys.argv[1:]); print('pydantic' in sys.modules)"
    line = ["index", "--config", str(tmp_path / "none.toml"), "--json"]
    done = subprocess.run([sys.executable, "-c", look, *line], capture_output=True, text=True, check=True)
    assert (done.stdout.splitlines()[-1], "none.toml" in done.stderr) == ("False", True)
