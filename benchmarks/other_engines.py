"""The aggregation of an epoch by chDB, DataFusion and Polars out of the lake's own Parquet, a process for each.

Arguments: engine, a JSON file of folders of Parquet by table, where to write the rows. Prints `Elsewhere` as JSON.

Each has the settings that were found best for it here, and sums exactly: where `sum(DECIMAL(38, 0))` wraps around,
amounts are summed as 256-bit decimals or in two limbs. The SQL is that of the settlement, transpiled.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import sqlglot
from sqlglot import exp

from benchmarks.measure import best_of, peak_megabytes
from sql import load_sql

STEPS = ("stakes", "miners", "users", "aggregates")
WINDOW = {"epoch": 0, "first_block": 0, "stakes_from": 0, "reference_block": 9_999}
GATES_DIGITS, AMOUNT_DIGITS = 20, 76
"""A sum of gates is one of 64-bit integers, which 128 bits hold; one of amounts takes 256 where none is refused."""
PROBE = "two_large"
"""A table of two rows of 10^38 - 1, which are one group."""
LIMB = 10**18


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What an engine took for the fastest of two runs, and what its plain sum of two rows of 10^38 - 1 came to."""

    wall_seconds: float
    cpu_seconds: float
    peak_mb: int
    plain_sum: str


class Engine(Protocol):
    """An engine over folders of Parquet, by table; NAME says how it sums exactly."""

    NAME: str

    def __init__(self, folders: dict[str, str]) -> None: ...

    def aggregate(self) -> None:
        """Carry out the steps, results in memory."""

    def save(self, path: str) -> None:
        """Write the last step's rows as Parquet: kind, app, account, x and stake."""

    def plain_sum(self) -> object:
        """Return what a plain sum makes of the probe, or raise."""


def transpiled(step: str, dialect: str) -> str:
    """Return a step of the settlement in an engine's dialect, its parameters filled in and its sums widened."""
    tree = sqlglot.parse_one(load_sql(f"protocols/reference/{step}"), read="duckdb")
    for named in list(tree.find_all(exp.Parameter, exp.Placeholder)):
        named.replace(exp.Literal.number(WINDOW[named.name]))
    digits = GATES_DIGITS if step == "miners" else AMOUNT_DIGITS
    for total in tree.find_all(exp.Sum):
        total.this.replace(exp.cast(total.this.copy(), f"DECIMAL({digits}, 0)"))
    for table in tree.find_all(exp.Table):
        table.set("db", None)
    return tree.sql(dialect=dialect, comments=False)


class ClickHouse:
    """chDB: no column is nullable, which spares a byte a value; addresses of fixed length."""

    NAME = "chDB, 256-bit sums"
    COLUMNS = {  # noqa: RUF012 - a constant
        "proof_verified": "block_number UInt64, app FixedString(20), miner FixedString(20), user FixedString(20), "
        "scheme UInt8, gates UInt64, epoch UInt64",
        "stake_changed": "block_number UInt64, app FixedString(20), account FixedString(20), role UInt8, "
        "delta Decimal(38, 0), effective_epoch UInt64",
        "stake_base": "app FixedString(20), account FixedString(20), role UInt8, effective_epoch UInt64, "
        "delta Decimal(38, 0)",
        "approvals": "app FixedString(20), scheme UInt8, gates UInt64",
        "alphas": "scheme UInt8, alpha_milli UInt32",
        PROBE: "one UInt8, x Decimal(38, 0)",
    }

    def __init__(self, folders: dict[str, str]) -> None:
        from chdb.session import Session

        self.session = Session()
        for statement in ("CREATE DATABASE bench", "USE bench", f"SET max_threads = {os.cpu_count()}"):
            self.session.query(statement)
        for table, folder in folders.items():
            source = f"file('{folder}/*.parquet', Parquet, '{self.COLUMNS[table]}')"
            self.session.query(f"CREATE VIEW {table} AS SELECT * FROM {source}")  # noqa: S608 - our own names

    def aggregate(self) -> None:
        """Carry out the steps into tables in memory."""
        for step in STEPS:
            text = transpiled(step, "clickhouse").replace("UNHEX(REPEAT('00', 20))", "toFixedString('', 20)")
            for kind in ("Decimal(76, 0)", "Decimal(38, 0)", "Decimal(20, 0)", "Int16"):
                text = text.replace(f"Nullable({kind})", kind)
            self.session.query(f"CREATE OR REPLACE TABLE {step} ENGINE = Memory AS {text}")

    def save(self, path: str) -> None:
        """Write the rows; a cast to fewer digits raises where they do not fit."""
        narrowed = "kind, app, account, CAST(x AS Decimal(38, 0)) AS x, CAST(stake AS Decimal(38, 0)) AS stake"
        for kind in ("fixed_string_as_fixed_byte_array", "string_as_string"):  # addresses are bytes, not text
            self.session.query(f"SET output_format_parquet_{kind} = 0")
        self.session.query(
            f"INSERT INTO FUNCTION file('{path}', Parquet) SELECT {narrowed} FROM aggregates"  # noqa: S608 - our own
        )

    def plain_sum(self) -> object:
        """Return the sum."""
        return str(self.session.query(f"SELECT sum(x) FROM {PROBE}")).strip()  # noqa: S608 - our own name


class DataFusion:
    """DataFusion: a partition a core, batches of 65,536 rows, which took two thirds of what 8,192 took."""

    NAME = "DataFusion, 256-bit sums"

    def __init__(self, folders: dict[str, str]) -> None:
        from datafusion import SessionConfig, SessionContext

        config = SessionConfig().with_target_partitions(os.cpu_count() or 1).with_batch_size(65_536)
        self.context = SessionContext(config)
        for table, folder in folders.items():
            self.context.register_parquet(table, folder)

    def aggregate(self) -> None:
        """Carry out the steps into batches in memory."""
        for step in STEPS:
            text = transpiled(step, "postgres").replace("UNHEX(REPEAT('00', 20))", "decode(repeat('00', 20), 'hex')")
            if self.context.table_exist(step):
                self.context.deregister_table(step)
            self.context.register_record_batches(step, self.context.sql(text).collect_partitioned())

    def save(self, path: str) -> None:
        """Write the rows; a cast to fewer digits raises where they do not fit."""
        narrowed = "kind, app, account, CAST(x AS DECIMAL(38, 0)) AS x, CAST(stake AS DECIMAL(38, 0)) AS stake"
        self.context.sql(f"SELECT {narrowed} FROM aggregates").write_parquet(path)  # noqa: S608 - our own names

    def plain_sum(self) -> object:
        """Return the sum."""
        return self.context.sql(f"SELECT sum(x) AS x FROM {PROBE}").to_pydict()["x"][0]  # noqa: S608 - our own name


class Polars:
    """Polars: its streaming engine; amounts as two limbs of 18 and 20 digits, whose sums 128 bits hold."""

    NAME = "Polars, sums of two limbs"

    def __init__(self, folders: dict[str, str]) -> None:
        import polars

        self.pl = polars
        self.tables: dict[str, Any] = {}
        for table, folder in folders.items():
            self.tables[table] = polars.scan_parquet(f"{folder}/*.parquet")
        self.rows: Any = None

    def _sum(self, column: str) -> Any:
        value = self.pl.col(column).cast(self.pl.Int128)
        return (value // LIMB).sum() * LIMB + (value % LIMB).sum()

    def aggregate(self) -> None:
        """Carry out the steps into frames in memory."""
        steps = (self._stakes, self._miners, self._users)
        stakes, miners, users = (step().collect(engine="streaming").lazy() for step in steps)
        self.rows = self._aggregates(stakes, miners, users).collect(engine="streaming")

    def _stakes(self) -> Any:
        pl = self.pl
        columns = ["app", "account", "role", "delta"]
        kept = self.tables["stake_base"].filter(pl.col("effective_epoch") <= WINDOW["epoch"]).select(columns)
        block = pl.col("block_number").is_between(WINDOW["stakes_from"], WINDOW["reference_block"])
        changed = self.tables["stake_changed"].filter(pl.col("effective_epoch") <= WINDOW["epoch"], block)
        every = pl.concat([kept, changed.select(columns)])
        return every.group_by("app", "account", "role").agg(self._sum("delta").alias("stake"))

    def _counted(self) -> Any:
        pl = self.pl
        block = pl.col("block_number").is_between(WINDOW["first_block"], WINDOW["reference_block"])
        return self.tables["proof_verified"].filter(block, pl.col("epoch") == WINDOW["epoch"])

    def _approved(self, groups: Any) -> Any:
        return groups.join(self.tables["approvals"].select("app"), on="app", how="semi")

    def _miners(self) -> Any:
        pl = self.pl
        gates = pl.col("gates").cast(pl.Int128).sum()
        return self._approved(self._counted().group_by("app", pl.col("miner").alias("account"), "scheme").agg(gates))

    def _users(self) -> Any:
        pl = self.pl
        tasks = pl.len().cast(pl.Int128).alias("x")
        return self._approved(self._counted().group_by("app", pl.col("user").alias("account")).agg(tasks))

    def _aggregates(self, stakes: Any, miners: Any, users: Any) -> Any:
        pl = self.pl
        work = pl.col("gates") * pl.col("alpha_milli").cast(pl.Int128)
        by_miner = miners.join(self.tables["alphas"], on="scheme", how="left").with_columns(x=work)
        by_miner = by_miner.group_by("app", "account").agg(self._sum("x"))
        rows = [self._staked(by_miner, stakes, 1), self._staked(users, stakes, 2)]
        sums = pl.concat(rows).group_by("kind", "app").agg(self._sum("x"), self._sum("stake"))
        weight = pl.col("gates").cast(pl.Int128) * pl.col("alpha_milli").cast(pl.Int128)
        apps = self.tables["approvals"].join(users.select("app").unique(), on="app", how="semi")
        apps = apps.join(self.tables["alphas"], on="scheme").select("app", x=weight)
        of_app = stakes.group_by("app", "role").agg(self._sum("stake"))
        for kind, role in ((0, 1), (6, 0)):
            stake = of_app.filter(pl.col("role") == role).select("app", "stake")
            named = apps.join(stake, on="app", how="left").with_columns(pl.col("stake").fill_null(0))
            rows.append(self._shaped(named if kind == 0 else named.with_columns(x=pl.lit(0, pl.Int128)), kind))
        return pl.concat([*rows, self._shaped(sums.with_columns(pl.col("kind") + 2), None)])

    def _staked(self, participants: Any, stakes: Any, kind: int) -> Any:
        pl = self.pl
        own = stakes.filter(pl.col("role") == kind - 1).select("app", "account", "stake")
        joined = participants.join(own, on=["app", "account"], how="left")
        return self._shaped(joined.with_columns(pl.col("stake").fill_null(0)), kind)

    def _shaped(self, rows: Any, kind: int | None) -> Any:
        pl = self.pl
        if kind is not None:
            rows = rows.with_columns(kind=pl.lit(kind, pl.Int16))
        if kind not in (1, 2):
            rows = rows.with_columns(account=pl.lit(bytes(20), pl.Binary))
        return rows.select("kind", "app", "account", "x", "stake")

    def save(self, path: str) -> None:
        """Write the rows; a cast raises where digits do not fit."""
        pl = self.pl
        self.rows.with_columns(pl.col("x", "stake").cast(pl.Decimal(38, 0))).write_parquet(path)

    def plain_sum(self) -> object:
        """Return the sum, of a group as all sums here are."""
        pl = self.pl
        return self.tables[PROBE].group_by("one").agg(pl.col("x").sum()).collect(engine="streaming")["x"][0]


ENGINES: dict[str, type[Engine]] = {"chdb": ClickHouse, "datafusion": DataFusion, "polars": Polars}


def main() -> None:
    """Measure one engine."""
    name, listed, out = sys.argv[1:4]
    engine = ENGINES[name](json.loads(Path(listed).read_text()))
    best = best_of(2, engine.aggregate)
    peak = peak_megabytes()
    engine.save(out)
    try:
        plain = str(engine.plain_sum())
    except Exception as error:
        if "overflow" not in str(error):
            raise
        plain = "refused"
    print(json.dumps(asdict(Elsewhere(best.wall_seconds, best.cpu_seconds, peak, plain))))


if __name__ == "__main__":
    main()
