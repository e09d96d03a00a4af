"""`make bench-settle`: the settlement's stages against their baselines, as tables for BENCHMARKS.md."""

import argparse
import os
import platform

from benchmarks.settle_columns import bench_allocate, bench_ledger, bench_tree
from benchmarks.settle_history import bench_history
from benchmarks.settle_lake import bench_lake
from benchmarks.settle_proof import bench_proof

PARTS = ("allocate", "tree", "ledger", "lake", "history", "proof")


def main() -> None:
    """Run the parts named, all by default."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all by default")
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows to allocate, leaves of the tree")
    parser.add_argument("--sample", type=int, default=200, help="rows evaluated by big integers")
    parser.add_argument("--node-leaves", type=int, default=1_000_000, help="leaves for Node (162 s a million); 0: none")
    parser.add_argument("--lifetime", type=int, default=10_000_000, help="accounts with an entitlement")
    parser.add_argument("--proofs", type=int, default=10_000_000, help="proofs in the lake")
    parser.add_argument("--accounts", type=int, default=1_000_000, help="accounts in the lake")
    parser.add_argument("--epochs", type=int, default=50, help="epochs of the lake that shows the cost of history")
    parser.add_argument("--logs", type=int, default=1_000_000, help="logs to index with and without a proof")
    arguments = parser.parse_args()
    parts = arguments.parts or PARTS
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}")
    if "allocate" in parts:
        bench_allocate(arguments.rows, arguments.sample)
    if "tree" in parts:
        bench_tree(arguments.rows, arguments.node_leaves)
    if "ledger" in parts:
        bench_ledger(arguments.lifetime, arguments.lifetime // 10)
    if "lake" in parts:
        bench_lake(arguments.proofs, arguments.accounts)
    if "history" in parts:
        bench_history(arguments.epochs)
    if "proof" in parts:
        bench_proof(arguments.logs)


if __name__ == "__main__":
    main()
