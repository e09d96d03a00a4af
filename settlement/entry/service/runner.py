"""Runs one job: what it builds on looked at before, what became of it recorded after, whatever happens in between."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic, sleep, time

from indexer.adapters.postgres.database import connect
from indexer.words.errors import OutcomeUnknownError, PozkError, RetryLaterError, UnsoundError
from indexer.words.faults import NodeFault, WrongAnswerFault
from settlement.adapters.store.jobs import PostgresJobs
from settlement.entry.configuration.assembly import open_store
from settlement.entry.configuration.settings import Settings
from settlement.entry.service.work import WORK, Task, Workshop
from settlement.entry.system_errors import InternalFault, internal_error, operating_system_error
from settlement.rules.service.retrying import frozen_below, is_due, pause_after
from settlement.words.errors import CannotPayError, RevertedError
from settlement.words.service import JobRow, JobState

SERIAL = {
    "settle": "money",
    "publish": "money",
    "distribute": "money",
    "follow": "lake",
    "audit": "lake",
    "compact": "lake",
}
"""Jobs that would wait for each other at the database's locks wait for each other here."""


_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run of a job ended: its state, the error where there was one, and what was said of it."""

    name: str
    state: JobState
    error: PozkError | None = None
    said: str = ""


@dataclass
class Runner:
    """The jobs of one instance; `settings` name the opened database. `say` takes an event, its job and details."""

    settings: Settings
    shop: Workshop
    say: Callable[..., None]
    is_stopping: bool = False
    _running: list[str] = field(default_factory=list)
    _locks: dict[str, Lock] = field(default_factory=lambda: {name: Lock() for name in set(SERIAL.values())})

    def run(self, name: str) -> Ended:
        """Run a job now if it is due and nothing that it builds on is frozen; no error leaves here."""
        self._running.append(name)
        try:
            with connect(self.settings.store.database_url) as connection:
                return self._run(name, PostgresJobs(connection))
        except Exception as error:  # noqa: BLE001 - a job's failure is a row and an alert, never the service's end
            return self._ended(Ended(name, JobState.FAILED, as_error(error)))
        finally:
            self._running.remove(name)

    def stop(self, seconds: float) -> None:
        """End the jobs that run, and begin none; return once they have ended, after so many seconds in any case.

        A job that is in the lake when its database goes takes the process down with it.
        """
        self.is_stopping, until = True, monotonic() + seconds
        while self._running and monotonic() < until:
            self.shop.interrupt()
            sleep(_LOOK_SECONDS)

    def _run(self, name: str, jobs: PostgresJobs) -> Ended:
        rows = jobs.list_jobs()
        frozen = frozen_below(name, rows)
        if frozen is not None:
            return Ended(name, JobState.FROZEN, None, f"waits for {frozen.name}: {frozen.reason}")
        if not is_due(name, rows, time()):
            row = rows[name]
            return Ended(name, JobState.FAILED, None, row.reason)
        lock = self._locks.get(SERIAL.get(name, ""))
        if lock is None:
            return self._do(name, jobs, rows.get(name, JobRow(name)))
        with lock:
            return self._do(name, jobs, rows.get(name, JobRow(name)))

    def _do(self, name: str, jobs: PostgresJobs, row: JobRow) -> Ended:
        if self.is_stopping:
            return Ended(name, row.state)
        jobs.begin(name)
        try:
            with open_store(self.settings) as store:
                position = WORK[name](Task(store, self.shop, jobs, row.position, lambda text: self.say(text, job=name)))
        except Exception as error:  # noqa: BLE001 - sorted by class below
            return self._ended(self._record(name, jobs, row, as_error(error)))
        jobs.succeed(name, position)
        if row.failures:
            self.say("works again", job=name, after_failures=row.failures)
        return Ended(name, JobState.IDLE)

    def _record(self, name: str, jobs: PostgresJobs, row: JobRow, error: PozkError) -> Ended:
        """Freeze what must not be tried again, and have the rest tried again after a pause."""
        if self.is_stopping:
            return Ended(name, JobState.FAILED, error)
        if must_freeze(error):
            jobs.freeze(name, error.line())
            return Ended(name, JobState.FROZEN, error)
        with suppress(RetryLaterError):
            jobs.fail(name, error.line(), pause_after(name, row.failures + 1))
        return Ended(name, JobState.FAILED, error)

    def _ended(self, ended: Ended) -> Ended:
        if ended.error is not None and not self.is_stopping:
            passes = isinstance(ended.error, RetryLaterError | OutcomeUnknownError) and not must_freeze(ended.error)
            severity = "warning" if passes else "error"
            self.say(ended.error.line(), job=ended.name, level=severity, state=ended.state.value, code=code_of(ended))
        return ended


def must_freeze(error: PozkError) -> bool:
    """Whether a job that ended so must not be tried again: by the exit code, which a contradicted final block shares.

    That one is a node's fault by its class, and would be waited for. A fault of pozk itself, and a transaction that
    reverted, may have been another's doing, and are tried again.
    """
    return error.exit_code == UnsoundError.exit_code and not isinstance(error, InternalFault | RevertedError)


CODES: tuple[tuple[type[PozkError], str], ...] = (
    (CannotPayError, "pozksignerlow"),
    (OutcomeUnknownError, "pozktxunknown"),
    (WrongAnswerFault, "pozknodesdisagree"),
    (NodeFault, "pozknodesaway"),
)
"""Anchors of the runbook's entries by what ended a job, the first that fits."""
JOB_CODES = {"mirror": "pozkmirrorstale"}
FROZEN_CODES = {"follow": "pozkfinalcontradicted"}
FAILING_CODE, FROZEN_CODE, DATABASE_CODE = "pozkjobfailing", "pozkjobfrozen", "pozkdatabaseaway"


def code_of(ended: Ended) -> str:
    """Return the anchor of the runbook's entry about a job that ended so."""
    if ended.state is JobState.FROZEN:
        return FROZEN_CODES.get(ended.name, FROZEN_CODE)
    found = (code for kind, code in CODES if isinstance(ended.error, kind))
    return next(found, JOB_CODES.get(ended.name, FAILING_CODE))


def as_error(error: Exception) -> PozkError:
    """Return any error as one that has a class."""
    if isinstance(error, PozkError):
        return error
    if isinstance(error, OSError):
        return operating_system_error(error)
    return internal_error(error)
