"""The rows of our schemas as files, taken from one state of the database, and put into an empty one."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql as parts
from psycopg.rows import dict_row

from indexer.adapters.postgres.database_errors import translated_database
from indexer.words.errors import InputError
from sql import load_sql

TABLES = "tables.json"
_WHERE = "the database"


@contextmanager
def one_state(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Read everything inside the block from one state of the database."""
    with translated_database(_WHERE), connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def dump_tables(connection: psycopg.Connection[Any], folder: Path) -> None:
    """Write every table of ours into `folder`, with the statements that make it; call it inside `one_state`."""
    listed = []
    for table in _rows(connection, "tables"):
        columns = _rows(connection, "columns", table["oid"])
        made = _rows(connection, "constraints", table["oid"])
        listed.append({"schema": table["schema"], "name": table["name"], "columns": columns, "made": made})
        place = parts.Identifier(table["schema"], table["name"])
        with (folder / f"{table['schema']}.{table['name']}.copy").open("wb") as file:
            copy = parts.SQL("COPY {} TO STDOUT").format(place)
            with connection.cursor() as cursor, cursor.copy(copy) as rows:
                for part in rows:
                    file.write(part)
    (folder / TABLES).write_text(json.dumps(listed, indent=1), encoding="utf-8")


def list_lake_files(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the path of every file that the lake's catalog names, within the lake's folder."""
    if connection.execute("SELECT to_regclass('lake.ducklake_data_file')").fetchone() == (None,):
        return []
    return [row["path"] for row in _rows(connection, "lake_files")]


def verify_empty(connection: psycopg.Connection[Any]) -> None:
    """Raise InputError unless the database holds no table of ours."""
    there = [row["name"] for row in _rows(connection, "schemas_there")]
    if there:
        raise InputError(
            "the database is not empty",
            expected="a database without our schemas",
            got=", ".join(there),
            where="store.database_url",
            remedy="restore into another database",
        )


def load_tables(connection: psycopg.Connection[Any], folder: Path) -> None:
    """Make every table that `dump_tables` wrote, with its rows, in one transaction."""
    listed = json.loads((folder / TABLES).read_text(encoding="utf-8"))
    with translated_database(_WHERE), connection.transaction():
        for schema in sorted({table["schema"] for table in listed}):
            connection.execute(parts.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(parts.Identifier(schema)))
        for table in listed:
            _load_table(connection, table, folder)
        for made in sorted((made for table in listed for made in table["made"]), key=lambda made: made["is_last"]):
            connection.execute(made["written"].encode())


def _load_table(connection: psycopg.Connection[Any], table: dict[str, Any], folder: Path) -> None:
    place = parts.Identifier(table["schema"], table["name"])
    columns = parts.SQL(", ").join(parts.SQL(column["written"]) for column in table["columns"])
    connection.execute(parts.SQL("CREATE TABLE {} ({})").format(place, columns))
    with (
        (folder / f"{table['schema']}.{table['name']}.copy").open("rb") as file,
        connection.cursor() as cursor,
        cursor.copy(parts.SQL("COPY {} FROM STDIN").format(place)) as rows,
    ):
        while part := file.read(1 << 20):
            rows.write(part)
    for column in table["columns"]:
        if column["counts"]:
            count = "SELECT setval(pg_get_serial_sequence({}, {}), (SELECT coalesce(max({}), 0) + 1 FROM {}), false)"
            name = f'"{table["schema"]}"."{table["name"]}"'
            made = parts.SQL(count).format(name, column["name"], parts.Identifier(column["name"]), place)
            connection.execute(made)


def _rows(connection: psycopg.Connection[Any], name: str, oid: int | None = None) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        text = load_sql(f"backup/{name}").encode()
        return cursor.execute(text, None if oid is None else {"oid": oid}).fetchall()
