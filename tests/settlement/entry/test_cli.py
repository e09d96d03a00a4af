import errno
import json
from typing import get_args, get_type_hints

import pytest
import typer

from settlement.entry import cli
from settlement.entry.cli import run


def one_line(capsys):
    printed = capsys.readouterr()
    assert len(printed.err.splitlines()) == 1, printed.err
    return printed.err


def test_run__version__is_one_line(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("pozk 0.")


@pytest.mark.parametrize("arguments", [["-h"], ["settle", "-h"], ["bundle", "verify", "-h"], ["--help"], []])
def test_run__help_in_short__is_what_help_prints(arguments, capsys):
    assert run(arguments) == 0
    assert "Usage: pozk" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["nonsense"], "pozk"),
        (["settle", "--nonsense"], "pozk settle"),
        (["bundle", "verify"], "pozk bundle verify"),
        (["settle", "--epoch", "many"], "pozk settle"),
    ],
)
def test_run__wrong_usage__points_at_the_help_of_the_command_that_was_meant(arguments, command, capsys):
    assert run(arguments) == 2
    assert one_line(capsys).endswith(f"see `{command} --help`\n")


@pytest.mark.parametrize("typed", ["1_0", "1.0", "1e1", "+1", " 1", "0x1", "-1", "\uff11", "\u0662", "9" * 5000, ""])
def test_run__epoch_in_other_digits__is_2_and_says_what_a_number_is(typed, capsys):
    assert run(["settle", "--epoch", typed]) == 2
    assert "expected a whole number from 0 to" in one_line(capsys)


def callbacks_of(app):
    for group in app.registered_groups:
        yield from callbacks_of(group.typer_instance)
    yield from (command.callback for command in app.registered_commands)


def test_commands__whole_numbers__all_are_read_by_one_reader():
    hints = [hint for each in callbacks_of(cli.app) for hint in get_type_hints(each, include_extras=True).values()]
    whole = [
        hint for hint in hints if int in (get_args(hint)[:1] + get_args(get_args(hint)[0]) if get_args(hint) else ())
    ]
    assert len(whole) > 20
    assert all(get_args(hint)[1].parser is not None for hint in whole)


def test_run__configuration_of_the_environment__is_read(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("POZK_CONFIG", str(tmp_path / "else.toml"))
    assert run(["init"]) == 0
    assert (tmp_path / "else.toml").exists()
    assert run(["settle"]) == 2
    assert "bad value of contracts.app_registry" in capsys.readouterr().err


@pytest.fixture
def failing(monkeypatch):
    """Make `pozk init` raise what is put in."""
    raised = []

    def fail(*_arguments, **_options):
        raise raised[0]

    monkeypatch.setattr(typer.main.get_command(cli.app).commands["init"], "callback", fail, raising=False)
    monkeypatch.setattr("settlement.entry.commands.beginning.init.write_config", fail)
    return raised


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/data"), 2, "Permission denied, at /data"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "/file/x"), 2, "at /file/x"),
        (OSError(errno.ENOSPC, "No space left on device", "/data"), 3, "No space left"),
        (KeyError("nobody foresaw"), 1, "a fault of pozk itself, got KeyError: 'nobody foresaw'"),
        (RecursionError("deep"), 1, "a fault of pozk itself"),
    ],
)
def test_run__what_nobody_caught__is_one_line_with_its_code(failing, fault, code, words, capsys):
    failing.append(fault)
    assert run(["init", "--json"]) == code
    printed = capsys.readouterr()
    assert words in printed.err
    assert len(printed.err.splitlines()) == 1
    assert json.loads(printed.out)["exit_code"] == code


def test_run__control_characters_in_an_error__are_escaped(capsys):
    assert run(["proof", "\x1b[31m0x\u202e"]) == 2
    assert "\x1b" not in one_line(capsys)
