"""The JSON document of `pozk allocate`: one epoch's inputs in, its amounts out (SPEC section 9)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from indexer.rules.consensus.address_checksum import read_address
from indexer.words.errors import InputError, PozkError
from indexer.words.quantities import AMOUNT_LIMIT, to_hex
from settlement.rules.columns.bulk_json import addresses_in_bulk, amounts_in_bulk, column_of
from settlement.rules.columns.conversions import (
    addresses_from_bytes,
    addresses_to_bytes,
    amounts_from_ints,
    amounts_to_ints,
    no_addresses,
    no_amounts,
)
from settlement.rules.columns.ordering import address_order
from settlement.rules.facts.aggregates import (
    KIND_APP,
    KIND_APP_MINERS,
    KIND_MINER,
    KIND_USER,
    ROLE_NAMES,
    Aggregates,
    Bonuses,
    join_aggregates,
)
from settlement.rules.rulesets.allocation import Allocation, BonusRows, PaperParameters, PozkParameters, ruleset_named
from settlement.rules.rulesets.participation import is_sound

Inputs = tuple[str, PaperParameters | PozkParameters, Aggregates, Bonuses]
"""Ruleset, parameters, aggregates and bonuses of one input."""


@dataclass(frozen=True, slots=True)
class Field:
    """A value of the document and its path, for messages."""

    value: object
    path: str

    def error(self, what: str, expected: str) -> InputError:
        """Return the error that names this place."""
        return InputError(what, expected=expected, got=repr(self.value)[:80], where=self.path)

    def get(self, key: str) -> "Field":
        """Return a required field of an object."""
        if not isinstance(self.value, dict):
            raise self.error("wrong type", "an object")
        if key not in self.value:
            raise InputError("a field is missing", expected=f"the field {key!r}", where=self.path)
        return Field(self.value[key], f"{self.path}.{key}")

    def has(self, key: str) -> bool:
        """Return whether an optional field is there."""
        return isinstance(self.value, dict) and key in self.value

    def items(self) -> "list[Field]":
        """Return the items of a list."""
        if not isinstance(self.value, list):
            raise self.error("wrong type", "a list")
        return [Field(item, f"{self.path}[{place}]") for place, item in enumerate(self.value)]

    def integer(self, limit: int = AMOUNT_LIMIT) -> int:
        """Return an integer 0..limit, given as a decimal string or a JSON integer."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int):
            raise self.error("wrong type", "an integer as a string")
        text = str(self.value)
        if not (text.isascii() and text.isdigit()) or len(text) > 78 or int(text) > limit:
            raise self.error("not an integer in range", f"0..{limit}")
        return int(text)

    def address(self) -> bytes:
        """Return the 20 bytes of an address."""
        if not isinstance(self.value, str):
            raise self.error("wrong type", "an address as a string")
        try:
            return read_address(self.value)
        except ValueError as error:
            raise self.error("not an address", str(error)) from None

    def only(self, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        """Refuse unknown fields: a misspelt optional one would be ignored silently."""
        if not isinstance(self.value, dict):
            raise self.error("wrong type", "an object")
        unknown = sorted(set(self.value) - set(required) - set(optional))
        if unknown:
            expected = ", ".join([*required, *optional])
            raise InputError("unknown field", expected=expected, got=repr(unknown[0]), where=self.path)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the documents of some rulesets name their columns; what is optional and no parameter is not read."""

    app_x: str
    app_stake: str
    miner_x: str
    parameters: "Callable[[Field], PaperParameters | PozkParameters]"
    parameter_keys: tuple[str, ...]
    optional_keys: tuple[str, ...] = ()
    optional_app_keys: tuple[str, ...] = ()
    app_miner_stake: str | None = None


def evaluate_document(document: object) -> object:
    """Return the output of one input, or the list of outputs of a list; InputError names the field at fault.

    An input may be wrapped as the vectors have it, {input, output}; that output is not looked at.
    """
    if isinstance(document, list):
        return [_evaluate(_unwrapped(Field(item, f"[{place}]"))) for place, item in enumerate(document)]
    return _evaluate(_unwrapped(Field(document, "$")))


def _unwrapped(document: Field) -> Field:
    if not document.has("input"):
        return document
    document.only(("input",), ("output",))
    return document.get("input")


def parse_document(document: object) -> Inputs:
    """Return one input of a document as columns; InputError names the field at fault."""
    return _parse(Field(document, "$"))


def _parse(document: Field) -> Inputs:
    name = document.get("ruleset")
    if not isinstance(name.value, str):
        raise name.error("wrong type", "the name of a ruleset")
    dialect = DIALECTS[ruleset_named(name.value).dialect]
    tables = ("ruleset", "apps", "miners", "users")
    document.only((*tables, *dialect.parameter_keys), ("bonuses", *dialect.optional_keys))
    aggregates = _aggregates(document, dialect)
    bonuses = _bonuses(document.get("bonuses").items() if document.has("bonuses") else [])
    return name.value, dialect.parameters(document), aggregates, bonuses


def _evaluate(document: Field) -> dict[str, object]:
    name, parameters, aggregates, bonuses = _parse(document)
    try:
        allocation = ruleset_named(name).allocate(parameters, aggregates, bonuses)
    except PozkError as error:
        where = f"{document.path}, {error.where}" if error.where else document.path
        raise InputError(
            error.what,
            expected=error.expected,
            got=error.got,
            where=where,
            remedy=error.remedy or "correct the document",
        ) from error
    return _output(aggregates, allocation, document.has("bonuses"))


def _network_parameters(document: Field) -> PaperParameters:
    return replace(
        _paper_parameters(document),
        total_app_staking=document.get("total_app_staking").integer(),
        total_staking=document.get("total_staking").integer(),
    )


def _paper_parameters(document: Field) -> PaperParameters:
    weights = document.get("weights")
    weights.only(("a", "b", "c", "d"))
    a, b, c, d = (weights.get(key).integer(10_000) for key in "abcd")
    residual = document.get("residual")
    if residual.value not in ("rollover", "normalize"):
        raise residual.error("unknown residual", "rollover or normalize")
    return PaperParameters(
        pool=document.get("pool").integer(),
        a=a,
        b=b,
        c=c,
        d=d,
        usage_unit=document.get("usage_unit").integer(),
        total_app_staking=0,
        total_staking=0,
        residual=str(residual.value),
    )


def _pozk_parameters(document: Field) -> PozkParameters:
    if document.has("residual") and document.get("residual").value != "rollover":
        raise document.get("residual").error("pozk-v1 has no such residual", "rollover, or no such field")
    owners = {
        app.get("app").address(): app.get("owner").address() for app in document.get("apps").items() if app.has("owner")
    }
    return PozkParameters(
        pool=document.get("pool").integer(),
        alpha=_exponent(document.get("alpha")),
        beta=_exponent(document.get("beta")),
        gamma=_exponent(document.get("gamma")),
        miner_max_per=document.get("miner_max_per").integer(100),
        miner_min_per=document.get("miner_min_per").integer(100),
        player_max_num=document.get("player_max_num").integer(),
        owners=owners,
    )


def _exponent(pair: Field) -> tuple[int, int]:
    parts = [part.integer(10**9) for part in pair.items()]
    if len(parts) != 2 or not 0 < parts[0] <= parts[1]:
        raise pair.error("not an exponent", "[num, den] with 0 < num <= den")
    return parts[0], parts[1]


PAPER = Dialect(
    app_x="circuit_work",
    app_stake="user_stake",
    miner_x="work",
    parameters=_network_parameters,
    parameter_keys=("pool", "weights", "usage_unit", "residual", "total_app_staking", "total_staking"),
    optional_app_keys=("miner_stake",),
)
PAPER_APPS = Dialect(
    app_x="circuit_work",
    app_stake="user_stake",
    miner_x="work",
    parameters=_paper_parameters,
    parameter_keys=("pool", "weights", "usage_unit", "residual"),
    optional_keys=("total_app_staking", "total_staking"),
    app_miner_stake="miner_stake",
)
POZK = Dialect(
    app_x="pozk",
    app_stake="stake",
    miner_x="tasks",
    parameters=_pozk_parameters,
    parameter_keys=("pool", "alpha", "beta", "gamma", "miner_max_per", "miner_min_per", "player_max_num"),
    optional_keys=("residual",),
    optional_app_keys=("owner",),
)


DIALECTS = {"paper": PAPER, "paper-apps": PAPER_APPS, "pozk": POZK}
"""By the `dialect` of a ruleset."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a kind: the list they are in, how its columns are called (x None: 0), and what else it may hold."""

    kind: int
    name: str
    x: str | None
    stake: str
    optional: tuple[str, ...] = ()

    @property
    def has_account(self) -> bool:
        """Return whether its rows are those of accounts, not of apps."""
        return self.kind in (KIND_MINER, KIND_USER)

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the fields of a row: app, stake, then x and account where there are such."""
        return ("app", self.stake, *([self.x] if self.x else []), *(["account"] if self.has_account else []))


def _tables(dialect: Dialect) -> list[Table]:
    x, stake, miners = dialect.app_x, dialect.app_stake, dialect.app_miner_stake
    more = dialect.optional_app_keys
    of_miners = [] if miners is None else [Table(KIND_APP_MINERS, "apps", None, miners, (x, stake, *more))]
    return [
        Table(KIND_APP, "apps", x, stake, more if miners is None else (miners, *more)),
        *of_miners,
        Table(KIND_MINER, "miners", dialect.miner_x, "stake"),
        Table(KIND_USER, "users", "tasks", "stake"),
    ]


def _aggregates(document: Field, dialect: Dialect) -> Aggregates:
    parts = [_table_in_bulk(document.get(table.name), table) for table in _tables(dialect)]
    plain = [part for part in parts if part is not None]
    if len(plain) == len(parts):
        joined = join_aggregates(plain)
        if is_sound(joined):
            return joined
    return _aggregates_one_by_one(document, dialect)


def _table_in_bulk(rows: Field, table: Table) -> Aggregates | None:
    """Return a table as columns, None if anything in it is unusual."""
    if not isinstance(rows.value, list):
        raise rows.error("wrong type", "a list")
    values = column_of(rows.value, table.keys, table.optional)
    if values is None:
        return None
    size, columns = len(rows.value), dict(zip(table.keys, values, strict=True))
    app, stake = addresses_in_bulk(columns["app"]), amounts_in_bulk(columns[table.stake])
    x = amounts_in_bulk(columns[table.x]) if table.x else no_amounts(size)
    account = addresses_in_bulk(columns["account"]) if table.has_account else no_addresses(size)
    if app is None or x is None or stake is None or account is None:
        return None
    return Aggregates(np.full(len(app), table.kind, dtype=np.uint8), app, account, x, stake)


def _aggregates_one_by_one(document: Field, dialect: Dialect) -> Aggregates:
    """Return the same row by row; the first one at fault is named."""
    seen: dict[tuple[int, bytes, bytes], str] = {}
    rows: list[tuple[int, bytes, bytes, int, int]] = []
    for table in _tables(dialect):
        for row in document.get(table.name).items():
            row.only(table.keys, table.optional)
            app = row.get("app").address()
            account = row.get("account").address() if table.has_account else bytes(20)
            key = (table.kind, app, account)
            if key in seen:
                expected = "one row per app and account" if table.has_account else "one row per app"
                raise row.error(f"a duplicate of {seen[key]}", expected)
            seen[key] = row.path
            if table.kind != KIND_APP and (KIND_APP, app, bytes(20)) not in seen:
                raise row.get("app").error("an app that is not among the apps", "one of apps[].app")
            x = row.get(table.x).integer() if table.x else 0
            rows.append((*key, x, row.get(table.stake).integer()))
    return Aggregates(
        kind=np.array([row[0] for row in rows], dtype=np.uint8),
        app=addresses_from_bytes([row[1] for row in rows]),
        account=addresses_from_bytes([row[2] for row in rows]),
        x=amounts_from_ints(row[3] for row in rows),
        stake=amounts_from_ints(row[4] for row in rows),
    )


def _bonuses(rows: list[Field]) -> Bonuses:
    for row in rows:
        row.only(("app", "token", "amount", "from"))
    return Bonuses(
        app=addresses_from_bytes([row.get("app").address() for row in rows]),
        token=addresses_from_bytes([row.get("token").address() for row in rows]),
        amount=amounts_from_ints(row.get("amount").integer() for row in rows),
        depositor=addresses_from_bytes([row.get("from").address() for row in rows]),
    )


def _output(aggregates: Aggregates, allocation: Allocation, with_bonuses: bool) -> dict[str, object]:
    listed = allocation.listed
    rows = np.flatnonzero(aggregates.is_participant())[listed]
    account, app, role = aggregates.account[rows], aggregates.app[rows], aggregates.kind[rows] - 1
    order = address_order(account, app, role.reshape(-1, 1))
    rows_out = _rows(account[order], app[order], role[order], allocation.amounts[listed][order])
    output: dict[str, object] = {
        "amounts": rows_out,
        "distributed": str(allocation.distributed),
        "remainder": str(allocation.remainder),
    }
    if with_bonuses:
        output["bonuses"] = _bonus_rows(allocation.bonuses)
    return output


def _rows(account: np.ndarray, app: np.ndarray, role: np.ndarray, amount: np.ndarray) -> list[dict[str, str]]:
    columns = (addresses_to_bytes(account), addresses_to_bytes(app), role.tolist(), amounts_to_ints(amount))
    return [
        {"account": to_hex(who), "app": to_hex(what), "role": ROLE_NAMES[part], "amount": str(wei)}
        for who, what, part, wei in zip(*columns, strict=True)
    ]


def _bonus_rows(bonuses: BonusRows) -> list[dict[str, str]]:
    rows = _rows(bonuses.account, bonuses.app, bonuses.role, bonuses.amount)
    tokens = addresses_to_bytes(bonuses.token)
    return [{"token": to_hex(token), **row} for token, row in zip(tokens, rows, strict=True)]
