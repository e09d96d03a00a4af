"""Errors for names that are none, with those that are near."""

from collections.abc import Sequence
from difflib import get_close_matches

from indexer.words.errors import InputError

_NEAR = 0.5
"""Of the letters in common, as difflib counts them."""


def no_such(what: str, got: str, names: Sequence[str], *, remedy: str = "") -> InputError:
    """Return the error for a name that is none: it names the nearest ones, or all where none is near."""
    near = get_close_matches(got.strip().lower(), names, n=3, cutoff=_NEAR)
    expected = " or ".join(near) if near else f"one of {', '.join(names)}"
    return InputError(f"{what}; did you mean {near[0]}?" if near else what, expected=expected, got=got, remedy=remedy)
