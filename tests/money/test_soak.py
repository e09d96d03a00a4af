"""Five epochs of a soak (`make soak`: fifty, three oracles): a service that is killed and cut off settles and pays."""

import pytest

from tests.soak.__main__ import read_options, soak
from tests.soak.faults import SMALL

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
ONE_SERVICE = ["--epochs", "5", "--oracles", "1", "--kinds", "small", "--kills", "0", "--minutes", "12"]
QUICK = ["--pause", "0.5", "--pace", "0.1", "--look", "1", "--long", "5", "--keep", "600"]


def test_soak__five_epochs_under_faults__every_root_active_every_account_paid_once_nothing_left(tmp_path):
    report = soak(read_options([*ONE_SERVICE, *QUICK]), tmp_path)
    assert report["wrong"] == []
    assert set() < set(report["faults"]) <= set(SMALL)
    assert report["node_faults"]["transport"] > 0
    assert report["votes"] >= 5
    assert report["claims"] > 20
