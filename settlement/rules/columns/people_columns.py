"""How the columns of stored tables are shown to people: bytes as hex text, amounts in tokens, seconds as dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.rules.protocols.protocol import Protocol
from indexer.rules.protocols.signatures import Argument

AMOUNT_TYPE, BYTES_TYPE, TEXT_TYPE, TIME_TYPE = "DECIMAL(38,0)", "BLOB", "VARCHAR", "TIMESTAMP"
_NO_AMOUNTS = {"usage_unit", "x"}
"""Numbers as wide as amounts that are none: milli-gates."""
_TIMES = {"timestamp", "deadline", "active_at", "lapses_at", "until"}
_ROWS = {
    "blocks": "a block from start_block on",
    "quarantine": "a log of ours that is in no event table, because it cannot count as it is",
    "undecoded": "a log of a further kind that cannot be decoded; it blocks nothing",
    "coverage": "a range of blocks that was proven complete, and by what",
    "finality": "a block that was seen to be final; the greatest counts",
    "final_claims": "a block that a node called final before enough others did",
    "evidence": "an answer of a node that was shown to be wrong",
    "identity": "a setting that a lake may not change, and what its start rests on",
    "kinds": "a kind of event for which ranges were proven",
    "ledger": "a range of blocks and what its rows sum up to",
    "settled_reports": "a settled epoch: its pool, its rules, its root",
    "settled_aggregates": "an app, miner or user of a settled epoch: work and stake",
    "settled_deposits": "a bonus pool of a settled epoch",
    "settled_amounts": "what an account is paid in a settled epoch, by token, app and role",
    "settled_leaves": "what an account is owed of a token since the first epoch, after a settled one",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column as it is stored: its name and its type in DuckDB's words."""

    name: str
    sql_type: str


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of a table or view for people: what it holds, and the expression that makes it of the stored one."""

    name: str
    sql_type: str
    meaning: str
    expression: str


def rows_of(protocol: Protocol, table: str) -> str:
    """Return what one row of a table is."""
    stored = protocol.tables.get(table)
    if stored is None:
        return _ROWS.get(table, "a row of the lake's own")
    kind = stored.kinds[-1]
    arguments = ", ".join(f"{argument.abi_type} {argument.name}" for argument in kind.arguments)
    return f"an event {kind.name}({arguments}) of the {' or '.join(kind.emitters)}"


def raw_columns(protocol: Protocol, table: str, columns: Sequence[Column]) -> list[ShownColumn]:
    """Return the columns of a stored table with what they hold."""
    return [
        ShownColumn(each.name, each.sql_type, _raw_meaning(protocol, table, each), _quoted(each.name))
        for each in columns
    ]


def people_columns(protocol: Protocol, table: str, columns: Sequence[Column]) -> list[ShownColumn]:
    """Return the columns of the view of a table: one for each stored, and a second for amounts and times.

    Worked: `token BLOB, amount DECIMAL(38,0)` becomes `token` (hex text), `amount` and `amount_tokens` (text).
    """
    token = "decimals_of(token)" if any(each.name == "token" for each in columns) else "network_decimals()"
    shown: list[ShownColumn] = []
    for each in columns:
        quoted = _quoted(each.name)
        if each.sql_type != BYTES_TYPE:
            shown.append(ShownColumn(each.name, each.sql_type, _raw_meaning(protocol, table, each), quoted))
        elif is_text(protocol, table, each.name):
            shown.append(ShownColumn(each.name, TEXT_TYPE, "text", f"{quoted}::VARCHAR"))
        else:
            shown.append(ShownColumn(each.name, TEXT_TYPE, "hex text, lower case", f"hex_text({quoted})"))
        if _is_amount(each):
            made = f"in_tokens({quoted}, {token})"
            meaning = "tokens as text; NULL while the token's decimals are not known (see --units)"
            shown.append(ShownColumn(f"{each.name}_tokens", TEXT_TYPE, meaning, made))
        elif each.name in _TIMES:
            shown.append(ShownColumn(f"{each.name}_time", TIME_TYPE, "UTC", f"as_time({quoted})"))
    return shown


def select_list(shown: Sequence[ShownColumn]) -> str:
    """Return the expressions of a view's columns as SQL lists them."""
    return ", ".join(f"{each.expression} AS {_quoted(each.name)}" for each in shown)


def types_of(protocol: Protocol, table: str, columns: Sequence[Column]) -> Mapping[str, str]:
    """Return the types by which a comparison is judged: bytes that are text on chain may be compared with text."""
    return {each.name: TEXT_TYPE if is_text(protocol, table, each.name) else each.sql_type for each in columns}


def is_text(protocol: Protocol, table: str, column: str) -> bool:
    """Whether a column of bytes holds a string of the chain."""
    argument = _argument(protocol, table, column)
    return argument is not None and argument.abi_type == "string"


def _raw_meaning(protocol: Protocol, table: str, column: Column) -> str:
    if column.sql_type == BYTES_TYPE:
        return (
            "the bytes of a text" if is_text(protocol, table, column.name) else "raw bytes: compare with addr('0x..')"
        )
    if _is_amount(column):
        return "base units of the token"
    if column.name in _TIMES:
        return "seconds since 1970 UTC"
    argument = _argument(protocol, table, column.name)
    return "" if argument is None else argument.abi_type


def _is_amount(column: Column) -> bool:
    return column.sql_type == AMOUNT_TYPE and column.name not in _NO_AMOUNTS


def _argument(protocol: Protocol, table: str, column: str) -> Argument | None:
    stored = protocol.tables.get(table)
    return next((each for each in stored.columns if each.column == column), None) if stored is not None else None


def _quoted(name: str) -> str:
    return f'"{name}"'
