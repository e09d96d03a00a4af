"""`make bench-probes`: the probes of a service that settles on every core: their p99, and the processor that one takes.

The service is a process of its own with the probes that `pozk run` has and as many threads as there are cores,
which settle all the while: they add the amounts of an epoch to entitlements and grow their tree.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import psutil  # type: ignore[import-untyped]

from benchmarks.measure import print_table
from settlement.entry.service.metrics import MEASURED
from settlement.entry.status import Status, StatusBoard
from settlement.rules.service.checks import CHECKS
from settlement.rules.service.retrying import NEEDS
from settlement.words.service import CheckState, JobRow, Measured

PATHS = ("/livez", "/readyz", "/metrics")
ACCOUNTS, CREDITS = 200_000, 50_000


def main() -> None:
    """Measure the probes of an idle service and of one that settles."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rate", type=int, default=20, help="probes a second")
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        serve(arguments.serve)
        return
    rows = [
        row
        for workers in (0, os.cpu_count() or 1)
        for row in measure_service(workers, arguments.rate, arguments.seconds)
    ]
    print_table("Probes", ["threads that settle", "probe", "p50", "p99", "worst", "CPU of one"], rows)


def measure_service(workers: int, rate: int, seconds: float) -> list[list[str]]:
    """Return a row for each probe. The processor that one takes is measured where nothing else runs in the process."""
    command = [sys.executable, "-m", "benchmarks.bench_probes", "--serve", str(workers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as service:  # noqa: S603 - our own program
        try:
            address = service.stdout.readline().strip() if service.stdout else ""
            _await(address + PATHS[0])
            return [_row(service.pid, workers, address, path, rate, seconds) for path in PATHS]
        finally:
            service.kill()


def _row(pid: int, workers: int, address: str, path: str, rate: int, seconds: float) -> list[str]:
    process = psutil.Process(pid)
    _ask(address + path)
    before, late = _cpu_seconds(process), []
    started = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = started + number / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        _ask(address + path)
        late.append(1000 * (time.perf_counter() - due))
    spent = 1000 * (_cpu_seconds(process) - before) / len(late)
    p50, p99 = np.percentile(late, [50, 99])
    cpu = f"{spent:.2f} ms" if workers == 0 else ""
    return [str(workers), path, f"{p50:.1f} ms", f"{p99:.1f} ms", f"{max(late):.1f} ms", cpu]


def _ask(url: str) -> None:
    with urlopen(url, timeout=30) as answer:  # noqa: S310 - our own service
        answer.read()


def _await(url: str) -> None:
    for _ in range(200):
        try:
            _ask(url)
        except URLError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"nothing answers at {url}")


def _cpu_seconds(service: psutil.Process) -> float:
    every = [each.cpu_times() for each in (service, *service.children())]
    return float(sum(times.user + times.system for times in every))


def serve(workers: int) -> None:
    """Serve the probes of a status as large as a real one, and settle on so many threads."""
    from settlement.entry.configuration.settings import ServeSettings
    from settlement.entry.service.service import serving

    settle = [threading.Thread(target=_settle_for_ever, args=(number,), daemon=True) for number in range(workers)]
    with serving(
        _Board(), ServeSettings("127.0.0.1", 0, (), 0, behind_proxy=False, public_rpc=(), explorer=""), _say
    ) as address:
        print(address, flush=True)
        for thread in settle:
            thread.start()
        threading.Event().wait()


def _say(event: str, **details: object) -> None:
    print(event, details, file=sys.stderr)


class _Board(StatusBoard):
    """A status with every check, job and measured value, read again as often as a real one."""

    def __init__(self) -> None:
        self._stop, self.standing = threading.Event(), "speaks"

    def refresh(self) -> Status:
        """Make it anew."""
        checks = tuple(CheckState(name, True, 1, 2, "seconds", 1, "a word") for name in CHECKS)
        jobs = {name: JobRow(name, succeeded_at=1) for name in NEEDS}
        measured = {name: Measured(10**20, 1, 1) for name in MEASURED}
        rows = [{"name": c.name, "ok": c.ok, "value": c.value, "limit": c.limit, "said": c.said} for c in checks]
        document = {"ready": True, "checks": rows, "jobs": [{"name": name, "state": "idle"} for name in jobs]}
        self._newest = Status(checks, jobs, measured, document)
        return self._newest


def _settle_for_ever(seed: int) -> None:
    from settlement.rules.columns.conversions import amounts_from_ints
    from settlement.rules.entitlements.ledger import Credits, merge_entitlements, no_leaves
    from settlement.rules.entitlements.tree_growth import grow_tree, tree_of

    rng = np.random.default_rng(seed)

    def credits_of(count: int) -> Credits:
        token = np.zeros((count, 20), dtype=np.uint8)
        account = rng.integers(0, 256, (count, 20), dtype=np.uint8)
        return Credits(token, account, amounts_from_ints([10**18] * count))

    leaves = merge_entitlements(no_leaves(), credits_of(ACCOUNTS))
    tree = tree_of(leaves)
    while True:
        grown = merge_entitlements(leaves, credits_of(CREDITS))
        grow_tree(leaves, tree, grown)


if __name__ == "__main__":
    main()
