"""Compare the allocation kernel with the big-integer definition on random rows; exit code 1 on any difference.

Every row is compared with floor(value) = iroot(N // D, Q). For degrees Q above `--degree` that takes milliseconds, so
there all rows are compared with a bracket by 256-bit logarithms (integers where it leaves two candidates), and a
sample of them with the roots themselves. The seed is printed and can be given.
"""

import argparse
import random
import sys
import time
from fractions import Fraction

import numpy as np

from settlement.rules.columns.conversions import Amounts, amounts_from_ints, amounts_to_ints
from settlement.rules.powers.exact import Factor, floor_by_definition, floor_product, reduced_bases
from settlement.rules.powers.floors import floor_rows, propose_rows
from settlement.rules.powers.groups import PowerGroup

BATCH = 50_000
SMALL_EXPONENTS = [Fraction(n, 20) for n in range(21)]
POOLS = (1, 7, 10**9, 10**18, 10**24 + 1, 5 * 10**27, 10**28)


def random_exponent(source: random.Random, small: bool) -> Fraction:
    """Return an exponent of a low degree, or any in basis points."""
    return source.choice(SMALL_EXPONENTS) if small else Fraction(source.randrange(10_001), 10_000)


def random_size(source: random.Random, digits: int) -> int:
    """Return an integer of any magnitude up to 10^digits, sometimes a round one."""
    power = 10 ** source.randrange(1, digits + 1)
    return power if source.random() < 0.1 else source.randrange(1, power)


def random_group(source: random.Random, small: bool) -> PowerGroup:
    """Return a group of the shape of `paper-v1`: two app factors, a split, and totals for work and stake."""
    a, c = random_exponent(source, small), random_exponent(source, small)
    if source.random() < 0.1:  # equal shares of a round total: the value is a hair from an integer, or on it
        whole = 10 ** source.randrange(1, 19)
        return PowerGroup(source.choice(POOLS), (), whole, c, whole, 1 - c)
    factors = []
    for digits, exponent in ((18, Fraction(1)), (18, a), (27, 1 - a)):
        whole = random_size(source, digits)
        factors.append(Factor(source.randrange(whole + 1), whole, exponent))
    x_total, stake_total = random_size(source, 18), random_size(source, 27)
    return PowerGroup(source.choice(POOLS), tuple(factors), x_total, c, stake_total, 1 - c)


def random_part(source: random.Random, whole: int) -> int:
    """Return 0..whole: sometimes 0, often a simple fraction of it."""
    kind = source.random()
    if kind < 0.01:
        return 0
    return whole // source.randrange(1, 9) if kind < 0.2 else source.randrange(whole + 1)


def random_rows(source: random.Random, groups: list[PowerGroup], count: int) -> tuple[np.ndarray, Amounts, Amounts]:
    """Return (group_of, x, stake) with shares from 0 to 1, many of them simple fractions."""
    group_of = np.array([source.randrange(len(groups)) for _ in range(count)], dtype=np.int64)
    columns: tuple[list[int], list[int]] = ([], [])
    for group in group_of.tolist():
        totals = (groups[group].x_total, groups[group].stake_total)
        own = [random_part(source, whole) for whole in totals]
        if totals[0] == totals[1]:
            own[1] = max(0, own[0] + source.choice([0, 0, -1, 1]))
        for column, value in zip(columns, own, strict=True):
            column.append(value)
    return group_of, amounts_from_ints(columns[0]), amounts_from_ints(columns[1])


def compare_batch(source: random.Random, count: int, small: bool, roots: int) -> tuple[int, int]:
    """Compare `count` rows, the first `roots` by their roots; return (differences, undecided by the kernel)."""
    groups = [random_group(source, small) for _ in range(200)]
    group_of, x, stake = random_rows(source, groups, count)
    amounts = amounts_to_ints(floor_rows(groups, group_of, x, stake))
    undecided = int(propose_rows(groups, group_of, x, stake)[1].sum())
    rows = zip(group_of.tolist(), amounts_to_ints(x), amounts_to_ints(stake), amounts, strict=True)
    differences = 0
    for row, (group, own_x, own_stake, got) in enumerate(rows):
        factors = groups[group].row_factors(own_x, own_stake)
        if small or row < roots:
            bases = reduced_bases(groups[group].scale, factors)
            expected = 0 if bases is None else floor_by_definition(bases)
        else:
            expected = floor_product(groups[group].scale, factors)
        if got != expected:
            differences += 1
            print(f"difference: expected {expected}, got {got}, in {groups[group]} x={own_x} stake={own_stake}")
    return differences, undecided


def main() -> int:
    """Run the comparison and print one line per kind of exponent."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--roots", type=int, default=100, help="rows per batch of high degree compared by roots")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    arguments = parser.parse_args()
    source = random.Random(arguments.seed)  # noqa: S311 - test data, no secret
    print(f"seed {arguments.seed}")
    failed = 0
    for small, name in ((True, "degree at most 20, every row by its root"), (False, "any basis points")):
        done = differences = undecided = 0
        started = time.process_time()
        while done < arguments.rows // 2:
            count = min(BATCH, arguments.rows // 2 - done)
            found, open_rows = compare_batch(source, count, small, arguments.roots)
            done, differences, undecided = done + count, differences + found, undecided + open_rows
        seconds = time.process_time() - started
        print(f"{name}: {done} rows, {undecided} decided by integers, {differences} differences, {seconds:.0f} CPU s")
        failed += differences
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
