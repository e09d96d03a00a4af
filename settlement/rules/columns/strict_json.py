"""JSON that people typed, read strictly: what two readers would understand differently is refused."""

import json
from typing import Any

_DEEPEST = 200
"""Levels of brackets; documents of ours have five. Readers that recurse end where the stack does."""


def read_json(text: bytes) -> Any:
    """Return what JSON in UTF-8 says, with or without a byte order mark.

    ValueError says what is wrong: no JSON, a name that stands twice in one object, numbers that JSON has not, brackets
    nested hundreds deep.
    """
    if text.count(b"[") + text.count(b"{") > _DEEPEST and _nesting(text) > _DEEPEST:
        raise ValueError(f"brackets are nested more than {_DEEPEST} deep")
    return json.loads(text.decode("utf-8-sig"), object_pairs_hook=_single_names, parse_constant=_refuse_constant)


def _nesting(text: bytes) -> int:
    """Return the most brackets that are open at a time, those inside strings counted as well."""
    import numpy as np

    symbols = np.frombuffer(text, dtype=np.uint8)
    steps = ((symbols == ord("[")) | (symbols == ord("{"))).astype(np.int8)
    steps -= (symbols == ord("]")) | (symbols == ord("}"))
    return int(np.cumsum(steps, dtype=np.int32).max(initial=0))


def _single_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} stands twice in one object")
    return members


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")
