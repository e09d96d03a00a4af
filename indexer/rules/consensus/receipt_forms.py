"""The encodings that the receipts of one block can have: which of them is right the block's receipts root says.

Worked: a block of Celo with receipts of types 0x2 and 0x7b, the latter with a baseFee. The usual form (type byte and
four items) gives another root than the header's, the form with baseFee behind them gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from indexer.rules.consensus.header_forms import number_of
from indexer.rules.consensus.receipt import DEPOSIT, KNOWN_TYPES, LEGACY, Receipt, encode_as, encode_receipt, kind_of
from indexer.rules.consensus.trie import list_root

_MOST_FORMS = 512  # a block has few kinds of receipt; what has more forms than this is not searched to the end
_EXTRA_MEMBERS = (("depositNonce", "depositReceiptVersion"), ("depositNonce",), ("baseFee",), ("effectiveGasPrice",))
"""Members behind the four usual ones that some kind of receipt on some chain has, in order."""


@dataclass(frozen=True, slots=True)
class ReceiptsForm:
    """How the receipts of a block are encoded: what stands behind the four items by type, which types have no type
    byte, and whether the state root stands in the place of the status."""

    extras: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    untyped: frozenset[int] = frozenset()
    by_state_root: bool = False

    def encode(self, receipt: Receipt) -> bytes:
        """Return the bytes that the receipts trie holds; ValueError or KeyError for a malformed receipt."""
        kind = kind_of(receipt)
        extras, by_state_root = self.extras.get(kind, ()), self.by_state_root and _has_root(receipt)
        return encode_as(receipt, None if kind in self.untyped else kind, extras, by_state_root=by_state_root)


def find_rooted(receipts: Sequence[Receipt], root: bytes) -> int | None:
    """Return how many of the receipts, from the first on, have the receipts root `root` in some form; None if none do.

    Left out can be receipts at the end whose cumulative gas does not grow: no transaction spent it. ValueError or
    KeyError for a malformed receipt.
    """
    for count in _counts(receipts):
        if any(list_root(encoded) == root for encoded in _encodings(receipts[:count])):
            return count
    return None


def unusual_types(receipts: Sequence[Receipt]) -> list[int]:
    """Return the types among the receipts that no rule is written for, ascending."""
    return sorted({kind_of(receipt) for receipt in receipts} - set(KNOWN_TYPES))


def _counts(receipts: Sequence[Receipt]) -> Iterator[int]:
    """Yield how many receipts the root can hold: all, then one less for each at the end that spent no gas."""
    count = len(receipts)
    yield count
    while count:
        before = number_of(receipts[count - 2]["cumulativeGasUsed"]) if count > 1 else 0
        if number_of(receipts[count - 1]["cumulativeGasUsed"]) > before:
            return
        count -= 1
        yield count


def _encodings(receipts: Sequence[Receipt]) -> Iterator[list[bytes]]:
    """Yield the items of the receipts trie in every form: each receipt as is usual for it, then all of a type alike."""
    yield [encode_receipt(each) for each in receipts]
    for form in islice(_forms(receipts), _MOST_FORMS):
        yield [form.encode(each) for each in receipts]


def _forms(receipts: Sequence[Receipt]) -> Iterator[ReceiptsForm]:
    """Yield every form that these receipts can have where those of a type are alike, the most usual first."""
    by_type: dict[int, set[str]] = {}
    for receipt in receipts:
        members = {name for names in _EXTRA_MEMBERS for name in names if receipt.get(name) is not None}
        by_type[kind_of(receipt)] = by_type.get(kind_of(receipt), members) & members
    kinds = sorted(by_type)
    roots = (False, True) if any(_has_root(each) and each.get("status") is not None for each in receipts) else (False,)
    choices = [_choices(kind, by_type[kind]) for kind in kinds]
    for by_state_root in roots:
        for chosen in product(*choices):
            yield ReceiptsForm(
                extras={kind: extras for kind, (_, extras) in zip(kinds, chosen, strict=True)},
                untyped=frozenset(kind for kind, (typed, _) in zip(kinds, chosen, strict=True) if not typed),
                by_state_root=by_state_root,
            )


def _choices(kind: int, members: set[str]) -> list[tuple[bool, tuple[str, ...]]]:
    """Return for one type whether it has a type byte, and the members behind the four: what is usual first."""
    if kind == LEGACY:
        return [(False, ())]
    given = [names for names in _EXTRA_MEMBERS if members.issuperset(names)]
    if kind in KNOWN_TYPES and kind != DEPOSIT:
        return [(True, ())]
    extras = [*given, ()] if kind == DEPOSIT else [(), *given]
    typed = [(True, names) for names in extras] if kind < 0x80 else []
    return [*typed, (False, ())]


def _has_root(receipt: Receipt) -> bool:
    return receipt.get("root") not in (None, "0x", "")
