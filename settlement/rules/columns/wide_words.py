"""128-bit unsigned arithmetic for compiled kernels: a value is a pair (high, low) of uint64.

Sums wrap at 128 bits, products are exact. Importing this module loads numba.
"""

from collections.abc import Callable
from typing import Any, cast

from numba import types
from numba.extending import intrinsic

from indexer.rules.columns.arrays import Word
from indexer.rules.kernels.compiled import njit


@intrinsic
def _multiply_high(typing_context: Any, left: Any, right: Any) -> Any:  # noqa: ARG001
    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        narrow = arguments[0].type
        wide = type(narrow)(128)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        return builder.trunc(builder.lshr(product, wide(64)), narrow)

    return types.uint64(types.uint64, types.uint64), build


multiply_high = cast(Callable[[Word, Word], Word], _multiply_high)
"""The upper 64 bits of the product of two uint64."""


@njit(nogil=True)
def add_wide(ah: Word, al: Word, bh: Word, bl: Word) -> tuple[Word, Word]:
    """Return a + b modulo 2^128."""
    low = al + bl
    return ah + bh + Word(low < al), low


@njit(nogil=True)
def subtract_wide(ah: Word, al: Word, bh: Word, bl: Word) -> tuple[Word, Word]:
    """Return a - b modulo 2^128."""
    return ah - bh - Word(al < bl), al - bl


@njit(nogil=True)
def shift_right(high: Word, low: Word, by: int) -> tuple[Word, Word]:
    """Return the value shifted right by 1 to 127 bits."""
    if by >= 64:
        return Word(0), high >> Word(by - 64)
    return high >> Word(by), (low >> Word(by)) | (high << Word(64 - by))


@njit(nogil=True)
def shift_left(high: Word, low: Word, by: int) -> tuple[Word, Word]:
    """Return the value shifted left by 1 to 63 bits, modulo 2^128."""
    return (high << Word(by)) | (low >> Word(64 - by)), low << Word(by)


@njit(nogil=True)
def multiply_upper(ah: Word, al: Word, bh: Word, bl: Word) -> tuple[Word, Word]:
    """Return floor(a * b / 2^128)."""
    cross = al * bh
    middle = multiply_high(al, bl) + cross
    carry = multiply_high(al, bh) + Word(middle < cross)
    second = ah * bl
    total = middle + second
    carry_two = multiply_high(ah, bl) + Word(total < second)
    low = carry + carry_two
    overflow = Word(low < carry)
    product = ah * bh
    low += product
    return multiply_high(ah, bh) + overflow + Word(low < product), low


@njit(nogil=True)
def swap_bytes(lane: Word) -> Word:
    """Return 8 bytes in the other order: of two words of big-endian bytes, the swapped ones compare as the bytes do."""
    swapped = Word(0)
    for byte in range(8):
        swapped |= ((lane >> Word(8 * byte)) & Word(255)) << Word(56 - 8 * byte)
    return swapped
