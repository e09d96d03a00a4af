"""The import floors of CONTRIBUTING.md, held by reading every import statement."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {"words": 0, "rules": 1, "ports": 2, "adapters": 3, "flows": 4, "entry": 5}
PURE_LIBRARIES = {"eth_abi", "numpy", "numba", "llvmlite", "gmpy2", "pyarrow", "eth_hash", "Crypto", "msgspec"}
OUTSIDE = {0: set(), 1: PURE_LIBRARIES, 2: {"pyarrow", "numpy"}, 4: {"numpy", "pyarrow", "structlog"}}
FORBIDDEN_NAMES = {"utils", "common", "helpers", "base", "manager"}

MODULES = sorted(
    path
    for package in ("indexer", "settlement", "deploy", "sql")
    for path in (ROOT / package).rglob("*.py")
    if "node_modules" not in path.parts
)


def floor_of(dotted: str) -> int:
    """Return the floor of a module of ours; `deploy` stands beside entry, `sql` below every adapter."""
    parts = dotted.split(".")
    if parts[0] == "deploy":
        return 5
    if parts[0] == "sql":
        return 2
    return FLOORS[parts[1]] if len(parts) > 1 else 0


def imported_modules(path: Path) -> set[str]:
    """Return the dotted names of all modules a file imports, wherever the statement stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


def dotted_name(path: Path) -> str:
    """Return `settlement.rules.entitlements.merkle` for settlement/rules/entitlements/merkle.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("path", MODULES, ids=dotted_name)
def test_imports__of_a_module__go_down_only(path):
    own = dotted_name(path)
    for name in imported_modules(path):
        top = name.split(".")[0]
        if top in ("indexer", "settlement", "deploy", "sql"):
            assert floor_of(name) <= floor_of(own), f"{own} (floor {floor_of(own)}) imports {name}"
            assert not (own.startswith("indexer") and top in ("settlement", "deploy")), f"{own} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=dotted_name)
def test_imports__from_outside__only_what_the_floor_allows(path):
    own = dotted_name(path)
    allowed = OUTSIDE.get(floor_of(own))
    if allowed is None:
        return
    tops = {name.split(".")[0] for name in imported_modules(path)}
    outside = tops - set(sys.stdlib_module_names) - {"indexer", "settlement", "deploy", "sql"}
    assert outside <= allowed, f"{own} imports {sorted(outside - allowed)}"


HTTP_STACKS = {"http.client", "urllib.request", "requests", "urllib3", "httpx", "aiohttp", "websockets"}
THE_CLIENT = {"indexer.adapters.nodes.http", "indexer.adapters.nodes.deadline", "indexer.adapters.nodes.unpack"}


@pytest.mark.parametrize("path", MODULES, ids=dotted_name)
def test_imports__of_an_http_stack__in_the_one_client_for_nodes_alone(path):
    assert dotted_name(path) in THE_CLIENT or not imported_modules(path) & HTTP_STACKS
    assert "HTTPProvider" not in path.read_text()


@pytest.mark.parametrize("path", MODULES, ids=dotted_name)
def test_modules__size_and_name__within_the_limits(path):
    assert len(path.read_text().splitlines()) <= 400
    assert not FORBIDDEN_NAMES & set(path.relative_to(ROOT).with_suffix("").parts)
