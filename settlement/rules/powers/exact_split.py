"""The exact Cobb-Douglas of a `Split`, row by row: what the deployed contracts come near to (SPEC section 5.2)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from settlement.rules.columns.conversions import Amounts, amounts_from_ints
from settlement.rules.powers.fixed_point import Split
from settlement.rules.powers.floors import floor_rows
from settlement.rules.powers.groups import PowerGroup


def floor_rows_exact(splits: Sequence[Split], group_of: NDArray[np.int64], x: Amounts, stake: Amounts) -> Amounts:
    """Return the exact CD of every row: 0 if x or stake is 0, the pool if one of them is the whole."""
    groups = [
        PowerGroup(split.pool, (), split.x_total, split.exponent, split.stake_total, 1 - split.exponent)
        for split in splits
    ]
    amounts = floor_rows(groups, group_of, x, stake)
    pools = amounts_from_ints(split.pool for split in splits)[group_of]
    x_totals = amounts_from_ints(split.x_total for split in splits)[group_of]
    stake_totals = amounts_from_ints(split.stake_total for split in splits)[group_of]
    whole = (x == x_totals).all(axis=1) | (stake == stake_totals).all(axis=1)
    nothing = ~x.any(axis=1) | ~stake.any(axis=1)
    amounts[whole] = pools[whole]
    amounts[nothing] = 0
    return amounts
