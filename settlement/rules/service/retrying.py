"""When a job may run: after a pause that grows with its failures, and never where what it builds on is frozen."""

from collections.abc import Mapping

from settlement.words.service import JobRow, JobState

FIRST_SECONDS, MOST_SECONDS = 5.0, 600.0
SOON_SECONDS = 15.0
SOON = ("follow", "measure")
"""Jobs that are tried again soon however long they failed: readiness is to come back with what was away."""
NEEDS: Mapping[str, tuple[str, ...]] = {
    "follow": (),
    "settle": ("follow",),
    "publish": ("settle",),
    "distribute": ("publish",),
    "audit": ("follow",),
    "compact": (),
    "mirror": ("settle",),
    "backup": (),
    "measure": (),
}
"""The jobs in the order of one round, each with those that it builds on."""


def pause_after(name: str, failures: int) -> float:
    """Return the seconds until a job that failed so often in a row is tried again.

    Worked: 5, 10, 20 .. and never more than 600; `measure` 5, 10, 15.
    """
    most = SOON_SECONDS if name in SOON else MOST_SECONDS
    return min(most, FIRST_SECONDS * 2.0 ** min(failures - 1, 20))


def frozen_below(name: str, jobs: Mapping[str, JobRow]) -> JobRow | None:
    """Return the frozen job that keeps `name` from running: itself, or one that it builds on; None if none does."""
    row = jobs.get(name)
    if row is not None and row.state is JobState.FROZEN:
        return row
    found = (frozen_below(need, jobs) for need in NEEDS[name])
    return next((each for each in found if each is not None), None)


def is_due(name: str, jobs: Mapping[str, JobRow], now: float) -> bool:
    """Whether a job's pause after a failure is over."""
    row = jobs.get(name)
    return row is None or row.state is not JobState.FAILED or row.not_before is None or now >= row.not_before
