from types import SimpleNamespace

import pytest

from indexer.words.errors import RetryLaterError, UnsoundError
from settlement.entry.service.work import _told_of_quarantine
from settlement.words.errors import QuarantineError


def told(error):
    """The values that a job leaves behind when its work raises `error`."""
    measured = {}
    task = SimpleNamespace(jobs=SimpleNamespace(measure=lambda values, *_: measured.update(values)))
    with _told_of_quarantine(task):
        raise error
    return measured


def test_settle__logs_in_quarantine__are_waited_for():
    with pytest.raises(RetryLaterError, match="blocked by 1 log"):
        told(QuarantineError("epoch 3 is blocked by 1 log(s) in quarantine"))


def test_settle__stored_rows_of_the_quarantine_altered__is_unsound_and_freezes():
    with pytest.raises(UnsoundError, match="logs in quarantine that are missing"):
        told(UnsoundError("the lake's files differ: logs in quarantine that are missing"))
