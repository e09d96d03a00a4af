"""Whether a server that reads can answer: its database and the nodes, asked when a probe asks."""

import asyncio
import time
from collections.abc import Callable

from indexer.words.errors import PozkError, RetryLaterError
from indexer.words.quantities import Epoch
from settlement.entry.configuration.settings import Settings
from settlement.entry.status import status_document
from settlement.rules.service.checks import CHECKS, View
from settlement.words.service import CheckState, JobRow, JobState, Measured, Standing

REMEMBERED_SECONDS = 3.0
"""For which an answer is remembered, good or bad."""
WAIT_SECONDS = 5.0
"""For who asks: then it hears what is known, and that it is old."""
ROLE = "serve"


class Readiness:
    """What is known of the database and the nodes; one question at a time, which all who ask meanwhile wait for.

    `ask_database` returns the newest settled epoch, `ask_nodes` why no node answers, None where one does; without it
    the server needs none. Both may raise errors of ours.
    """

    def __init__(
        self,
        settings: Settings,
        ask_database: Callable[[], Epoch | None],
        ask_nodes: Callable[[], str | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._clock = settings, clock
        self._ask_database, self._ask_nodes = ask_database, ask_nodes
        self._asking: asyncio.Task[None] | None = None
        self._database_since: tuple[bool, int] | None = None
        self._answered: Measured | None = None
        self._looked_at = clock()
        self._newest: Standing | None = None

    async def look(self) -> None:
        """Ask again where what is known is no longer fresh; in a thread that pages cannot hold up."""
        if self._asking is None or self._asking.done():
            if self._newest is not None and self.stale_seconds() < REMEMBERED_SECONDS:
                return
            self._asking = asyncio.create_task(asyncio.to_thread(self._ask))
        await asyncio.wait({self._asking}, timeout=WAIT_SECONDS)

    def newest(self) -> Standing:
        """Return how the server stood when it looked last; not ready before it did."""
        return self._newest or self._standing(int(time.time()), ())

    def stale_seconds(self) -> float:
        """Return for how long nobody has looked."""
        return self._clock() - self._looked_at

    def _ask(self) -> None:
        now = int(time.time())
        try:
            settled = self._settled()
        except PozkError as error:
            checks: tuple[CheckState, ...] = (self._database(now, error.line()),)
        else:
            nodes = () if self._ask_nodes is None else (self._nodes(now, settled, self._ask_nodes),)
            checks = (self._database(now), *nodes)
        self._newest, self._looked_at = self._standing(now, checks), self._clock()

    def _settled(self) -> Epoch | None:
        try:
            return self._ask_database()
        except RetryLaterError:  # after a restart of the database the first question finds the session ended
            return self._ask_database()

    def _database(self, now: int, why: str = "") -> CheckState:
        if self._database_since is None or self._database_since[0] != (not why):
            self._database_since = (not why, now)
        return CheckState("database", not why, int(not why), 1, "answers", self._database_since[1], why)

    def _nodes(self, now: int, settled: Epoch | None, ask: Callable[[], str | None]) -> CheckState:
        try:
            why = ask()
        except PozkError as error:
            why = error.line()
        if why is None:
            self._answered = Measured(now, now, now)
        measured = {} if self._answered is None else {"chain_time_seconds": self._answered}
        jobs = {} if why is None else {"measure": JobRow("measure", JobState.FAILED, why)}
        view = View(now, measured, jobs, self._settings.clock, settled, self._settings.alerts)
        return CheckState("nodes", *CHECKS["nodes"](view))

    def _standing(self, now: int, checks: tuple[CheckState, ...]) -> Standing:
        document = status_document(self._settings, now, ROLE, checks)
        if not checks:
            document |= {"ready": False, "status": "unready"}
        return Standing(bool(document["ready"]), document, b"")
