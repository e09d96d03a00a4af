from datetime import UTC, datetime

import pytest

from settlement.rules.service.backups import backup_name, expired, is_backup_due


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_backup_name__a_time__is_the_second_in_utc():
    assert backup_name(at("2026-01-31T03:00:35")) == "2026-01-31T030035Z"


@pytest.mark.parametrize(
    ("newest", "now", "is_due"),
    [
        (None, "2026-01-31T02:00:00", True),
        ("2026-01-31T03:00:00", "2026-01-31T23:59:59", False),
        ("2026-01-31T03:00:00", "2026-02-01T02:59:59", False),
        ("2026-01-31T03:00:00", "2026-02-01T03:00:00", True),
        ("2026-01-31T02:59:59", "2026-01-31T03:00:00", True),
        ("2026-01-31T04:00:00", "2026-02-03T01:00:00", True),
    ],
)
def test_is_backup_due__of_the_day_that_begins_at_three__once(newest, now, is_due):
    names = [backup_name(at(newest))] if newest else []
    assert is_backup_due([*names, "unverified.2099-01-01T000000Z", "notes"], 3, at(now)) == is_due


def test_expired__more_than_are_kept__the_oldest_and_nothing_else_of_the_folder():
    names = [backup_name(at(f"2026-01-{day:02d}T03:00:00")) for day in (3, 1, 2)]
    assert expired([*names, "notes", "unverified.2026-01-01T030000Z"], 2) == ["2026-01-01T030000Z"]
    assert expired(names, 3) == []
