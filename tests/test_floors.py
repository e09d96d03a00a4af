"""The import floors of CONTRIBUTING.md, held by reading every import statement."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.rules.protocols.reference import REFERENCE
from settlement.entry.commands import PLACES
from tests.support.syntax import syntax_of

ROOT = Path(__file__).parent.parent
FLOORS = {"words": 0, "rules": 1, "ports": 2, "adapters": 3, "flows": 4, "entry": 6}
DEPLOY, TOP = 5, 7
PURE_LIBRARIES = {"eth_abi", "numpy", "numba", "llvmlite", "gmpy2", "pyarrow", "eth_hash", "Crypto", "msgspec"}
OUTSIDE = {0: set(), 1: PURE_LIBRARIES, 2: set(), 4: set()}
"""What a floor may import from outside when it runs: ports and flows have nothing of their own."""
COLUMNS = {"numpy", "pyarrow"}
HANDS_COLUMNS_ON = {
    *(f"indexer.flows.ranges.{name}" for name in ("dispute", "piece", "receipts")),
    *(f"indexer.flows.storing.{name}" for name in ("batch", "identity")),
    *(f"indexer.flows.head.{name}" for name in ("claims", "link")),
    *(f"indexer.flows.start.{name}" for name in ("estimate", "provable", "start")),
    *(f"indexer.flows.runs.{name}" for name in ("audit", "export", "kinds")),
    *(f"settlement.flows.{name}" for name in ("distribute", "verify")),
}
"""The flows that cut and join the columns which rules gave them, and hand them to a port."""
HEAVY = "numba llvmlite duckdb psycopg web3 eth_account fastapi starlette uvicorn pyspark sqlglot typer rich"
ROOMS = {
    "indexer.rules": (
        *("kernels", "columns", "consensus", "scan", "nodes"),
        *("protocols", "events", "proof", "stored"),
    ),
    "indexer.adapters": ("postgres", "store", "nodes"),
    "indexer.flows": ("ranges", "storing", "head", "start", "runs"),
    "settlement.rules": (
        *("contracts", "sending", "columns", "powers", "facts", "entitlements"),
        *("allocation", "rulesets", "epoch", "second_reading", "questions", "service", "shadow"),
    ),
    "settlement.adapters": ("chain", "store", "votes", "lake", "queries", "spark", "shadow"),
    "settlement.entry": ("documents", "views", "configuration", "checks", "http", "service", "commands"),
    "settlement.entry.http": ("layers", "answering", "routes", "pages", "probing"),
    "deploy": ("wiring", "devnet", "faults", "monitoring"),
}
"""The rooms of a floor, lowest first: each may import what stands before it. Modules beside them are in no room."""
MOST_MODULES = 15
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
    tree = syntax_of(path)
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
    """Return whether a module imports one of a room that stands above its own, or of none that is declared."""
    for package, rooms in ROOMS.items():
        here, there = room_of(package, own), room_of(package, name)
        if here and there:
            return here not in rooms or there not in rooms or rooms.index(there) > rooms.index(here)
    return False


def room_of(package: str, dotted: str) -> str:
    """Return the folder of a package in which a module lies, nothing for a module beside the folders or elsewhere."""
    name = dotted.removeprefix(f"{package}.").split(".")[0] if dotted.startswith(f"{package}.") else ""
    return name if name and (ROOT / package.replace(".", "/") / name).is_dir() else ""


@pytest.mark.parametrize(
    ("own", "name"),
    [
        ("settlement.flows.settle", "settlement.adapters.lake.facts"),
        ("settlement.rules.allocation.amounts", "settlement.rules.rulesets.registry"),
        ("settlement.rules.facts.epoch_facts", "settlement.rules.epoch.causes"),
        ("indexer.rules.columns.logs", "indexer.rules.stored.row_sums"),
        ("indexer.ports.lake", "indexer.adapters.store.lake"),
        ("indexer.adapters.store.lake", "indexer.adapters.nodes.pool"),
        ("indexer.flows.ranges.quorum", "indexer.flows.storing.batch"),
        ("indexer.flows.head.link", "indexer.flows.start.start"),
        ("indexer.flows.start.start", "indexer.flows.runs.ingest"),
        ("settlement.adapters.lake.facts", "settlement.adapters.spark.spark_engine"),
        ("settlement.entry.documents.epoch", "settlement.entry.http.answering.readings"),
        ("settlement.entry.http.routes.network", "settlement.entry.service.work"),
        ("deploy.wiring.plan", "deploy.devnet.run"),
        ("indexer.flows.runs.ingest", "settlement.words.errors"),
        ("deploy.devnet.run", "settlement.entry.configuration.template"),
        ("settlement.entry.cli", "pozk.demo"),
    ],
)
def test_may_import__what_was_tied_both_ways_or_upward__is_not_allowed(own, name):
    assert not may_import(own, name)


def test_rooms__declared__are_the_folders_that_there_are():
    for package, rooms in ROOMS.items():
        folders = (ROOT / package.replace(".", "/")).iterdir()
        assert set(rooms) == {folder.name for folder in folders if (folder / "__init__.py").exists()}, package


def refused_outside(own: str, names: set[str]) -> set[str]:
    """Return the libraries among imported names that a module's floor may not import."""
    allowed = OUTSIDE.get(floor_of(own))
    if allowed is None:
        return set()
    outside = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - OURS
    return outside - allowed - (COLUMNS if own in HANDS_COLUMNS_ON else set())


@pytest.mark.parametrize("path", MODULES, ids=dotted_name)
def test_imports__from_outside__only_what_the_floor_allows(path):
    assert refused_outside(dotted_name(path), imported_names(path, at_run_time=True)) == set()


@pytest.mark.parametrize(
    ("own", "name"),
    [
        ("indexer.words.blocks", "numpy"),
        ("indexer.rules.events.decode", "duckdb"),
        ("indexer.ports.lake", "pyarrow"),
        ("settlement.ports.engine", "duckdb"),
        ("indexer.flows.runs.ingest", "numpy"),
        ("indexer.flows.storing.batch", "numba"),
        ("settlement.flows.settle", "pyarrow.compute"),
        ("settlement.flows.verify", "web3"),
    ],
)
def test_refused_outside__what_is_heavy__is_caught(own, name):
    assert refused_outside(own, {name, "json", "indexer.words.errors"}) == {name.split(".")[0]}


def test_hands_columns_on__each_of_them__imports_columns():
    importing = {dotted_name(path) for path in MODULES if imported_names(path, at_run_time=True) & COLUMNS}
    assert importing >= HANDS_COLUMNS_ON


def test_imports__of_words_ports_and_flows__load_nothing_heavy_by_way_of_others():
    names = [dotted_name(path) for path in MODULES if floor_of(dotted_name(path)) in (0, 2, 4)]
    load = f"import importlib, sys; [importlib.import_module(name) for name in {names!r}]"
    code = f"{load}; print(*sorted(set({HEAVY.split()!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_imported_names__inside_a_function__are_seen(tmp_path):
    path = tmp_path / "late.py"
    path.write_text("def later():\n    from indexer.flows.runs import ingest\n    import numba\n")
    assert imported_names(path) == {"indexer.flows.runs", "indexer.flows.runs.ingest", "numba"}


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
DOORS = {RULESETS + name for name in ("registry", "ruleset", "document_form", "usual")}


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


def names_of_types(tree: ast.Module) -> list[str]:
    """Return the classes and the aliases of types that a module names; one letter is a type variable's."""
    names = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [target.id for target in targets if isinstance(target, ast.Name)]
    return [name for name in names if name.strip("_")[:1].isupper() and any(map(str.islower, name))]


def test_names_of_types__of_a_module__are_its_classes_and_aliases_but_no_constants():
    source = "class One:\n    Two = 2\n_Three = dict[str, int]\nFour: TypeAlias = int\nFIVE = 5\nT = TypeVar('T')\n"
    assert names_of_types(ast.parse(source)) == ["One", "_Three", "Four"]


def test_classes_and_aliases__in_all_modules__have_a_name_of_their_own():
    homes: dict[str, list[str]] = {}
    for path in MODULES:
        for name in names_of_types(syntax_of(path)):
            homes.setdefault(name.lstrip("_"), []).append(dotted_name(path))
    assert {name: modules for name, modules in homes.items() if len(modules) > 1} == {}


@pytest.mark.parametrize("path", MODULES, ids=dotted_name)
def test_modules__size_and_name__within_the_limits(path):
    assert len(path.read_text().splitlines()) <= 400
    assert not FORBIDDEN_NAMES & set(path.relative_to(ROOT).with_suffix("").parts)


def test_files_of_tests__size__within_the_limit():
    sizes = {path: len(path.read_text().splitlines()) for path in (ROOT / "tests").rglob("*.py")}
    assert {str(path): size for path, size in sizes.items() if size > 400} == {}


def lengths_of_functions() -> dict[str, int]:
    """Return the lines of every function, its docstring and decorators among them, by module and name."""
    return {
        f"{dotted_name(path)}.{node.name}:{node.lineno}": node.end_lineno - node.lineno + 1
        for path in MODULES
        for node in ast.walk(syntax_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_functions__length__none_over_60_lines_and_nine_in_ten_at_most_30():
    lengths = lengths_of_functions()
    assert {name: lines for name, lines in lengths.items() if lines > 60} == {}
    assert sum(lines <= 30 for lines in lengths.values()) >= 0.9 * len(lengths)


def folders_of_floors() -> list[Path]:
    """Return the folders of rules, adapters and flows, at any depth."""
    return [
        folder
        for package in ("indexer", "settlement")
        for floor in ("rules", "adapters", "flows")
        for folder in [ROOT / package / floor, *(ROOT / package / floor).rglob("*/")]
        if folder.name != "__pycache__"
    ]


def test_folders__of_rules_adapters_and_flows__hold_15_modules_at_most():
    counts = {
        str(folder.relative_to(ROOT)): len({path.name for path in folder.glob("*.py")} - {"__init__.py"})
        for folder in folders_of_floors()
    }
    assert {name: count for name, count in counts.items() if count > MOST_MODULES} == {}


def test_folders__of_our_packages__are_not_empty():
    homes = {path.parent for path in MODULES}
    empty = [
        home for home in homes if not any(other != home / "__init__.py" and home in other.parents for other in MODULES)
    ]
    assert [str(home.relative_to(ROOT)) for home in empty if home.name != "sql"] == []


def test_tests__of_a_room__lie_where_the_room_does():
    for path in [*(ROOT / "tests/indexer").rglob("test_*.py"), *(ROOT / "tests/settlement").rglob("test_*.py")]:
        home = path.parent.relative_to(ROOT / "tests")
        assert (ROOT / home).is_dir(), f"{path.relative_to(ROOT)} tests a room that there is not"


def test_commands__each__is_a_module_named_like_it():
    paths = [path for path in (ROOT / "settlement/entry/commands").rglob("*.py") if path.stem != "__init__"]
    assert [path for path in paths if path.parent.name == "commands"] == []
    assert {f"{path.parent.name}.{path.stem}" for path in paths} == set(PLACES.values())
    assert {path.stem.replace("_", "-") for path in paths} <= set(PLACES)


def test_constants__below_entry__do_not_know_the_reference_network():
    named = (*REFERENCE.tables, *REFERENCE.by_name, *REFERENCE.contracts)
    words = {word for word in named if "_" in word or not word.islower()}
    known = []
    for path in MODULES:
        own = dotted_name(path)
        if floor_of(own) > FLOORS["flows"] or own.startswith("indexer.rules.protocols."):
            continue
        assigned = [node for node in syntax_of(path).body if isinstance(node, ast.Assign | ast.AnnAssign)]
        texts = {each.value for node in assigned for each in ast.walk(node) if isinstance(each, ast.Constant)}
        imports = imported_names(path) & {"indexer.rules.protocols.reference"}
        known += [own] if imports or {text for text in texts if isinstance(text, str)} & words else []
    assert known == []
