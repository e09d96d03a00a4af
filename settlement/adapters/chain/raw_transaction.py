"""A signed transaction read back: what it calls and what it offers."""

from collections.abc import Mapping
from typing import Any, cast

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Address
from settlement.words.intents import Call, Fees

_TIPPED, _FIRST_LEGACY = 2, 0xC0


def read_raw(raw: bytes) -> tuple[Call, Fees]:
    """Return the call and the fees of a transaction of ours: of type 2, or of the oldest form, which has one price."""
    try:
        if raw[0] == _TIPPED:
            _, _, tip, most, gas, to, _, data, *_ = _fields(raw[1:])
            return Call(Address(to), data, _number(gas)), Fees(_number(most), _number(tip))
        if raw[0] >= _FIRST_LEGACY:
            _, price, gas, to, _, data, *_ = _fields(raw)
            return Call(Address(to), data, _number(gas)), Fees(_number(price), None)
    except (IndexError, ValueError):
        pass
    raise UnsoundError(
        "a stored transaction is none", expected="one of type 2 or of the oldest form", got=raw[:8].hex()
    )


def _fields(encoded: bytes) -> list[bytes]:
    """Return the members of an RLP list; ValueError for bytes that are none."""
    import rlp  # half of what a small command costs: most read no transaction

    try:
        return cast("list[bytes]", rlp.decode(encoded))
    except rlp.DecodingError as error:
        raise ValueError(str(error)) from error


def _number(word: bytes) -> int:
    return int.from_bytes(word, "big")


def fields_to_sign(transaction: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what a transaction, given as eth-account takes it, says, in the order of `signed_fields`."""
    names = ("chainId", "nonce", "value")
    fees = Fees(transaction.get("maxFeePerGas", transaction.get("gasPrice")), transaction.get("maxPriorityFeePerGas"))
    call = Call(transaction["to"], transaction["data"], transaction["gas"])
    return (*(transaction[name] for name in names), call, fees)


def signed_fields(raw: bytes) -> tuple[object, ...]:
    """Return chain, nonce, value, call and fees of a signed transaction; UnsoundError for bytes that are none."""
    call, fees = read_raw(raw)
    if fees.tip_wei is not None:
        chain, nonce, _, _, _, _, value, _, access, *_ = _fields(raw[1:])
        if access:
            raise UnsoundError("a transaction with an access list", expected="none")
        return _number(chain), _number(nonce), _number(value), call, fees
    nonce, _, _, _, value, _, v, *_ = _fields(raw)
    return (_number(v) - 35) // 2, _number(nonce), _number(value), call, fees
