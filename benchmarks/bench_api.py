"""`make bench-api`: proofs over HTTP out of a mapped tree, the server on one core, a load generator on the others.

Requests are due at a fixed rate; what is late counts from when it was due, so that a server that stalls is not spared.
What of it is not the server's is said beside: how late the generator sent what was due on a connection that was free,
and for which part of the time the server could have run while others had its core. The epoch that settles beside is a
process that builds the tree again and again: on the generator's cores, or on every core.
"""

import argparse
import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
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
OTHERS, EVERY = "an epoch that settles on the generator's cores", "an epoch that settles on every core"


@dataclass(slots=True)
class Load:
    """What a run of the generator saw: milliseconds of each answer from when it was due, and of it what is its own."""

    late: list[float] = field(default_factory=list)
    sent_late: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0
    server_seconds: float = 0.0
    waited_seconds: float = 0.0
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
    header = [
        "leaves",
        "beside",
        "answered/s",
        "p50",
        "p99",
        "worst",
        "server CPU",
        "waits for a core",
        "server memory, own + mapped",
    ]
    print_table("Proofs over HTTP, server on one core", [*header, "generator CPU", "generator late, p99"], rows)


def bench_leaves(leaves: int, rate: int, seconds: float) -> list[list[str]]:
    """Return a row with the machine otherwise idle, and two while an epoch settles beside."""
    with tempfile.TemporaryDirectory(prefix="pozk-bench-") as folder:
        accounts = make_network(Path(folder), leaves)
        with served(Path(folder)) as server:
            rows = []
            for beside, cores in (("nothing", []), (OTHERS, server_cores()[1:]), (EVERY, server_cores())):
                with settling(Path(folder), cores):
                    seen = asyncio.run(load(accounts, rate, seconds, server))
                rows.append([f"{leaves:,}", beside, *_cells(server, seen)])
            return rows


@contextmanager
def settling(folder: Path, cores: Sequence[int]) -> Iterator[None]:
    """Build trees on these cores in a process of its own, on none without any."""
    if not cores:
        yield
        return
    code = f"from benchmarks.bench_api import build_forever; build_forever({str(folder)!r})"
    with subprocess.Popen([sys.executable, "-c", code]) as builder:  # noqa: S603 - our own code
        os.sched_setaffinity(builder.pid, cores)
        try:
            yield
        finally:
            builder.kill()


def server_cores() -> list[int]:
    """Return the cores of this machine: the server's, and the others."""
    return list(range(os.cpu_count() or 1))


def build_forever(folder: str) -> None:
    """Build the tree again and again, as a settlement does."""
    columns = map_tree(next(Path(folder).glob("epochs/*/leaves.tree")))
    while columns is not None:
        tree_of(columns.leaves)


@contextmanager
def served(folder: Path) -> Iterator[psutil.Process]:
    """Serve a network in a process of its own on the first core; the generator keeps to the others."""
    cores = server_cores()
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
    gc.disable()
    await _ask_all(accounts, rate, WARM_SECONDS, Load())
    seen, cpu, began, spent = Load(), time.process_time(), time.monotonic(), _seconds_of(server)
    waited = _waited_seconds(server)
    await _ask_all(accounts, rate, seconds, seen)
    seen.cpu_seconds, seen.wall_seconds = time.process_time() - cpu, time.monotonic() - began
    seen.server_seconds, seen.waited_seconds = _seconds_of(server) - spent, _waited_seconds(server) - waited
    gc.enable()
    return seen


def _seconds_of(server: psutil.Process) -> float:
    used = server.cpu_times()
    return float(used.user + used.system)


def _waited_seconds(server: psutil.Process) -> float:
    """Return for how long its first thread could have run and had no core."""
    return int(Path(f"/proc/{server.pid}/schedstat").read_text().split()[1]) / 1e9


async def _ask_all(accounts: list[str], rate: int, seconds: float, seen: Load) -> None:
    start = time.monotonic() + 0.1
    due = [start + number / rate for number in range(int(rate * seconds))]
    await asyncio.gather(*(_ask(accounts, due[own::CONNECTIONS], own, seen) for own in range(CONNECTIONS)))


async def _ask(accounts: list[str], due: list[float], seed: int, seen: Load) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    chosen = np.random.default_rng(seed).integers(0, len(accounts), len(due)).tolist()
    free = due[0]
    for moment, pick in zip(due, chosen, strict=True):
        await asyncio.sleep(max(0.0, moment - time.monotonic()))
        seen.sent_late.append((time.monotonic() - max(moment, free)) * 1000)
        writer.write(f"GET /v1/epochs/0/proofs/{accounts[pick]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        free = time.monotonic()
        seen.late.append((free - moment) * 1000)
        if not head.startswith(b"HTTP/1.1 200") or not json.loads(body)["tokens"]:
            raise RuntimeError(f"expected a proof, got {head[:80]!r}")
    writer.close()


def _cells(server: psutil.Process, seen: Load) -> list[str]:
    late, own, memory = np.array(seen.late), np.array(seen.sent_late), server.memory_info()
    return [
        f"{len(late) / seen.wall_seconds:,.0f}",
        f"{np.percentile(late, 50):.1f} ms",
        f"{np.percentile(late, 99):.1f} ms",
        f"{late.max():.0f} ms",
        f"{seen.server_seconds / len(late) * 1000:.2f} ms each",
        f"{seen.waited_seconds / seen.wall_seconds:.0%}",
        f"{memory.rss - memory.shared >> 20} + {memory.shared >> 20} MB",
        f"{seen.cpu_seconds / seen.wall_seconds:.0%} of a core",
        f"{np.percentile(own, 99):.1f} ms",
    ]


if __name__ == "__main__":
    main()
