"""Runs a command with TEST_DATABASE_URL naming a PostgreSQL that listens on TCP and asks for a password.

`python -m tests.with_given_server python -m pytest`: the server is made in a temporary folder and ended afterwards.
"""

import os
import pwd
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from indexer.adapters.postgres.embedded_tools import (
    clean_environment,
    create_cluster,
    find_program,
    give_to,
    server_account,
)


def main(command: list[str]) -> int:
    """Run the command beside the server; return its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        data, sockets, port = Path(folder) / "data", Path(folder) / "sockets", free_port()
        account = server_account()
        for each in (data, sockets):
            each.mkdir(mode=0o700)
            if account:
                give_to(each, account)
        create_cluster(data, account)
        (data / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        options = ["-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", sockets, "-c", "fsync=off"]
        server = subprocess.Popen(
            [find_program("postgres"), *options],
            env=clean_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=account or None,
            group=pwd.getpwnam(account).pw_gid if account else None,
            extra_groups=[] if account else None,
        )
        try:
            password = secrets.token_hex(8)
            await_server(f"postgresql://postgres@/postgres?host={sockets}&port={port}", password)
            url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
            return subprocess.run(command, env=os.environ | {"TEST_DATABASE_URL": url}, check=False).returncode
        finally:
            server.terminate()
            server.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def await_server(url: str, password: str) -> None:
    """Wait until the server answers, and give its role that password."""
    for _ in range(200):
        try:
            with psycopg.connect(url) as connection:
                connection.execute(sql.SQL("ALTER ROLE postgres PASSWORD {}").format(password))
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server never answered")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
