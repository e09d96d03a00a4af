"""A process of its own that runs the embedded PostgreSQL and ends it when nobody uses it any more.

Run as `python embedded_watch.py USERS USER COMMAND ..` with the server's log as stdout. Who uses the server holds a
shared lock on the file USERS, which the kernel takes from it however it ends. Whoever gets the exclusive lock knows
that nobody is left. USER is the account to run as, or "" for the present one. It imports nothing of ours.
"""

import fcntl
import os
import pwd
import signal
import subprocess
import sys
from types import FrameType


def main(users: str, user: str, command: list[str]) -> None:
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
    server.send_signal(signal.SIGINT)  # a fast shutdown; harmless if it has ended
    server.wait()


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
