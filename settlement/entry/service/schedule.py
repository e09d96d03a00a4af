"""When the jobs run: APScheduler with its rows in PostgreSQL, each job never twice at once, missed turns as one."""

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]

from settlement.entry.configuration.settings import RunSettings
from settlement.rules.service.retrying import NEEDS

_RUNNING: list[Callable[[str], object]] = []
"""What runs a job of this process: the rows in the database name jobs, not objects."""


def run_named(name: str) -> None:
    """Run a job of the service of this process; the scheduler calls it by its name."""
    if _RUNNING:
        _RUNNING[-1](name)


def seconds_between(run: RunSettings) -> Mapping[str, int]:
    """Return how often each job runs."""
    return {
        "follow": run.follow_seconds,
        "settle": run.look_seconds,
        "publish": run.look_seconds,
        "distribute": run.distribute_seconds,
        "audit": run.audit_seconds,
        "compact": run.compact_seconds,
        "mirror": run.look_seconds,
        "backup": run.compact_seconds,
        "measure": run.look_seconds,
    }


LATER_SECONDS = 20
LATER = ("audit", "compact", "mirror", "backup")
"""Housekeeping, which begins so much after a start: a service that is killed again and again settles all the same."""


def first_turn(name: str, seconds: int, now: datetime) -> datetime:
    """Return when a job that runs every so many seconds runs first."""
    return now + timedelta(seconds=min(LATER_SECONDS, seconds)) if name in LATER else now


def start_schedule(uri: str, run: RunSettings, work: Callable[[str], object], *, paused: bool) -> BackgroundScheduler:
    """Start the jobs and write their rows; `paused`: the rows alone. `stop_schedule` ends it."""
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what became of a job is in its own row
    url = uri.replace("postgresql://", "postgresql+psycopg://").replace("postgres://", "postgresql+psycopg://")
    store = SQLAlchemyJobStore(url, tablename="schedule", tableschema="pozk", engine_options={"pool_pre_ping": True})
    scheduler = BackgroundScheduler(
        jobstores={"default": store},
        executors={"default": ThreadPoolExecutor(len(NEEDS))},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone=UTC,
    )
    _RUNNING.append(work)
    scheduler.start(paused=True)
    seconds = seconds_between(run)
    for name in NEEDS:
        scheduler.add_job(
            run_named,
            "interval",
            id=name,
            args=[name],
            seconds=seconds[name],
            next_run_time=first_turn(name, seconds[name], datetime.now(UTC)),
            replace_existing=True,
        )
    for job in scheduler.get_jobs():
        if job.id not in NEEDS:
            scheduler.remove_job(job.id)  # of another version
    if not paused:
        scheduler.resume()
    return scheduler


def stop_schedule(scheduler: BackgroundScheduler) -> None:
    """End the schedule; what runs is not waited for, whoever comes next begins it again."""
    _RUNNING.clear()
    scheduler.shutdown(wait=False)
