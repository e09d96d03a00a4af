"""The Spark session: its settings, of which some are those that exactness hangs on, and its errors by what to do."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from indexer.words.errors import InputError, PozkError, RetryLaterError, UnsoundError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

EXACT = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.parquet.binaryAsString": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.extensions": "",
    "spark.plugins": "",
    "spark.shuffle.manager": "sort",
}
"""What every sum, cast and comparison is exact by: overflow raises, no digit is cut off, and nothing from outside of
Spark computes in its place (accelerators come in as extensions, plugins or shuffles of their own)."""
_LEGACY = "spark.sql.legacy."
_DEFAULTS = {
    "spark.app.name": "pozk settle",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.maxResultSize": "0",
}
_OF_PY4J = "An error occurred while calling "
_REMEDY = "run `pip install 'pozk-oracle[spark]'` and install Java 17, or set settlement.engine to \"duckdb\""


def open_session(master: str, config: Mapping[str, str]) -> SparkSession:
    """Return the process's session on `master`; InputError where a setting is another than exactness needs.

    RetryLaterError where the master or Java cannot be reached.
    """
    verify_config(config)
    verify_installed()
    from pyspark.sql import SparkSession as Session

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = Session.builder.master(master)
    for name, value in {**_DEFAULTS, **config, **{name: value for name, value in EXACT.items() if value}}.items():
        builder = builder.config(name, value)
    with translated():
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
    verify_session(session)
    return session


def own_session(session: SparkSession) -> SparkSession:
    """Return a session with temporary views of its own on the same cluster, its settings read back."""
    with translated():
        own = session.newSession()
        for name, value in EXACT.items():
            if value and own.conf.get(name, None) != value:
                own.conf.set(name, value)
    verify_session(own)
    return own


def verify_installed() -> None:
    """Raise InputError where pyspark or Java is missing on this machine."""
    missing = [] if importlib.util.find_spec("pyspark") else ["pyspark"]
    missing += [] if os.environ.get("JAVA_HOME") or shutil.which("java") else ["Java"]
    if missing:
        got = f"no {' and no '.join(missing)}"
        raise InputError("Spark cannot run here", expected="pyspark 4 and Java 17", got=got, remedy=_REMEDY)


def verify_config(config: Mapping[str, str]) -> None:
    """Raise InputError where the configuration sets what exactness hangs on to another value."""
    for name, value in config.items():
        if name.startswith(_LEGACY):
            raise _inexact(name, "not set", value, "settlement.spark_config")
        if name in EXACT and value != EXACT[name]:
            raise _inexact(name, EXACT[name] or "empty", value, "settlement.spark_config")


def verify_session(session: SparkSession) -> None:
    """Raise InputError where a running session has another setting, whoever set it: a file of defaults, a cluster."""
    with translated():
        static = dict(session.sparkContext.getConf().getAll())
        found = {name: session.conf.get(name, static.get(name, "")) or "" for name in EXACT}
    for name, value in found.items():
        if value.lower() != EXACT[name].lower():
            raise _inexact(name, EXACT[name] or "empty", value, "the settings of the running session")
    for name, value in static.items():
        if name.startswith(_LEGACY):
            raise _inexact(name, "not set", value, "the settings of the running session")


def _inexact(name: str, expected: str, got: str, where: str) -> InputError:
    remedy = "leave it as it is: sums would be inexact, or computed by something else than Spark"
    return InputError(
        f"{name} is not what an exact settlement needs", expected=expected, got=got, where=where, remedy=remedy
    )


@contextmanager
def translated() -> Iterator[None]:
    """Translate errors of Spark by what the caller must do: stop where a number is out of range or a file broken."""
    try:
        yield
    except PozkError:
        raise
    except Exception as error:
        found = _translate(error)
        if found is None:
            raise
        raise found from error


def _translate(error: Exception) -> PozkError | None:
    from pyspark.errors import AnalysisException, PySparkException

    text = _first_line(error)
    if isinstance(error, AnalysisException) and "PATH_NOT_FOUND" not in text:
        return InputError("the query is wrong", got=text)
    is_of_gateway = type(error).__module__.startswith("py4j")
    if not (is_of_gateway or isinstance(error, PySparkException | OSError | EOFError)):
        return None
    whole = str(error)
    if any(word in whole for word in ("OVERFLOW", "OUT_OF_RANGE", "ArithmeticException")):
        return UnsoundError("a sum is out of range", expected="at most 10^38 - 1", got=text)
    if any(
        word in whole for word in ("FAILED_READ_FILE", "PATH_NOT_FOUND", "FileNotFoundException", "CANNOT_READ_FILE")
    ):
        remedy = "run `pozk index --audit`, which fetches its rows again"
        return UnsoundError("a file of the lake is missing or broken", got=text, remedy=remedy)
    return RetryLaterError("Spark failed", got=text, remedy="check the cluster, then run it again")


def _first_line(error: Exception) -> str:
    """Return what an error says, where py4j says it: behind the line that names the call."""
    lines = [line for line in str(error).strip().splitlines() if not line.startswith(_OF_PY4J)]
    return lines[0][:500] if lines else type(error).__name__
