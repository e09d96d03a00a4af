"""Which claims are worth the gas of whoever pays for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from indexer.words.quantities import Address

LEAST_GAS = 20_000
"""No claim takes less: it writes what was claimed and a balance. It leaves out what can never be worth it."""
_TOKEN = 10**18


@dataclass(frozen=True, slots=True)
class Worth:
    """What tokens are worth, and how much more than its gas a claim must be.

    `prices`: wei of the chain's currency for 10^18 base units of a token. Where there are none every claim is worth
    it; where there are some, a token without one is worth nothing. `percent` is of the gas that a claim costs.
    """

    prices: Mapping[Address, int] = field(default_factory=dict)
    percent: int = 0

    @property
    def is_asked(self) -> bool:
        """Return whether anything may be not worth it."""
        return bool(self.prices) and self.percent > 0

    def pays(self, token: Address, owed: int, gas: int, gas_wei: int) -> bool:
        """Return whether `owed` base units are worth `gas` at `gas_wei` for each of it, all in whole numbers.

        Worked: 3 * 10^18 base units at 10^15 wei, 200 percent, 50,000 gas at 2 * 10^10 wei: 3 * 10^15 is at least
        twice 10^15.
        """
        if not self.is_asked:
            return True
        return owed * self.prices.get(token, 0) * 100 >= self.percent * gas * gas_wei * _TOKEN


EVERY_CLAIM = Worth()
"""Nothing is left for its gas."""
