"""Who earns what by dealing with itself, in a network of known size: the tables of docs/economics.md.

Four busy apps of 2^20 Plonk gates, an idle approved one of the same size; in each busy app ten miners with 20 tasks and
140,000 tokens of stake each, and ten users with 99,000; a pool of a million tokens a day, all weights one half.
"""

import numpy as np

from indexer.words.blocks import BlockRef
from indexer.words.quantities import ZERO_HASH, BlockNumber, Epoch
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints
from settlement.rules.facts.aggregates import Aggregates, no_bonuses
from settlement.rules.facts.epoch_facts import EpochFacts, EventBlocks, RulesetChoice, Weights
from settlement.rules.facts.epochs import EpochBlocks
from settlement.rules.questions.projection import (
    ApprovedApp,
    Overrides,
    Supposed,
    Surroundings,
    apply_overrides,
    paid_by_account,
)
from settlement.rules.questions.self_dealing import DEALER, TaskCost, evaluate_self_dealing
from settlement.rules.rulesets.registry import ruleset_named

TOKEN = 10**18
POOL, USAGE_UNIT = 1_000_000 * TOKEN, 10**7
SIZE = 1000 << 20  # milli-gates of 2^20 gates of Plonk
MINERS, TASKS, MINER_STAKE = 10, 20, 140_000 * TOKEN
USERS, USER_STAKE = 10, 99_000 * TOKEN
BUSY, IDLE = [bytes([0xA0 + at]) * 20 for at in range(4)], bytes([0xAF]) * 20
DEALER_STAKES = (100_000 * TOKEN, 40_000 * TOKEN)
RULESETS = ("paper-v1", "paper-v2")
NO_BLOCK = BlockRef(BlockNumber(0), ZERO_HASH)
Row = tuple[int, bytes, bytes, int, int]


def network(ruleset: str) -> Supposed:
    """Return one epoch of the network."""
    rows: list[Row] = []
    for app in BUSY:
        rows += [(0, app, bytes(20), SIZE, USERS * USER_STAKE), (6, app, bytes(20), 0, MINERS * MINER_STAKE)]
        rows += [(1, app, bytes([1 + at]) * 20, TASKS * SIZE, MINER_STAKE) for at in range(MINERS)]
        rows += [(2, app, bytes([51 + at]) * 20, MINERS * TASKS // USERS, USER_STAKE) for at in range(USERS)]
    rows.sort()
    aggregates = Aggregates(
        np.array([row[0] for row in rows], dtype=np.uint8),
        addresses_from_bytes([row[1] for row in rows]),
        addresses_from_bytes([row[2] for row in rows]),
        amounts_from_ints(row[3] for row in rows),
        amounts_from_ints(row[4] for row in rows),
    )
    user_stakes, miner_stakes = (len(BUSY) * each for each in (USERS * USER_STAKE, MINERS * MINER_STAKE))
    facts = EpochFacts(
        epoch=Epoch(0),
        family=ruleset_named(ruleset).family,
        blocks=EpochBlocks(NO_BLOCK, NO_BLOCK, is_empty=True),
        events=EventBlocks(np.zeros(0, np.uint64), np.zeros((0, 32), np.uint8), np.zeros(0, np.uint32)),
        weights=Weights(5000, 5000, 5000, 5000, USAGE_UNIT),
        alphas={},
        emission=POOL,
        choice=None,
        suspects=(),
        voids=(),
        violations=(),
        mendable=(),
        aggregates=aggregates,
        bonuses=no_bonuses(),
        corrections=(),
        openings=(),
        apps=(),
        total_app_staking=user_stakes,
        total_staking=user_stakes + miner_stakes,
        proofs=0,
    )
    return Supposed(facts, RulesetChoice(ruleset, "rollover"))


def surroundings() -> Surroundings:
    """Return what is approved: the busy apps and the idle one, in which nobody has a stake."""
    busy = ApprovedApp(SIZE, USERS * USER_STAKE, MINERS * MINER_STAKE)
    return Surroundings({}, dict.fromkeys(BUSY, busy) | {IDLE: ApprovedApp(SIZE, 0, 0)})


def earned(ruleset: str, app: bytes, tasks: int) -> int:
    """Return what the self-dealer earns in a day, in wei."""
    overrides = Overrides(
        stakes={(app, DEALER, 0): DEALER_STAKES[0], (app, DEALER, 1): DEALER_STAKES[1]},
        work={(app, DEALER): tasks * SIZE},
        tasks={(app, DEALER): tasks},
    )
    changed = apply_overrides(network(ruleset), overrides, surroundings())
    return paid_by_account(changed.aggregates, changed.allocate(no_bonuses()))[DEALER]


def tokens(wei: int) -> str:
    """Return an amount in tokens with three decimals, cut."""
    return f"{wei // TOKEN:,}.{wei % TOKEN // 10**15:03d}"


def main() -> None:
    """Print what honest accounts earn, what self-dealing earns by number of tasks, and where it stops by its cost."""
    for ruleset in RULESETS:
        print_honest(ruleset)
        print_by_tasks(ruleset)
        print_by_cost(ruleset)


def print_honest(ruleset: str) -> None:
    """Print what the network pays without self-dealing."""
    honest = network(ruleset).allocate(no_bonuses())
    paid = paid_by_account(network(ruleset).aggregates, honest)
    miner, user = paid[bytes([1]) * 20], paid[bytes([51]) * 20]
    print(f"\n{ruleset}: honest accounts earn {tokens(honest.distributed)} tokens a day altogether,", end=" ")
    print(f"a miner {tokens(miner)} in four apps, a user {tokens(user)}\n")


def print_by_tasks(ruleset: str) -> None:
    """Print what a number of self-dealt tasks earns."""
    print("| self-dealt tasks | in a busy app | the last one adds | in an idle app | the last one adds |")
    print("| --- | --- | --- | --- | --- |")
    for tasks in (1, 2, 20, 200, 2_000, 20_000):
        cells = [each(ruleset, app, tasks) for app in (BUSY[0], IDLE) for each in (earned, last)]
        print(f"| {tasks:,} | {' | '.join(map(tokens, cells))} |")


def print_by_cost(ruleset: str) -> None:
    """Print how many self-dealt tasks pay at what cost."""
    print("\n| a task costs | most that pay in a busy app | earned there | spent there | most in an idle app |")
    print("| --- | --- | --- | --- | --- |")
    for cost in (2 * TOKEN // 1000, TOKEN, 10 * TOKEN, 100 * TOKEN, 1_000 * TOKEN, 10_000 * TOKEN):
        costs = dict.fromkeys([*BUSY, IDLE], TaskCost(0, 0, cost))
        rows = evaluate_self_dealing(network(ruleset), surroundings(), costs, DEALER_STAKES)
        busy, *_, idle = rows
        print(
            f"| {tokens(cost)} | {busy.most:,} | {tokens(busy.earned)} | {tokens(busy.spent)} | "
            f"{idle.most:,}: {tokens(idle.earned)} |"
        )


def last(ruleset: str, app: bytes, tasks: int) -> int:
    """Return what the last of so many tasks adds, in wei."""
    return earned(ruleset, app, tasks) - earned(ruleset, app, tasks - 1)


if __name__ == "__main__":
    main()
