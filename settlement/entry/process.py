"""What a process is told before it loads anything heavy, and before it ends; how signals and streams end it."""

import errno
import gc
import io
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn, cast

from indexer.words.errors import RetryLaterError

_OBJECTS_BETWEEN_COLLECTIONS = 200_000  # imports make some 300,000 that stay; looking through them costs 0.3 s
_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SECONDS_TO_END = 8.0
"""After a signal; then the process ends whatever it waits for. Supervisors often kill after ten."""

_ASKED: list[int] = []
"""The exit code of the signal that asked for the end, once one has."""

OUTPUT_LOST = 141
"""The exit code where nobody reads stdout any more, as shells have it for SIGPIPE."""


class Terminated(BaseException):
    """A signal asks the process to end: what it started is ended on the way out. `code` is the shells' 128 + signal."""

    def __init__(self, number: int) -> None:
        self.code = 128 + number
        super().__init__(signal.Signals(number).name)


@contextmanager
def light_process() -> Iterator[None]:
    """Collect garbage rarely, at the end not at all, and keep numpy's linear algebra from starting threads."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 100)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        yield
    finally:
        gc.freeze()


def end_on_signals() -> None:
    """Turn the first signal that asks for an end into Terminated in the main thread; later ones do not disturb it.

    The process ends in `_SECONDS_TO_END` whatever holds the main thread. A signal that whoever started us ignores
    (nohup) stays ignored.
    """
    limited, limits = os.pipe()
    os.set_blocking(limits, False)
    signal.set_wakeup_fd(limits, warn_on_full_buffer=False)  # told also while the main thread is deep in a library
    threading.Thread(target=_end_in_time, args=[limited], daemon=True).start()
    for number in _ENDING_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _terminate)


def asked_to_end() -> int:
    """Return the exit code of the signal that asked for the end; 0 if none did.

    Some libraries put an error of their own in the place of Terminated: DuckDB says "Query interrupted".
    """
    return _ASKED[0] if _ASKED else 0


def end_at_once_on_signals() -> None:
    """Let a signal end the process where it stands: its work is done and told."""
    for number in _ENDING_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: os._exit(128 + number))


def _terminate(number: int, _frame: FrameType | None) -> None:
    for other in _ENDING_SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    _ASKED.append(128 + number)
    raise Terminated(number)


def _end_in_time(limited: int) -> None:
    """Wait for a signal that asks for an end, then give the main thread its seconds."""
    number = 0
    while number not in _ENDING_SIGNALS:
        number = os.read(limited, 1)[0]
    time.sleep(_SECONDS_TO_END)
    os._exit(128 + number)


def leave(code: int) -> NoReturn:
    """End the process; after a signal at once, whatever its threads are waiting for."""
    if code > 128:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


class OutputLost(BaseException):
    """Nobody reads stdout any more, or what it goes to is full: `error` says which."""

    def __init__(self, error: OSError) -> None:
        self.error = error
        super().__init__(str(error))


class ResultStream(io.TextIOWrapper):
    """stdout that takes any text and raises OutputLost where it cannot be written."""

    def write(self, text: str, /) -> int:
        """Write text; a character that the encoding lacks becomes an escape."""
        try:
            return super().write(text)
        except OSError as error:
            raise OutputLost(error) from error

    def flush(self) -> None:
        """Write out what is held."""
        try:
            super().flush()
        except OSError as error:
            raise OutputLost(error) from error


def open_streams() -> None:
    """Give the process an stdout and stderr that take any text, also where it was started with them closed."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    encoding, is_terminal = sys.stdout.encoding, sys.stdout.isatty()
    stream = ResultStream(
        cast("io.TextIOWrapper", sys.stdout).detach(), encoding, "backslashreplace", line_buffering=is_terminal
    )
    sys.stdout = stream
    setattr(sys, "__stdout__", stream)  # noqa: B010 - it is this one whose terminal is asked for its width


def flush_stdout(code: int) -> int:
    """Write out what is left for stdout; return `code`, or another if a success cannot be told any more."""
    try:
        sys.stdout.flush()
    except OutputLost as lost:
        return code or end_output(lost)
    return code


def end_output(lost: OutputLost) -> int:
    """Give up stdout and return the exit code: quiet where nobody reads, said where there is no room for the answer."""
    abandon_stdout()
    if lost.error.errno in (errno.EPIPE, errno.EBADF):
        return OUTPUT_LOST
    with suppress(OSError, ValueError):
        said = lost.error.strerror
        sys.stderr.write(f"error: stdout cannot be written, got {said}; make room and run the command again\n")
        sys.stderr.flush()
    return RetryLaterError.exit_code


def abandon_stdout() -> None:
    """Let what stdout still holds go nowhere, so that the interpreter's end does not fail on it."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
