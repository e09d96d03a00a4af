"""The JSON document of `pozk allocate`: one epoch's inputs in, its amounts out (SPEC section 9)."""

from dataclasses import dataclass

import numpy as np

from indexer.words.errors import InputError, PozkError
from indexer.words.quantities import to_hex
from settlement.rules.allocation.amounts import Allocation, BonusRows
from settlement.rules.allocation.participation import is_sound
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
    aggregates_from_rows,
    join_aggregates,
)
from settlement.rules.rulesets.document_form import DocumentForm, Field
from settlement.rules.rulesets.registry import ruleset_named
from settlement.rules.rulesets.ruleset import Terms

Inputs = tuple[Terms, Aggregates, Bonuses]
"""A ruleset with its parameters, aggregates and bonuses of one input."""


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
    ruleset = ruleset_named(name.value)
    form = ruleset.form
    tables = ("ruleset", "apps", "miners", "users")
    document.only((*tables, *form.parameter_keys), ("bonuses", *form.optional_keys))
    aggregates = _aggregates(document, form)
    bonuses = _bonuses(document.get("bonuses").items() if document.has("bonuses") else [])
    return ruleset.read_terms(document), aggregates, bonuses


def _evaluate(document: Field) -> dict[str, object]:
    terms, aggregates, bonuses = _parse(document)
    try:
        allocation = terms.allocate(aggregates, bonuses)
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


@dataclass(frozen=True, slots=True)
class RowList:
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


def _tables(form: DocumentForm) -> list[RowList]:
    x, stake, miners = form.app_x, form.app_stake, form.app_miner_stake
    more = form.optional_app_keys
    of_miners = [] if miners is None else [RowList(KIND_APP_MINERS, "apps", None, miners, (x, stake, *more))]
    return [
        RowList(KIND_APP, "apps", x, stake, more if miners is None else (miners, *more)),
        *of_miners,
        RowList(KIND_MINER, "miners", form.miner_x, "stake"),
        RowList(KIND_USER, "users", "tasks", "stake"),
    ]


def _aggregates(document: Field, form: DocumentForm) -> Aggregates:
    parts = [_table_in_bulk(document.get(table.name), table) for table in _tables(form)]
    plain = [part for part in parts if part is not None]
    if len(plain) == len(parts):
        joined = join_aggregates(plain)
        if is_sound(joined):
            return joined
    return _aggregates_one_by_one(document, form)


def _table_in_bulk(rows: Field, table: RowList) -> Aggregates | None:
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


def _aggregates_one_by_one(document: Field, form: DocumentForm) -> Aggregates:
    """Return the same row by row; the first one at fault is named."""
    seen: dict[tuple[int, bytes, bytes], str] = {}
    rows: list[tuple[int, bytes, bytes, int, int]] = []
    for table in _tables(form):
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
    return aggregates_from_rows(rows)


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
