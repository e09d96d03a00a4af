"""The import floors of CONTRIBUTING.md, held by reading every import statement."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLOORS = {"words": 0, "rules": 1, "ports": 2, "adapters": 3, "flows": 4, "entry": 6}
DEPLOY, TOP = 5, 7
PURE_LIBRARIES = {"eth_abi", "numpy", "numba", "llvmlite", "gmpy2", "pyarrow", "eth_hash", "Crypto", "msgspec"}
OUTSIDE = {0: set(), 1: PURE_LIBRARIES, 2: set(), 4: {"numpy", "pyarrow"}}
"""What a floor may import from outside when it runs: flows hand columns on, ports have nothing of their own."""
ROOMS = {
    "indexer.rules": (
        *("kernels", "columns", "consensus", "scan", "nodes"),
        *("protocols", "events", "proof", "stored"),
    ),
    "settlement.rules": (
        *("contracts", "sending", "columns", "powers", "facts", "entitlements"),
        *("allocation", "rulesets", "epoch", "second_reading", "questions", "service", "shadow"),
    ),
}
"""The rooms of rules, lowest first: each may import what stands before it."""
FORBIDDEN_NAMES = {"utils", "common", "helpers", "base", "manager"}
OURS = {"indexer", "settlement", "deploy", "sql", "pozk"}

MODULES = sorted(
    path for package in sorted(OURS) for path in (ROOT / package).rglob("*.py") if "node_modules" not in path.parts
)


def floor_of(dotted: str) -> int:
    """Return the floor of a module of ours; `deploy` stands below entry, `sql` below every adapter, `pozk` on top."""
    parts = dotted.split(".")
    if parts[0] in ("deploy", "pozk"):
        return DEPLOY if parts[0] == "deploy" else TOP
    if parts[0] == "sql":
        return 2
    return FLOORS[parts[1]] if len(parts) > 1 else 0


def imported_names(path: Path, *, at_run_time: bool = False) -> set[str]:
    """Return the dotted names a file imports, wherever the statement stands: of `from a import b` both a and a.b.

    `at_run_time` leaves out what only annotations need.
    """
    tree = ast.parse(path.read_text())
    typing = {
        id(node)
        for guard in ast.walk(tree)
        if at_run_time and isinstance(guard, ast.If) and "TYPE_CHECKING" in ast.dump(guard.test)
        for node in ast.walk(guard)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in typing:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def dotted_name(path: Path) -> str:
    """Return `settlement.rules.entitlements.merkle` for settlement/rules/entitlements/merkle.py."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


@pytest.mark.parametrize("path", MODULES, ids=dotted_name)
def test_imports__of_a_module__go_down_only(path):
    own = dotted_name(path)
    for name in imported_names(path):
        top = name.split(".")[0]
        if top in OURS:
            assert may_import(own, name), f"{own} (floor {floor_of(own)}) imports {name} (floor {floor_of(name)})"


def may_import(own: str, name: str) -> bool:
    """Return whether one module of ours may import another: flows get their adapters as arguments."""
    is_up = floor_of(name) > floor_of(own)
    is_adapter_of_flow = floor_of(own) == FLOORS["flows"] and floor_of(name) == FLOORS["adapters"]
    is_out_of_indexer = own.startswith("indexer") and name.split(".")[0] not in ("indexer", "sql")
    return not (is_up or is_adapter_of_flow or is_out_of_indexer or is_room_above(own, name))


def is_room_above(own: str, name: str) -> bool:
    """Return whether a module of rules imports one of a room that stands above its own, or of none that is declared."""
    for package, rooms in ROOMS.items():
        if own.startswith(f"{package}.") and name.startswith(f"{package}."):
            here, there = own.split(".")[2], name.split(".")[2]
            return here not in rooms or there not in rooms or rooms.index(there) > rooms.index(here)
    return False


@pytest.mark.parametrize(
    ("own", "name"),
    [
        ("settlement.flows.settle", "settlement.adapters.lake.facts"),
        ("settlement.rules.allocation.amounts", "settlement.rules.rulesets.registry"),
        ("settlement.rules.facts.epoch_facts", "settlement.rules.epoch.causes"),
        ("indexer.rules.columns.logs", "indexer.rules.stored.row_sums"),
        ("indexer.ports.lake", "indexer.adapters.store.lake"),
        ("indexer.flows.runs.ingest", "settlement.words.errors"),
        ("deploy.devnet.run", "settlement.entry.configuration.template"),
        ("settlement.entry.cli", "pozk.demo"),
    ],
)
def test_may_import__what_was_tied_both_ways_or_upward__is_not_allowed(own, name):
    assert not may_import(own, name)


@pytest.mark.parametrize("path", MODULES, ids=dotted_name)
def test_imports__from_outside__only_what_the_floor_allows(path):
    own = dotted_name(path)
    allowed = OUTSIDE.get(floor_of(own))
    if allowed is None:
        return
    tops = {name.split(".")[0] for name in imported_names(path, at_run_time=True)}
    outside = tops - set(sys.stdlib_module_names) - OURS
    assert outside <= allowed, f"{own} imports {sorted(outside - allowed)}"


def import_graph() -> dict[str, set[str]]:
    """Return which modules of ours each module imports, inside functions and for annotations too."""
    names = {dotted_name(path) for path in MODULES}
    packages = {dotted_name(path) for path in MODULES if path.name == "__init__.py"}
    graph = {}
    for path in MODULES:
        own, found = dotted_name(path), imported_names(path) & names
        graph[own] = {name for name in found if name != own and name not in packages}
    return graph


def loop_in(graph: dict[str, set[str]]) -> list[str]:
    """Return modules that import each other in a circle, none if there are none."""
    done: set[str] = set()

    def walk(name: str, above: list[str]) -> list[str]:
        if name in above:
            return above[above.index(name) :]
        if name in done:
            return []
        for each in sorted(graph[name]):
            if loop := walk(each, [*above, name]):
                return loop
        done.add(name)
        return []

    return next((loop for name in sorted(graph) if (loop := walk(name, []))), [])


def test_imports__of_all_modules__have_no_loop_inside_functions_either():
    assert loop_in(import_graph()) == []


def test_loop_in__a_circle__names_its_modules():
    assert loop_in({"a": {"b"}, "b": {"c", "d"}, "c": {"b"}, "d": set()}) == ["b", "c"]


RULESETS = "settlement.rules.rulesets."
DOORS = {RULESETS + name for name in ("registry", "ruleset", "document_form")}


def test_imports__from_outside_the_rulesets__name_none_of_them():
    graph = import_graph()
    named = {name for own in graph if not own.startswith(RULESETS) for name in graph[own] if name.startswith(RULESETS)}
    assert named <= DOORS


HTTP_STACKS = {"http.client", "urllib.request", "requests", "urllib3", "httpx", "aiohttp", "websockets"}
THE_CLIENT = {"indexer.adapters.nodes.http", "indexer.adapters.nodes.deadline", "indexer.adapters.nodes.unpack"}


@pytest.mark.parametrize("path", MODULES, ids=dotted_name)
def test_imports__of_an_http_stack__in_the_one_client_for_nodes_alone(path):
    assert dotted_name(path) in THE_CLIENT or not imported_names(path) & HTTP_STACKS
    assert "HTTPProvider" not in path.read_text()


def test_classes__in_all_modules__have_a_name_of_their_own():
    homes: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(dotted_name(path))
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


@pytest.mark.parametrize("path", MODULES, ids=dotted_name)
def test_modules__size_and_name__within_the_limits(path):
    assert len(path.read_text().splitlines()) <= 400
    assert not FORBIDDEN_NAMES & set(path.relative_to(ROOT).with_suffix("").parts)
