"""Which compiled kernels this process has called, and which of them it had to compile: numba's own counts."""

import sys


def kernels_called() -> dict[str, int]:
    """Return how often each kernel, by its module and name, was compiled here: 0 where it came out of the cache.

    A kernel that only others call is compiled into them, and is not named.
    """
    if "numba" not in sys.modules:
        return {}
    from numba.core.registry import CPUDispatcher

    return {
        f"{each.__module__}.{each.__qualname__}": sum(each.stats.cache_misses.values())
        for module in [module for name, module in sys.modules.items() if name.startswith(("indexer.", "settlement."))]
        for each in vars(module).values()
        if isinstance(each, CPUDispatcher) and each.__module__ == module.__name__ and each.signatures
    }
