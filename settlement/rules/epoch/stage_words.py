"""Rows of a stage in words, for whoever must find out why two differ."""

from indexer.words.quantities import to_hex

LAYOUTS: dict[str, tuple[tuple[str, int], ...]] = {
    "aggregates": (("kind", 1), ("app", 20), ("account", 20), ("x", 32), ("stake", 32)),
    "deposits": (("app", 20), ("token", 20), ("account", 20), ("deposited", 32), ("returned", 32)),
    "amounts": (("token", 20), ("account", 20), ("app", 20), ("role", 1), ("amount", 32)),
    "leaves": (("account", 20), ("token", 20), ("cumulative", 32)),
}
"""The columns of each stage and their widths in bytes, as the digests read them (SPEC section 7)."""

ADDRESS_BYTES = 20


def describe_row(stage: str, row: bytes) -> str:
    """Return the row of a stage as `column value, ..`: addresses in hex, numbers in decimal."""
    parts, at = [], 0
    for column, width in LAYOUTS[stage]:
        value = row[at : at + width]
        parts.append(f"{column} {to_hex(value) if width == ADDRESS_BYTES else int.from_bytes(value, 'big')}")
        at += width
    return ", ".join(parts)
