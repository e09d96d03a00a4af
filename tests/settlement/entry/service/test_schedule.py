"""When each job runs for the first time after a start."""

from datetime import UTC, datetime, timedelta

import pytest

from settlement.entry.service.schedule import LATER_SECONDS, first_turn
from settlement.rules.service.retrying import NEEDS

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", NEEDS)
def test_first_turn__each_job__what_money_waits_for_is_first(name):
    waits = name in ("audit", "compact", "mirror", "backup")
    assert first_turn(name, 3_600, NOW) == NOW + timedelta(seconds=LATER_SECONDS * waits)


def test_first_turn__housekeeping_more_often_than_that__waits_no_longer_than_from_one_to_the_next():
    assert first_turn("audit", 4, NOW) == NOW + timedelta(seconds=4)
