"""Names of members in JSON text, recognised by words of eight bytes that are computed when the module is imported."""

from typing import NamedTuple

import numpy as np

from indexer.rules.kernels.compiled import njit
from indexer.rules.kernels.hex_kernel import load64

_WORD = 8
_LONGEST = 3 * _WORD


class FieldName(NamedTuple):
    """A name and its closing quote as three words that cover it whole, so that no other name passes.

    The first begins where the name does, the last ends where the quote does, the middle one lies between; of a name
    shorter than a word all three are the same, and `mask` keeps what belongs to it. length: bytes, the quote included.
    """

    length: int
    mask: np.uint64
    begin: np.uint64
    middle: np.uint64
    end: np.uint64
    middle_at: int
    end_at: int


def field(name: str) -> FieldName:
    """Return the words of a member's name; ValueError where it is longer than 23 bytes."""
    text = f'{name}"'.encode()
    if not 1 < len(text) <= _LONGEST:
        raise ValueError(f"a name of 1 to {_LONGEST - 1} bytes expected, got {name!r}")
    end_at = max(0, len(text) - _WORD)
    middle_at = min(_WORD, end_at)
    begin, middle, end = (
        np.uint64(int.from_bytes(text[start : start + _WORD], "little")) for start in (0, middle_at, end_at)
    )
    mask = np.uint64((1 << (8 * min(_WORD, len(text)))) - 1)
    return FieldName(len(text), mask, begin, middle, end, middle_at, end_at)


@njit(cache=True, nogil=True)
def is_named(at: int, name: FieldName) -> bool:
    """Whether that name, its closing quote included, stands at `at`, the address behind the opening quote."""
    if load64(at) & name.mask != name.begin or load64(at + name.middle_at) & name.mask != name.middle:
        return False
    return bool(load64(at + name.end_at) & name.mask == name.end)
