"""Allocation and tree over columns, against big integers in Python and @openzeppelin/merkle-tree in Node."""

import json
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.keccak_wheels import wheel_rows
from benchmarks.measure import best_of, measure, print_table, seconds
from settlement.adapters.store.tree_file import map_tree, write_tree
from settlement.rules.allocation.participation import arrange_participants
from settlement.rules.columns.conversions import (
    Amounts,
    addresses_to_bytes,
    amounts_to_ints,
    sum_amounts,
    words_from_amounts,
)
from settlement.rules.entitlements.ledger import Credits, Leaves, merge_entitlements, no_leaves
from settlement.rules.entitlements.merkle import Tree, leaf_hashes, prove_rows
from settlement.rules.entitlements.tree_growth import grow_tree, tree_of
from settlement.rules.entitlements.tree_layout import TreeColumns, prove_account
from settlement.rules.facts.aggregates import KIND_MINER, KIND_USER, Aggregates, no_bonuses
from settlement.rules.powers.exact import floor_by_definition, reduced_bases
from settlement.rules.powers.floors import floor_rows_by_integers
from settlement.rules.rulesets.paper import PaperTerms
from settlement.rules.rulesets.paper_formula import PaperEpoch, emission_groups
from settlement.rules.rulesets.paper_parameters import PaperParameters
from settlement.rules.rulesets.paper_v1 import RULESET, network_totals

POOL_WEI = 10**28
NODE_MODULES = Path(__file__).parent.parent / "deploy" / "contracts"


def random_amounts(source: np.random.Generator, count: int, bits: int) -> Amounts:
    """Return positive amounts below 2^bits."""
    amounts = np.zeros((count, 2), dtype=np.uint64)
    amounts[:, 0] = source.integers(1, 2 ** min(bits, 63), count, dtype=np.uint64)
    if bits > 64:
        amounts[:, 1] = source.integers(0, 2 ** (bits - 64), count, dtype=np.uint64)
    return amounts


def random_epoch(rows: int, apps: int, seed: int) -> tuple[PaperParameters, Aggregates]:
    """Return an epoch of `rows` miner and user rows in random order, weights of the highest degree."""
    source = np.random.default_rng(seed)
    app = source.integers(0, 256, (apps, 20), dtype=np.uint8)
    kind = source.integers(KIND_MINER, KIND_USER + 1, rows).astype(np.uint8)
    x = np.where((kind == KIND_MINER)[:, None], random_amounts(source, rows, 50), random_amounts(source, rows, 8))
    aggregates = Aggregates(
        kind=np.concatenate([np.zeros(apps, dtype=np.uint8), kind]),
        app=np.concatenate([app, app[source.integers(0, apps, rows)]]),
        account=np.concatenate([np.zeros((apps, 20), np.uint8), source.integers(0, 256, (rows, 20), dtype=np.uint8)]),
        x=np.concatenate([random_amounts(source, apps, 40), x]),
        stake=np.concatenate([random_amounts(source, apps, 83), random_amounts(source, rows, 80)]),
    )
    app_stake, stake = sum_amounts(aggregates.stake[:apps]), sum_amounts(aggregates.stake)
    return PaperParameters(POOL_WEI, 6180, 3820, 3333, 6667, 10**12, app_stake, stake), aggregates


def bench_allocate(rows: int, sample: int) -> None:
    """Print the allocation of `rows` rows against the definition on `sample` of them."""
    parameters, aggregates = random_epoch(rows, 1000, seed=1)
    terms = PaperTerms(RULESET, parameters)
    terms.allocate(aggregates, no_bonuses())  # compiles, or loads what was compiled
    ours = best_of(3, lambda: terms.allocate(aggregates, no_bonuses()))
    scaled = PaperTerms(RULESET, replace(parameters, residual="normalize"))
    normalized = best_of(3, lambda: scaled.allocate(aggregates, no_bonuses()))
    participants = arrange_participants(aggregates)
    groups = emission_groups(PaperEpoch(parameters, participants, network_totals(parameters, participants)))
    x, stake = amounts_to_ints(participants.x[:sample]), amounts_to_ints(participants.stake[:sample])
    places = (participants.role.astype(int) * 1000 + participants.place)[:sample].tolist()

    def by_roots() -> list[int]:
        bases = (reduced_bases(POOL_WEI, groups[g].row_factors(p, s)) for g, p, s in zip(places, x, stake, strict=True))
        return [0 if base is None else floor_by_definition(base) for base in bases]

    naive = measure(by_roots)
    many = min(rows, 20_000)
    places_of_many = (participants.role.astype(np.int64) * 1000 + participants.place)[:many]
    own_x, own_stake = participants.x[:many], participants.stake[:many]
    bracket = measure(lambda: floor_rows_by_integers(groups, places_of_many, own_x, own_stake))
    same = naive.result == amounts_to_ints(ours.result.amounts[:sample])
    if not same or not (bracket.result == ours.result.amounts[:many]).all():
        raise SystemExit("the kernel and the definition differ")
    whole = naive.cpu_seconds / sample * rows
    print_table(
        f"Allocation of {rows:,} (account, app) rows, paper-v1, Q = 10,000",
        ("what", "CPU", "per row", "ratio"),
        [
            ("kernel, rollover", seconds(ours.cpu_seconds), f"{ours.cpu_seconds / rows * 1e6:.2f} us", "1"),
            (
                "kernel, normalize",
                seconds(normalized.cpu_seconds),
                f"{normalized.cpu_seconds / rows * 1e6:.2f} us",
                f"{normalized.cpu_seconds / ours.cpu_seconds:.2f}",
            ),
            (
                f"256-bit logarithms row by row, integers where open ({many:,} rows measured, all equal)",
                seconds(bracket.cpu_seconds / many * rows),
                f"{bracket.cpu_seconds / many * 1e6:.1f} us",
                f"{bracket.cpu_seconds / many * rows / ours.cpu_seconds:,.0f}",
            ),
            (
                f"big integers (iroot; {sample} rows measured, all equal)",
                seconds(whole),
                f"{naive.cpu_seconds / sample * 1e3:.1f} ms",
                f"{whole / ours.cpu_seconds:,.0f}",
            ),
        ],
    )


def random_leaves(count: int, seed: int) -> Leaves:
    """Return sorted leaves of one token."""
    source = np.random.default_rng(seed)
    account = source.integers(0, 256, (count, 20), dtype=np.uint8)
    credits_ = Credits(np.full((count, 20), 7, dtype=np.uint8), account, random_amounts(source, count, 90))
    return merge_entitlements(no_leaves(), credits_)


def bench_tree(count: int, baseline: int) -> None:
    """Print a tree of `count` leaves, its proofs and its file, and one of `baseline` leaves in Node."""
    leaves = random_leaves(count, seed=2)
    tree_of(random_leaves(1000, seed=3))
    ours = best_of(3, lambda: tree_of(leaves))
    rows = [("tree from columns", f"{count:,}", seconds(ours.cpu_seconds), "", "1")]
    if baseline:
        small = leaves if baseline == count else random_leaves(baseline, seed=4)
        own = ours if baseline == count else best_of(3, lambda: tree_of(small))
        theirs = _openzeppelin(small)
        if theirs.root != "0x" + own.result.root.hex():
            raise SystemExit("the roots differ")
        ratio = f"{theirs.cpu_seconds / own.cpu_seconds:,.0f} (same leaves, same root)"
        memory = f"{theirs.peak_megabytes:,.0f} MB"
        name = "@openzeppelin/merkle-tree"
        rows.append((name, f"{baseline:,}", seconds(theirs.cpu_seconds), memory, ratio))
    rows += wheel_rows(leaves, ours.result.root, ours.cpu_seconds)
    proofs = measure(lambda: prove_rows(ours.result, np.arange(count)))
    rows.append(
        ("all proofs", f"{count:,}", seconds(proofs.cpu_seconds), f"{proofs.result.siblings.nbytes >> 20:,} MB", "")
    )
    rows.append(_stored_proofs(leaves, ours.result))
    print_table("Tree", ("what", "leaves", "CPU", "memory", "ratio"), rows)
    hashes = 3 * count - 1
    print(
        f"\nLimit: {hashes:,} permutations (two a leaf, one a node); "
        f"{hashes / ours.cpu_seconds / 1e6:.1f} million a CPU second, sorting included."
    )


def bench_ledger(lifetime: int, active: int) -> None:
    """Print the update of `lifetime` entitlements by `active` amounts, and the tree over them: grown and built anew."""
    prior = random_leaves(lifetime, seed=5)
    source = np.random.default_rng(6)
    chosen = source.choice(lifetime, active, replace=False)
    token = np.full((active, 20), 7, dtype=np.uint8)
    amounts = Credits(token, prior.account[chosen], random_amounts(source, active, 80))
    few = random_leaves(1000, seed=3)
    grow_tree(few, tree_of(few), merge_entitlements(few, amounts))  # compiles, or loads what was compiled
    merged = best_of(2, lambda: merge_entitlements(prior, amounts))
    built = best_of(2, lambda: tree_of(merged.result))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leaves.tree"
        written = measure(lambda: write_tree(path, TreeColumns(prior, tree_of(prior))))
        stored = measure(lambda: _stored(path, check_hashes=True))
        grown = best_of(2, lambda: grow_tree(prior, stored.result.tree, merged.result))
        size = path.stat().st_size
    if not (grown.result.nodes == built.result.nodes).all():
        raise SystemExit("the tree that was grown is not the tree")
    print_table(
        f"{lifetime:,} lifetime accounts, {active:,} active",
        ("what", "CPU", "per lifetime account"),
        [
            (name, seconds(one.cpu_seconds), f"{one.cpu_seconds / lifetime * 1e9:.0f} ns")
            for name, one in (
                ("entitlements merged", merged),
                ("tree grown out of the stored one (same nodes)", grown),
                ("tree built anew", built),
                (f"stored tree read and its digest checked, {size >> 20:,} MB", stored),
                ("tree of the epoch before built and stored", written),
            )
        ],
    )
    hashes = len(merged.result) - 1 + 2 * active
    print(
        f"\nLimit: {hashes:,} permutations (two a changed leaf, one a node: a leaf that comes in moves all after it);"
        f" {hashes / grown.cpu_seconds / 1e6:.1f} million a CPU second, merging included. Alone the permutations take"
        f" {_seconds_of_permutations(prior, hashes):.2f} s."
    )


def _seconds_of_permutations(leaves: Leaves, count: int) -> float:
    """Return what `count` permutations cost where everything is in the cache."""
    few = 10_000
    words = words_from_amounts(leaves.cumulative[:few])
    hashed = best_of(20, lambda: leaf_hashes(leaves.account[:few], leaves.token[:few], words))
    return hashed.cpu_seconds / (2 * few) * count


def _stored(path: Path, *, check_hashes: bool) -> TreeColumns:
    stored = map_tree(path, check_hashes=check_hashes)
    if stored is None:
        raise SystemExit("the tree was not stored")
    return stored


def _stored_proofs(leaves: Leaves, tree: Tree) -> tuple[str, str, str, str, str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leaves.tree"
        write_tree(path, TreeColumns(leaves, tree))
        stored = _stored(path, check_hashes=False)
        chosen = np.random.default_rng(7).integers(0, len(leaves), 1000)
        accounts = addresses_to_bytes(leaves.account[chosen])
        served = measure(lambda: [prove_account(stored, account, tree.root) for account in accounts])
        size = f"{path.stat().st_size >> 20:,} MB file"
        return ("one proof from the file, verified", f"{len(leaves):,}", f"{served.cpu_seconds:.3f} ms", size, "")


@dataclass(frozen=True, slots=True)
class NodeTree:
    """What the Node script measured."""

    root: str
    cpu_seconds: float
    wall_seconds: float
    peak_megabytes: float


def _openzeppelin(leaves: Leaves) -> NodeTree:
    node = shutil.which("node")
    if node is None:
        raise SystemExit("node is not installed: see deploy/debian.txt")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        columns = (
            addresses_to_bytes(leaves.account),
            addresses_to_bytes(leaves.token),
            amounts_to_ints(leaves.cumulative),
        )
        rows = (f"0x{account.hex()},0x{token.hex()},{total}" for account, token, total in zip(*columns, strict=True))
        path.write_text("\n".join(rows) + "\n")
        script = Path(__file__).parent / "openzeppelin_tree.mjs"
        command = [node, "--max-old-space-size=6144", str(script), str(path), str(NODE_MODULES)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own script
    return NodeTree(**json.loads(done.stdout))
