"""Which seeds are told: `SIM_SEEDS` of them (200 in `make sim`, 3 in the suite) from `SEED` on; `SEED` alone is one."""

import os
from collections.abc import Mapping

_FEW = 3


def seeds_told(environment: Mapping[str, str]) -> range:
    """Return the seeds that an environment asks for."""
    first = int(environment.get("SEED", "0"))
    return range(first, first + int(environment.get("SIM_SEEDS", "1" if "SEED" in environment else f"{_FEW}")))


SEEDS = seeds_told(os.environ)
