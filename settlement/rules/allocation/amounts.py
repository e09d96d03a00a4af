"""What a ruleset gives: the amounts of one epoch (SPEC sections 5 and 7)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from settlement.rules.columns.conversions import Addresses, Amounts


@dataclass(frozen=True, slots=True)
class BonusRows:
    """Bonus amounts above 0: token, account, app (k, 20), role u8 (k,) 0 miner 1 user 2 returned, amount (k, 2)."""

    token: Addresses
    account: Addresses
    app: Addresses
    role: NDArray[np.uint8]
    amount: Amounts

    def __len__(self) -> int:
        return len(self.role)


@dataclass(frozen=True, slots=True)
class LastSpare:
    """The last miner or user row that got a spare wei under `normalize`, and its scaled amount before it, in wei."""

    row: int
    amount: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """Amounts of one epoch.

    amounts: (r, 2), one per miner or user row of the aggregates in their order, zeros included.
    listed: bool (r,), false where the ruleset leaves a row out of its document. bonuses: see `BonusRows`.
    distributed + remainder = pool, both speak of the emission only. floors: the sum of the emission's floors, before
    any normalization. spare: None where no row got a spare wei.
    """

    amounts: Amounts
    listed: NDArray[np.bool_]
    bonuses: BonusRows
    distributed: int
    remainder: int
    floors: int
    spare: LastSpare | None

    @property
    def pool(self) -> int:
        """Return the emission that is shared out, in wei."""
        return self.distributed + self.remainder
