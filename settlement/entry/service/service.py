"""`pozk run`: waits until it speaks, then runs the jobs; serves its probes all the while."""

import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from indexer.adapters.postgres.database import Database, apply_migrations, connect, open_database
from indexer.words.errors import InputError, PozkError, RetryLaterError
from settlement.adapters.store.jobs import PostgresJobs
from settlement.entry.configuration.settings import ServeSettings, Settings
from settlement.entry.service.instance import STANDBY_SECONDS, alone_on, try_voice
from settlement.entry.service.runner import DATABASE_CODE, Ended, Runner
from settlement.entry.service.schedule import start_schedule, stop_schedule
from settlement.entry.service.work import Workshop
from settlement.entry.status import StatusBoard
from settlement.rules.service.retrying import NEEDS
from settlement.words.service import JobState, Standing

LogLine = Callable[..., None]
STOP_SECONDS = 4.0
"""How long jobs may take to end after a signal; the process has eight seconds."""


@dataclass
class Service:
    """One instance. `settings` name the opened `database`."""

    settings: Settings
    database: Database
    say: LogLine
    board: StatusBoard
    runner: Runner = field(init=False)

    def __post_init__(self) -> None:
        shop = Workshop(self.settings, self.settings.store.database_url, self.say)
        self.runner = Runner(self.settings, shop, self.say)

    def run_round(self) -> list[Ended]:
        """Run every job once, in order; RetryLaterError while another instance speaks."""
        voice = try_voice(self.settings.store.database_url)
        if voice is None:
            raise RetryLaterError(
                "another instance speaks on this database",
                expected="the voice",
                got="held",
                remedy="it does what is to be done; stop it to do it here",
            )
        with voice:
            scheduler = start_schedule(
                self.settings.store.database_url, self.settings.run, self.runner.run, paused=True
            )
            try:
                return [self.runner.run(name) for name in NEEDS]
            finally:
                stop_schedule(scheduler)
                self.runner.shop.close()

    def serve_forever(self) -> None:
        """Stand by until this instance speaks, run the jobs while it does; a signal ends it."""
        while True:
            voice = self._await_voice()
            self.board.standing = "speaks"
            self.say("this instance speaks: it follows, settles, publishes and pays", level="info")
            with suppress(PozkError), voice:
                self._speak(voice)
            self.board.standing = "standby"
            self.say("the database connection was lost: standing by", level="warning", code=DATABASE_CODE)

    def _await_voice(self) -> "psycopg.Connection[Any]":
        is_told = False
        while True:
            try:
                voice = try_voice(self.settings.store.database_url)
            except RetryLaterError as error:
                self.say(error.line(), level="warning", code=DATABASE_CODE)
                self._revive()
                continue
            if voice is not None:
                return voice
            if not is_told:
                self.say("another instance speaks: standing by", level="info")
                is_told = True
            time.sleep(STANDBY_SECONDS)

    def _revive(self) -> None:
        """Start the embedded server again if it is that which is gone; wait a moment in any case."""
        try:
            self.database.revive()
        except RetryLaterError as error:
            self.say(error.line(), level="warning")
        time.sleep(STANDBY_SECONDS)

    def _speak(self, voice: "psycopg.Connection[Any]") -> None:
        """Run the schedule until the connection that makes this instance speak is lost."""
        with connect(self.settings.store.database_url) as connection:
            PostgresJobs(connection).thaw(JobState.RUNNING)
        scheduler = start_schedule(self.settings.store.database_url, self.settings.run, self.runner.run, paused=False)
        try:
            while True:
                time.sleep(STANDBY_SECONDS)
                voice.execute("SELECT 1")
        except psycopg.Error:
            return
        except BaseException:
            self.runner.stop(STOP_SECONDS)
            raise
        finally:
            stop_schedule(scheduler)


@contextmanager
def open_service(settings: Settings, say: LogLine, *, thaws: bool) -> Iterator[Service]:
    """Hold the data directory and the database for as long as the service runs; `thaws`: frozen jobs go on."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump of this process would hold its key
    with (
        alone_on(settings.store.data_dir),
        open_database(settings.store.database_url, settings.store.data_dir) as opened,
    ):
        inside = replace(settings, store=replace(settings.store, database_url=opened.uri))
        with connect(opened.uri) as connection:
            apply_migrations(connection, "journal")
            if thaws:
                PostgresJobs(connection).thaw(JobState.FROZEN, JobState.FAILED)
        yield Service(inside, opened, say, StatusBoard(inside))


@contextmanager
def serving(board: StatusBoard, serve: ServeSettings, say: LogLine) -> Iterator[str]:
    """Serve probes and metrics by a process of its own; yields the address. InputError where it cannot be had."""
    from settlement.entry.service.probe_process import ProbeProcess

    with _listen(serve.host, serve.port) as listener:
        process = ProbeProcess(listener, serve.origins, say)
        process.start(standing_of(board))
        board.start(lambda: process.tell(standing_of(board)))
        try:
            yield f"http://{serve.host}:{listener.getsockname()[1]}"
        finally:
            board.stop()
            process.stop()


def standing_of(board: StatusBoard) -> Standing:
    """Return how the service stands, as its probes show it."""
    from settlement.entry.service.metrics import render_metrics

    status = board.newest()
    return Standing(status.is_ready, status.document, render_metrics(status, board.standing))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        where = f"serve.host {host}, serve.port {port}"
        remedy = "set another port (POZK_SERVE_PORT); 0 is any that is free"
        raise InputError("the address cannot be had", got=str(error.strerror), where=where, remedy=remedy) from error
    return listener
