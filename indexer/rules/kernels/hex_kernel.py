"""Compiled access to bytes by address: unaligned loads, and hex digits to bytes many at a time.

Addresses are int64. Nothing is checked here: the caller knows that `MARGIN` bytes from an address on are its own.
"""

# ruff: noqa: ARG001 - numba asks with types, by position; what is generated takes the values

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_BYTE = ir.IntType(8)
_Builder = Any


def _loading(bits: int) -> Callable[..., Any]:
    def load(_typing: Any, address: Any) -> Any:
        def generate(_context: Any, builder: _Builder, _signature: Any, args: Any) -> Any:
            place = builder.inttoptr(args[0], ir.IntType(bits).as_pointer())
            return builder.load(place, align=1)

        return types.Integer.from_bitwidth(bits, signed=False)(types.int64), generate

    return load


load8: Callable[[int], int] = intrinsic(_loading(8))
"""load8(address): the byte there."""
load32: Callable[[int], int] = intrinsic(_loading(32))
"""load32(address): the little-endian word there."""
load64: Callable[[int], np.uint64] = intrinsic(_loading(64))
"""load64(address): the little-endian word there."""


def _storing(bits: int) -> Callable[..., Any]:
    def store(_typing: Any, address: Any, value: Any) -> Any:
        def generate(context: Any, builder: _Builder, _signature: Any, args: Any) -> Any:
            place = builder.inttoptr(args[0], ir.IntType(bits).as_pointer())
            builder.store(args[1], place, align=1)
            return context.get_dummy_value()

        return types.void(types.int64, types.Integer.from_bitwidth(bits, signed=False)), generate

    return store


store8: Callable[[int, int | np.uint8], None] = intrinsic(_storing(8))
"""store8(address, value): write the byte."""
store32: Callable[[int, int | np.uint32], None] = intrinsic(_storing(32))
"""store32(address, value): write the little-endian word."""
store64: Callable[[int, int | np.uint64], None] = intrinsic(_storing(64))
"""store64(address, value): write the little-endian word."""


def _copying() -> Callable[..., Any]:
    def copy(_typing: Any, target: Any, source: Any, size: Any) -> Any:
        def generate(context: Any, builder: _Builder, _signature: Any, args: Any) -> Any:
            to, of = (builder.inttoptr(each, _BYTE.as_pointer()) for each in args[:2])
            cgutils.raw_memcpy(builder, to, of, args[2], 1)  # type: ignore[no-untyped-call]
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64), generate

    return copy


copy_bytes: Callable[[int, int, int], None] = intrinsic(_copying())
"""copy_bytes(target, source, size): copy bytes that do not overlap."""


def _decoding(digits: int) -> Callable[..., Any]:
    def decode(_typing: Any, source: Any, target: Any) -> Any:
        def generate(_context: Any, builder: _Builder, _signature: Any, args: Any) -> Any:
            return _decode_digits(builder, args[0], args[1], digits)

        return types.boolean(types.int64, types.int64), generate

    return decode


def _decode_digits(builder: _Builder, source: Any, target: Any, digits: int) -> Any:
    """Emit: read `digits` hex digits, write half as many bytes, return whether all were digits.

    A digit c is `c - '0'` where that is below 10, else `(c | 0x20) - 'a' + 10` where `(c | 0x20) - 'a'` is below 6,
    all modulo 256: every other byte fails both.
    """
    wide, half = ir.VectorType(_BYTE, digits), ir.VectorType(_BYTE, digits // 2)
    text = builder.load(builder.inttoptr(source, wide.as_pointer()), align=1)
    number = builder.sub(text, _splat(wide, 0x30))
    letter = builder.sub(builder.or_(text, _splat(wide, 0x20)), _splat(wide, 0x61))
    is_number = builder.icmp_unsigned("<", number, _splat(wide, 10))
    is_letter = builder.icmp_unsigned("<", letter, _splat(wide, 6))
    value = builder.select(is_number, number, builder.add(letter, _splat(wide, 10)))
    high = builder.shl(_every_second(builder, value, wide, 0), _splat(half, 4))
    out = builder.or_(high, _every_second(builder, value, wide, 1))
    builder.store(out, builder.inttoptr(target, half.as_pointer()), align=1)
    flags = builder.bitcast(builder.or_(is_number, is_letter), ir.IntType(digits))
    return builder.icmp_unsigned("==", flags, ir.Constant(ir.IntType(digits), (1 << digits) - 1))


def _splat(kind: Any, value: int) -> Any:
    return ir.Constant(kind, [value] * kind.count)


def _every_second(builder: _Builder, value: Any, kind: Any, first: int) -> Any:
    places = ir.Constant(ir.VectorType(ir.IntType(32), kind.count // 2), list(range(first, kind.count, 2)))
    return builder.shuffle_vector(value, ir.Constant(kind, ir.Undefined), places)


decode64: Callable[[int, int], bool] = intrinsic(_decoding(64))
"""decode64(source, target): 64 hex digits to 32 bytes; whether all were digits."""
decode32: Callable[[int, int], bool] = intrinsic(_decoding(32))
"""decode32(source, target): 32 hex digits to 16 bytes; whether all were digits."""


def _finding() -> Callable[..., Any]:
    def find(_typing: Any, address: Any) -> Any:
        def generate(_context: Any, builder: _Builder, _signature: Any, args: Any) -> Any:
            wide = ir.VectorType(_BYTE, 64)
            text = builder.load(builder.inttoptr(args[0], wide.as_pointer()), align=1)
            ends = builder.or_(
                builder.icmp_unsigned("==", text, _splat(wide, 0x22)),
                builder.or_(
                    builder.icmp_unsigned("==", text, _splat(wide, 0x5C)),
                    builder.icmp_signed("<", text, _splat(wide, 0x20)),  # below zero: beyond ASCII
                ),
            )
            flags = builder.bitcast(ends, ir.IntType(64))
            return builder.cttz(flags, ir.Constant(ir.IntType(1), 0))  # 64 where there is none

        return types.int64(types.int64), generate

    return find


find_string_end: Callable[[int], int] = intrinsic(_finding())
"""find_string_end(address): how many of the next 64 bytes stand before the first quote, backslash or byte that is no
printable ASCII: whether those are UTF-8 is for the typed decoders to say."""
