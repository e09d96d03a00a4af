"""`pozk merkle`: a `standard-v1` tree from a CSV file."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from indexer.words.errors import InputError
from indexer.words.quantities import to_hex
from settlement.entry.account_option import read_account
from settlement.entry.configuration.input_files import open_text
from settlement.entry.options import JsonOption
from settlement.entry.views.output import Output

HEADER = ["account", "token", "cumulative"]
LeafRow = tuple[bytes, bytes, int]


def merkle(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV: account,token,cumulative; a header is optional.")],
    out: Annotated[Path | None, typer.Option("--out", help="Write the OpenZeppelin dump of the tree here.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Build the tree of the rows in FILE and print its root."""
    import numpy as np

    from settlement.rules.columns.conversions import addresses_from_bytes
    from settlement.rules.entitlements.merkle import build_tree, openzeppelin_dump

    rows = list(read_rows(file))
    columns = (
        addresses_from_bytes([row[0] for row in rows]),
        addresses_from_bytes([row[1] for row in rows]),
        np.frombuffer(b"".join(row[2].to_bytes(32, "big") for row in rows), dtype=np.uint8).reshape(-1, 32),
    )
    tree = build_tree(*columns)
    if out is not None:
        _write_dump(out, openzeppelin_dump(tree, *columns))
    output = Output(as_json=as_json)
    output.document({"root": to_hex(tree.root), "leaves": len(tree)})
    output.line(to_hex(tree.root))


def read_rows(file: Path) -> Iterator[LeafRow]:
    """Yield (account, token, cumulative) of each line; InputError names file, line and fault."""
    try:
        with open_text(file) as lines:
            for number, fields in enumerate(csv.reader(lines), start=1):
                if any(fields) and not (number == 1 and [field.strip().lower() for field in fields] == HEADER):
                    yield _read_row(fields, f"{file} line {number}")
    except FileNotFoundError:
        raise InputError("no such file", got=str(file), where="FILE") from None
    except OSError as error:
        raise InputError("the file cannot be read", got=str(error.strerror), where=str(file)) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError("the file is not CSV", got=str(error), where=str(file)) from error


def _read_row(fields: list[str], where: str) -> LeafRow:
    if len(fields) != len(HEADER):
        raise InputError(
            "wrong number of fields", expected="account,token,cumulative", got=",".join(fields), where=where
        )
    account, token, cumulative = (field.strip() for field in fields)
    addresses = read_account(account, f"{where}, account"), read_account(token, f"{where}, token")
    if not re.fullmatch(r"[0-9]{1,78}", cumulative) or int(cumulative) >= 2**256:
        raise InputError("not an amount", expected="a decimal uint256", got=repr(cumulative), where=where)
    return *addresses, int(cumulative)


def _write_dump(out: Path, dump: dict[str, object]) -> None:
    try:
        out.write_text(json.dumps(dump), encoding="utf-8")
    except OSError as error:
        raise InputError("the dump cannot be written", got=str(error.strerror), where=str(out)) from error
