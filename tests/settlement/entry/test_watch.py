"""What `pozk watch` does where our own data are unsound: it says so once, and goes on with the rest."""

import pytest
import typer

from indexer.words.errors import UnsoundError
from settlement.entry.commands.chain import watch as command
from settlement.entry.commands.chain.watch import Watching, watch

FAULT = UnsoundError("the files of lake.proof_verified are not what was committed", where="blocks 3 to 5")


class EndedError(Exception):
    """The third wait."""


@pytest.fixture
def looks(monkeypatch):
    """Looks that meet a fault of our own data, and then find what they are told to find."""
    found, waits = [], []

    def look(_settings, watching, _bundle, **_):
        watching.faults.clear()
        with watching.going_on():
            raise FAULT
        return list(found)

    def wait(_):
        waits.append(1)
        if len(waits) == 3:
            raise EndedError

    monkeypatch.setattr(command, "_look", look)
    monkeypatch.setattr(command.time, "sleep", wait)
    monkeypatch.setattr("settlement.entry.configuration.assembly.read_settings", lambda _: None)
    return found


@pytest.mark.usefixtures("looks")
def test_watch__own_data_unsound__is_told_once_and_watched_on(capsys):
    with pytest.raises(EndedError):
        watch(once=False, veto=False, bundle=None, config="x", as_json=False)
    assert capsys.readouterr().err.count("ALERT: ") == 1


def test_watch__once_and_own_data_unsound__a_dispute_comes_first_else_the_fault(looks, capsys):
    with pytest.raises(UnsoundError, match="are not what was committed"):
        watch(once=True, veto=False, bundle=None, config="x", as_json=True)
    looks.append({"epoch": 7, "evidence": "there"})
    with pytest.raises(typer.Exit) as ended:
        watch(once=True, veto=False, bundle=None, config="x", as_json=True)
    assert ended.value.exit_code == 1
    assert '"epoch": 7' in capsys.readouterr().out


def test_going_on__another_error__is_not_caught():
    with pytest.raises(ValueError, match="else"), Watching().going_on():
        raise ValueError("else")
