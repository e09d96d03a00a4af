"""What is known of the service's jobs, of what they measured, and of the checks that this answers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """What became of a job when it ran last; FROZEN ones wait for an operator."""

    IDLE = "idle"
    RUNNING = "running"
    FAILED = "failed"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job; times are seconds since 1970, None where there is none. `position`: where one that goes round is."""

    name: str
    state: JobState = JobState.IDLE
    reason: str = ""
    failures: int = 0
    position: int = 0
    since: int = 0
    started_at: int | None = None
    succeeded_at: int | None = None
    not_before: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A value that was measured at a time, and since when it is what it is; seconds since 1970."""

    value: int
    at: int
    since: int
    said: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Section [alerts]: the limits of the checks of `/readyz`, of `pozk status` and of the alerts."""

    nodes_seconds: int
    disagree_seconds: int
    lag_blocks: int
    lag_seconds: int
    stalled_seconds: int
    final_stuck_seconds: int
    overdue_seconds: int
    overdue_critical_seconds: int
    vote_seconds: int
    quorum_seconds: int
    transaction_seconds: int
    votes_left: int
    votes_left_critical: int
    idle_seconds: int
    clock_seconds: int
    disk_epochs: int
    memory_percent: int
    mirror_seconds: int
    job_seconds: int
    backup_seconds: int
    http_p99_ms: int
    http_error_percent: int
    http_refused_percent: int


@dataclass(frozen=True, slots=True)
class CheckState:
    """One check of the service: its value beside the limit, in a unit, and since when it is so (seconds since 1970).

    Where `ok` is False its alert is due.
    """

    name: str
    ok: bool
    value: int
    limit: int
    unit: str
    since: int
    said: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a service stands: whether it is ready, the document that says why, its metrics as text."""

    is_ready: bool
    document: dict[str, Any]
    metrics: bytes
