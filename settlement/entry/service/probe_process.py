"""The probes as a process of their own: what settles on every core keeps Python from who asks, seconds long at times.

The service writes lines to the process's stdin: an empty one each second, and one each time it looked how it stands.
The process ends where that stream ends: a service that is killed leaves none behind, and its port is free.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from settlement.words.service import Standing

ALIVE_SECONDS, START_LOOK_SECONDS = 1.0, 0.01
OURS = "POZK_"
"""What the environment's variables that may hold secrets begin with."""


@dataclass
class ProbeProcess:
    """The process that answers on a listener, started anew where it ends; `say` takes an event and details."""

    listener: socket.socket
    origins: Sequence[str]
    say: Callable[..., None]
    _process: "subprocess.Popen[bytes] | None" = None
    _newest: bytes = b"\n"
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self, standing: Standing) -> None:
        """Start it with how the service stands, return once it answers, and say every second that the service lives."""
        self.tell(standing)
        threading.Thread(target=self._stay_alive, name="alive", daemon=True).start()

    def tell(self, standing: Standing) -> None:
        """Tell it how the service stands."""
        self._newest = encode_standing(standing)
        self._write(self._newest)

    def stop(self) -> None:
        """End it."""
        self._stop.set()
        self._kill()  # a line that it does not take waits no longer
        with self._lock:
            self._kill()

    def _kill(self) -> None:
        process = self._process
        if process is not None:
            process.kill()
            process.wait()

    def _stay_alive(self) -> None:
        while not self._stop.wait(ALIVE_SECONDS):
            self._write(b"\n")

    def _write(self, line: bytes) -> None:
        with self._lock:
            if self._stop.is_set():
                return
            try:
                if self._process is None:
                    self._begin()
                else:
                    _send(self._process, line)
            except OSError as error:
                if self._stop.is_set():
                    return
                self.say("the process of the probes ended: it is started again", level="warning", error=str(error))
                self._kill()
                self._process = None

    def _begin(self) -> None:
        number = self.listener.fileno()
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-P", "-m", "settlement.entry.service.probe_process", str(number), *self.origins],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[number],
            env={name: value for name, value in os.environ.items() if not name.startswith(OURS)},
        )
        _send(self._process, self._newest)
        if self._process.stdout is not None and not self._process.stdout.readline():
            raise ChildProcessError("it ended before it answered")


def _send(process: "subprocess.Popen[bytes]", line: bytes) -> None:
    stream = process.stdin
    if stream is not None:
        stream.write(line)
        stream.flush()


def encode_standing(standing: Standing) -> bytes:
    """Return a standing as a line."""
    parts = {"ready": standing.is_ready, "document": standing.document, "metrics": standing.metrics.decode()}
    return json.dumps(parts).encode() + b"\n"


def decode_standing(line: bytes) -> Standing:
    """Return the standing that a line holds."""
    parts = json.loads(line)
    return Standing(parts["ready"], parts["document"], parts["metrics"].encode())


class Heard:
    """What was heard of a service, and when."""

    def __init__(self, first: bytes, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.hear(first)

    def hear(self, line: bytes) -> None:
        """Take a line."""
        self._heard_at = self._clock()
        if line.strip():
            self._standing, self._stood_at = decode_standing(line), self._heard_at

    def newest(self) -> Standing:
        """Return how the service stood when it said so last."""
        return self._standing

    def silent_seconds(self) -> float:
        """Return for how long nothing was heard."""
        return self._clock() - self._heard_at

    def stale_seconds(self) -> float:
        """Return for how long nothing was heard of how it stands."""
        return self._clock() - self._stood_at


def main(listener: int, origins: Sequence[str]) -> None:
    """Serve what is read from stdin, until that ends; an empty line to stdout says that it answers."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # meant for the service: it ends this process when it ends
    from settlement.entry.http.layers.app import create_app
    from settlement.entry.http.layers.options import HttpOptions
    from settlement.entry.http.layers.server import build_server
    from settlement.entry.http.probing.probes import create_probes

    heard = Heard(sys.stdin.buffer.readline())
    server = build_server(create_app(HttpOptions(tuple(origins)), create_probes(heard)), "", 0)
    sockets = [socket.socket(fileno=listener)]
    thread = threading.Thread(target=server.run, kwargs={"sockets": sockets}, name="http", daemon=True)
    thread.start()
    while thread.is_alive() and not server.started:
        time.sleep(START_LOOK_SECONDS)
    if not server.started:
        os._exit(1)
    print(flush=True)
    for line in sys.stdin.buffer:
        heard.hear(line)
    os._exit(0)  # with answers under way: there is nothing to say any more


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
