"""Where everything stands: one document for `/readyz`, `pozk status` and the metrics."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from indexer.adapters.postgres.database import connect
from indexer.words.errors import PozkError
from indexer.words.quantities import Timestamp
from settlement.adapters.store.jobs import PostgresJobs
from settlement.adapters.store.journal import PostgresJournal
from settlement.entry.configuration.settings import Settings
from settlement.rules.service.checks import GATES, View, answer_checks
from settlement.words.service import CheckState, JobRow, Measured

REFRESH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Status:
    """What is known at a moment: the checks, the jobs and the measured values behind them."""

    checks: tuple[CheckState, ...]
    jobs: dict[str, JobRow]
    measured: dict[str, Measured]
    document: dict[str, Any]

    @property
    def is_ready(self) -> bool:
        """Return whether none of the gates fails."""
        return bool(self.document["ready"])


def load_status(settings: Settings, standing: str) -> Status:
    """Return where everything stands by the database; what it cannot say because it is away is one failed check."""
    now = int(time.time())
    try:
        with connect(settings.store.database_url) as connection:
            jobs = PostgresJobs(connection)
            rows, measured = jobs.list_jobs(), jobs.measured()
            settled = PostgresJournal(connection).last_epoch()
    except PozkError as error:
        away = CheckState("database", False, 0, 1, "answers", now, error.line())
        return Status((away,), {}, {}, _document(settings, now, standing, (away,), None))
    view = View(now, measured, rows, settings.clock, settled, settings.alerts, has_relayer=_has_key(settings))
    here = CheckState("database", True, 1, 1, "answers", now)
    checks = (here, *answer_checks(view))
    return Status(checks, rows, measured, _document(settings, now, standing, checks, view))


def _has_key(settings: Settings) -> bool:
    relayer = settings.relayer
    return bool(relayer.private_key or relayer.keystore or relayer.url)


def _document(
    settings: Settings, now: int, standing: str, checks: tuple[CheckState, ...], view: View | None
) -> dict[str, Any]:
    failed = [check.name for check in checks if not check.ok]
    is_ready = not any(name in GATES for name in failed)
    found: dict[str, Any] = {
        "ready": is_ready,
        "status": "unready" if not is_ready else "degraded" if failed else "ready",
        "role": standing,
        "at": now,
        "checks": [_check_row(check) for check in checks],
        "alerts": failed,
    }
    return found if view is None else found | _standing(settings, view)


def _check_row(check: CheckState) -> dict[str, Any]:
    return {
        "name": check.name,
        "ok": check.ok,
        "value": check.value if abs(check.value) < 2**53 else str(check.value),
        "limit": check.limit if abs(check.limit) < 2**53 else str(check.limit),
        "unit": check.unit,
        "since": check.since,
        "said": check.said,
    }


def _standing(settings: Settings, view: View) -> dict[str, Any]:
    """Return epochs, blocks, votes, money, disk and jobs, as they were measured last."""
    clock, chain_time = settings.clock, view.value("chain_time_seconds")
    is_open = clock.epoch_of(Timestamp(chain_time)) if chain_time >= clock.genesis else clock.first
    pending_at = view.value("activation_at_seconds")
    return {
        "epoch": {
            "open": is_open,
            "ends_at": clock.end_of(is_open),
            "settled": view.settled,
            "voting": view.value("epoch_next", clock.first),
            "active": view.value("epoch_active", clock.first - 1),
            "pending": view.value("pending_roots"),
            "veto_seconds_left": max(0, pending_at - chain_time) if pending_at else 0,
        },
        "blocks": {
            "final": view.value("chain_final_block"),
            "stored_final": view.value("lake_final_block"),
            "stored": view.value("lake_block"),
            "gaps": view.value("coverage_gaps"),
            "unproven": view.value("unproven_ranges"),
        },
        "committee": {
            "members": view.value("members"),
            "absent": [each for each in view.said("members_absent").split(", ") if each],
            "dissent": bool(view.value("dissent")),
        },
        "signer": {"votes_left": view.value("signer_votes_left", -1), "wei": str(view.value("signer_balance_wei"))},
        "treasury": {"wei": str(view.value("treasury_wei")), "needed_wei": str(view.value("treasury_needed_wei"))},
        "unpaid": view.value("claims_unpaid"),
        "disk_free_bytes": view.value("disk_free_bytes"),
        "jobs": [_job_row(row) for row in view.jobs.values()],
    }


def _job_row(row: JobRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "state": row.state.value,
        "reason": row.reason,
        "failures": row.failures,
        "since": row.since,
        "succeeded_at": row.succeeded_at,
        "not_before": row.not_before,
    }


@dataclass
class StatusBoard:
    """The newest status, read in a thread of its own, so that a probe asks nobody."""

    settings: Settings
    standing: str = "standby"
    _newest: Status | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def newest(self) -> Status:
        """Return the newest status."""
        return self._newest or self.refresh()

    def refresh(self) -> Status:
        """Read the status now."""
        self._newest = load_status(self.settings, self.standing)
        return self._newest

    def start(self, show: Callable[[], None]) -> None:
        """Read it again and again until `stop`, and have it shown each time."""
        threading.Thread(target=self._go_round, args=(show,), name="status", daemon=True).start()

    def stop(self) -> None:
        """End the reading."""
        self._stop.set()

    def _go_round(self, show: Callable[[], None]) -> None:
        while not self._stop.wait(REFRESH_SECONDS):
            self.refresh()
            show()
