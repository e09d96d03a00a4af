"""A process of its own that runs the embedded PostgreSQL and ends it when nobody uses it any more.

Run as `python embedded_watch.py USERS USER SECONDS COMMAND ..` with the server's log as stdout. Who uses the server
holds a shared lock on the file USERS, which the kernel takes from it however it ends. Whoever gets the exclusive lock
knows that nobody is left. USER is the account to run as, or "" for the present one; SECONDS are how long the server may
take to end before it is told more firmly. It imports nothing of ours.
"""

import fcntl
import os
import pwd
import signal
import subprocess
import sys
from contextlib import suppress
from types import FrameType


def main(users: str, user: str, seconds: float, command: list[str]) -> None:
    """Start the server, wait until it ends by itself or nobody is left, then stop it."""
    signal.signal(signal.SIGCHLD, _leave)
    descriptor = os.open(users, os.O_RDONLY)
    server = subprocess.Popen(  # noqa: S603 - the command is ours
        command,
        stdin=subprocess.DEVNULL,
        user=user or None,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _stop(server, seconds)


def _stop(server: "subprocess.Popen[bytes]", seconds: float) -> None:
    """End the server: a fast shutdown, then one that leaves recovery to the next start, then by force.

    One that is told to end while it recovers from a crash may never end by the first: whoever starts next would wait.
    """
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        server.send_signal(number)  # harmless if it has ended
        with suppress(subprocess.TimeoutExpired):
            server.wait(seconds)
            return


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:])
