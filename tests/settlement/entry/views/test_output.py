"""Words of the output."""

import pytest

from settlement.entry.views.output import as_date


@pytest.mark.parametrize(
    ("seconds", "date"),
    [(0, "1970-01-01 00:00:00 UTC"), (1_700_000_000, "2023-11-14 22:13:20 UTC"), (2**63, "no date")],
)
def test_as_date__seconds__are_a_date_where_there_is_one(seconds, date):
    assert as_date(seconds) == date
