"""What a proof of completeness costs: the same logs indexed unproven, by blooms and by receipts."""

from benchmarks.bench_index import PER_BLOCK, replaying, run_ours
from benchmarks.measure import print_table, seconds
from benchmarks.replay import Shape

LEVELS = ("none", "bloom", "receipts")
RUNS = 2


def bench_proof(logs: int) -> None:
    """Print the CPU seconds of each level beside the unproven one, start-up and commits included; rows must agree."""
    shape = Shape(max(1, logs // PER_BLOCK), PER_BLOCK)
    with replaying(Shape(blocks=200, logs=PER_BLOCK)) as url:
        for level in LEVELS:
            run_ours(url, level)  # compiles, or loads what was compiled
    with replaying(shape) as url:
        runs = {level: [run_ours(url, level) for _ in range(RUNS)] for level in LEVELS}
    best = {level: min(costs, key=lambda cost: cost.cpu_seconds) for level, costs in runs.items()}
    if len({(cost.rows, cost.checksum) for cost in best.values()}) != 1:
        raise SystemExit(f"rows or checksums differ: {best}")
    bare = best["none"].cpu_seconds
    print_table(
        f"A proof of completeness: {best['none'].rows:,} logs in {shape.blocks:,} blocks indexed",
        ("proven by", "wall", "CPU", "times unproven", "requests"),
        [
            (
                "nothing" if level == "none" else level,
                seconds(cost.wall_seconds),
                seconds(cost.cpu_seconds),
                f"{cost.cpu_seconds / bare:.2f}",
                f"{cost.calls:,}",
            )
            for level, cost in best.items()
        ],
    )
