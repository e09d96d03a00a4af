"""Which seeds are told: `SIM_SEEDS` of them (200 in `make sim`) from `SEED` on; `SEED` alone is one.

The suite tells seeds 1 to 3: seed 0, with its many audits, takes as long as ten others.
"""

import os
from collections.abc import Mapping

_FEW = range(1, 4)


def seeds_told(environment: Mapping[str, str]) -> range:
    """Return the seeds that an environment asks for."""
    if not environment.keys() & {"SEED", "SIM_SEEDS"}:
        return _FEW
    first = int(environment.get("SEED", "0"))
    return range(first, first + int(environment.get("SIM_SEEDS", "1")))


SEEDS = seeds_told(os.environ)
