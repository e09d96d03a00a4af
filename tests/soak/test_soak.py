"""The small soak: three oracles on a living chain, a few faults between; `make soak` has the rest."""

import argparse

import pytest

from tests.soak.__main__ import soak
from tests.soak.faults import SMALL

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
EPOCHS = 3
"""Five are in `make soak-small`: each more costs this machine some ten CPU seconds."""


def test_soak__small__every_root_equal_and_every_account_paid(tmp_path):
    options = argparse.Namespace(
        epochs=EPOCHS, oracles=3, pause=1.0, pace=0.1, kills=0, minutes=15.0, seed=1, kinds="small", report=""
    )
    report = soak(options, tmp_path)
    assert report["wrong"] == []
    assert {*report["faults"]} <= {*SMALL}
    assert report["claims"] > 0
    print(report)
