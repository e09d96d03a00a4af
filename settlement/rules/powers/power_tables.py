"""Tables of the power kernel: logarithms and powers of two, rounded correctly by MPFR.

Fixed-point values are integers with a stated number of bits after the point, split into (high, low) uint64.
"""

from dataclasses import dataclass
from functools import cache

import gmpy2
import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import U64

LOG_BITS = 121
"""Bits after the point of a logarithm."""
MANTISSA_BITS = 127
"""Bits after the point of coefficients, powers and mantissas in 1 <= m < 2."""
EXPONENT_BITS = 116
"""Bits after the point of log2 of an amount."""

_PRECISION = 256


@dataclass(frozen=True, slots=True)
class PowerTables:
    """What the kernel reads; Pairs are (n, 2) as (high, low).

    inverse: c1[i] * 2^16, the least with c1 * (1 + i/2^8) >= 1; inverse_log: -log2(c1), 121 bits.
    nudge: (1 - c2[j]) * 2^24, c2 the least with c2 * (1 + j/2^15) >= 1; nudge_log: -log2(c2), 121 bits.
    log_series: log2(e) / (k + 1), 127 bits, k = 0..7. powers: 2^(i/2^8) and 2^(j/2^16), 127 bits, stacked.
    exp_series: 1 / (k + 1)!, 127 bits, k = 0..5. log_two: ln 2, 128 bits, one row.
    """

    inverse: NDArray[np.uint64]
    inverse_log: U64
    nudge: NDArray[np.uint64]
    nudge_log: U64
    log_series: U64
    powers: U64
    exp_series: U64
    log_two: U64


def split_wide(values: list[int]) -> U64:
    """Return integers 0 <= v < 2^128, or negative ones in two's complement, as (n, 2) pairs (high, low)."""
    flat = b"".join((value % 2**128).to_bytes(16, "big") for value in values)
    return np.frombuffer(flat, dtype=">u8").reshape(-1, 2).astype(np.uint64)


@cache
def power_tables() -> PowerTables:
    """Return the tables, computed once per process in a few milliseconds."""
    with gmpy2.context(gmpy2.get_context(), precision=_PRECISION, round=gmpy2.RoundToNearest):
        inverse = [-(-(2**24) // (256 + i)) for i in range(256)]
        nudge = [2**24 - -(-(2**39) // (2**15 + j)) for j in range(256)]
        log_e = 1 / gmpy2.const_log2()
        factorial = [gmpy2.mpz(gmpy2.fac(k + 1)) for k in range(6)]
        first = [gmpy2.exp2(gmpy2.mpfr(i) / 2**8) for i in range(256)]
        second = [gmpy2.exp2(gmpy2.mpfr(j) / 2**16) for j in range(256)]
        return PowerTables(
            inverse=np.array(inverse, dtype=np.uint64),
            inverse_log=_fixed([16 - gmpy2.log2(gmpy2.mpz(c)) for c in inverse], LOG_BITS),
            nudge=np.array(nudge, dtype=np.uint64),
            nudge_log=_fixed([24 - gmpy2.log2(gmpy2.mpz(2**24 - n)) for n in nudge], LOG_BITS),
            log_series=_fixed([log_e / (k + 1) for k in range(8)], MANTISSA_BITS),
            powers=_fixed(first + second, MANTISSA_BITS),
            exp_series=_fixed([1 / gmpy2.mpfr(f) for f in factorial], MANTISSA_BITS),
            log_two=_fixed([gmpy2.const_log2()], 128),
        )


def _fixed(values: "list[gmpy2.mpfr]", bits: int) -> U64:
    return split_wide([int(gmpy2.rint(gmpy2.mul_2exp(value, bits))) for value in values])
