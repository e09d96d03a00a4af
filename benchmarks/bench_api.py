"""`make bench-api`: proofs over HTTP out of a mapped tree, the server on one core, a load generator on another.

Requests are due at a fixed rate; what is late counts from when it was due, so that a server that stalls is not spared.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil  # type: ignore[import-untyped]

from benchmarks.api_network import PORT, make_network, serve_network
from benchmarks.measure import print_table
from settlement.adapters.store.tree_file import map_tree
from settlement.rules.entitlements.tree_growth import tree_of

CONNECTIONS = 32
WARM_SECONDS, START_SECONDS = 2.0, 120.0


@dataclass(slots=True)
class Load:
    """What a run of the generator saw: milliseconds of each answer from when it was due, and its own seconds."""

    late: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0
    server_seconds: float = 0.0
    wall_seconds: float = 0.0


def main() -> None:
    """Serve a tree of as many leaves as asked, and load it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leaves", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--rate", type=int, default=2_000, help="requests a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        serve_network(arguments.serve)
        return
    rows = [row for leaves in arguments.leaves for row in bench_leaves(leaves, arguments.rate, arguments.seconds)]
    header = ["leaves", "beside", "asked/s", "answered/s", "p50", "p99", "server CPU", "server memory", "generator CPU"]
    print_table("Proofs over HTTP, server on one core", header, rows)


def bench_leaves(leaves: int, rate: int, seconds: float) -> list[list[str]]:
    """Return a row with the machine otherwise idle, and one while trees are built beside."""
    with tempfile.TemporaryDirectory(prefix="pozk-bench-") as folder:
        accounts = make_network(Path(folder), leaves)
        with served(Path(folder)) as server:
            return [
                _row(f"{leaves:,}", "nothing", rate, server, asyncio.run(load(accounts, rate, seconds, server))),
                _beside_settling(Path(folder), leaves, rate, seconds, accounts, server),
            ]


def _beside_settling(
    folder: Path, leaves: int, rate: int, seconds: float, accounts: list[str], server: psutil.Process
) -> list[str]:
    code = f"from benchmarks.bench_api import build_forever; build_forever({str(folder)!r})"
    with subprocess.Popen([sys.executable, "-c", code]) as builder:  # noqa: S603 - our own code
        os.sched_setaffinity(builder.pid, range(os.cpu_count() or 1))  # the server's core as well
        try:
            return _row(
                f"{leaves:,}", "an epoch that settles", rate, server, asyncio.run(load(accounts, rate, seconds, server))
            )
        finally:
            builder.kill()


def build_forever(folder: str) -> None:
    """Build the tree again and again, on any core, as a settlement does."""
    columns = map_tree(next(Path(folder).glob("epochs/*/leaves.tree")))
    while columns is not None:
        tree_of(columns.leaves)


@contextmanager
def served(folder: Path) -> Iterator[psutil.Process]:
    """Serve a network in a process of its own on the first core; the generator keeps to the others."""
    cores = sorted(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "benchmarks.bench_api", "--serve", str(folder)]
    with subprocess.Popen(command) as process:  # noqa: S603 - our own code
        os.sched_setaffinity(process.pid, cores[:1])
        os.sched_setaffinity(0, cores[1:] or cores)
        try:
            _wait_until_up()
            yield psutil.Process(process.pid)
        finally:
            os.sched_setaffinity(0, cores)
            process.terminate()


def _wait_until_up() -> None:
    import socket

    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", PORT), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


async def load(accounts: list[str], rate: int, seconds: float, server: psutil.Process) -> Load:
    """Ask for proofs of random accounts at a rate, over connections that stay open."""
    await _ask_all(accounts, rate, WARM_SECONDS, Load())
    seen, cpu, began, spent = Load(), time.process_time(), time.monotonic(), _seconds_of(server)
    await _ask_all(accounts, rate, seconds, seen)
    seen.cpu_seconds, seen.wall_seconds = time.process_time() - cpu, time.monotonic() - began
    seen.server_seconds = _seconds_of(server) - spent
    return seen


def _seconds_of(server: psutil.Process) -> float:
    used = server.cpu_times()
    return float(used.user + used.system)


async def _ask_all(accounts: list[str], rate: int, seconds: float, seen: Load) -> None:
    start = time.monotonic() + 0.1
    due = [start + number / rate for number in range(int(rate * seconds))]
    await asyncio.gather(*(_ask(accounts, due[own::CONNECTIONS], own, seen) for own in range(CONNECTIONS)))


async def _ask(accounts: list[str], due: list[float], seed: int, seen: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    chosen = np.random.default_rng(seed).integers(0, len(accounts), len(due)).tolist()
    for moment, pick in zip(due, chosen, strict=True):
        await asyncio.sleep(max(0.0, moment - time.monotonic()))
        writer.write(f"GET /v1/epochs/0/proofs/{accounts[pick]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        seen.late.append((time.monotonic() - moment) * 1000)
        if not head.startswith(b"HTTP/1.1 200") or not json.loads(body)["tokens"]:
            raise RuntimeError(f"expected a proof, got {head[:80]!r}")
    writer.close()


def _row(leaves: str, beside: str, rate: int, server: psutil.Process, seen: Load) -> list[str]:
    late = np.sort(np.array(seen.late))
    return [
        leaves,
        beside,
        f"{rate:,}",
        f"{len(late) / seen.wall_seconds:,.0f}",
        f"{late[len(late) // 2]:.1f} ms",
        f"{late[len(late) * 99 // 100]:.1f} ms",
        f"{seen.server_seconds / len(late) * 1000:.2f} ms each",
        f"{server.memory_info().rss >> 20} MB",
        f"{seen.cpu_seconds:.1f} s of {seen.wall_seconds:.1f} s",
    ]


if __name__ == "__main__":
    main()
