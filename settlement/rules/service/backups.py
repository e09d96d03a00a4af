"""When a backup is due, what it is called, and which older ones may go."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

_FORM = "%Y-%m-%dT%H%M%SZ"


def backup_name(now: float) -> str:
    """Return the name of a backup made at a time in seconds since 1970.

    Worked: 1764212435 is 2025-11-27T030035Z. Names ascend as their times do.
    """
    return datetime.fromtimestamp(now, UTC).strftime(_FORM)


def is_backup_due(names: Sequence[str], hour: int, now: float) -> bool:
    """Whether none of the backups is of the day that began at `hour` (UTC); also where that hour was slept through."""
    today = datetime.fromtimestamp(now, UTC)
    began = today.replace(hour=hour, minute=0, second=0, microsecond=0)
    began -= timedelta(days=int(began > today))
    return all(name < began.strftime(_FORM) for name in backups_among(names))


def backups_among(names: Sequence[str]) -> list[str]:
    """Return those of a folder's names that are backups, the oldest first."""
    return sorted(name for name in names if _is_backup(name))


def _is_backup(name: str) -> bool:
    try:
        return datetime.strptime(name, _FORM).replace(tzinfo=UTC).strftime(_FORM) == name
    except ValueError:
        return False


def expired(names: Sequence[str], kept: int) -> list[str]:
    """Return the backups that may go, the oldest first: all but the newest `kept`."""
    return backups_among(names)[:-kept]
