import re
from importlib import import_module
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numba.core.sigutils import normalize_signature

from indexer.rules.kernels import cache_folder
from indexer.rules.protocols.reference import REFERENCE
from indexer.rules.scan.body import body_of
from indexer.rules.scan.scan_headers import scan_headers
from indexer.rules.scan.scan_logs import scan_logs
from indexer.rules.stored import row_sums
from settlement.adapters.store.tree_file import map_tree, write_tree
from settlement.entry import kernels
from settlement.entry.kernels import COMPILING, SIGNATURES, compile_kernels
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.entitlements.merkle import build_tree
from settlement.rules.entitlements.prover import Prover
from settlement.rules.entitlements.tree_growth import tree_of
from settlement.rules.entitlements.tree_layout import TreeColumns

ROOT = Path(__file__).parents[3]
NEVER_ALONE = {"FAIL", "UNSORTED", "ABOVE_LIMIT", "limbs_of", "COUNT", "SLOT"}
"""What is asked of a kernel's module without calling it, or is no kernel."""


class Folder:
    def __init__(self, monkeypatch, path):
        self.compiled = []
        monkeypatch.setattr(kernels, "cache_folder", lambda: path)
        monkeypatch.setattr(kernels, "import_module", lambda _: self)

    def __getattr__(self, name):
        return self

    def compile(self, signature):
        self.compiled.append(signature)


def test_compile_kernels__twice__says_so_and_compiles_once(tmp_path, monkeypatch):
    folder, said = Folder(monkeypatch, tmp_path), []
    assert [compile_kernels(said.append), compile_kernels(said.append)] == [True, False]
    assert said == [COMPILING]
    assert len(folder.compiled) == sum(map(len, SIGNATURES.values()))


def test_compile_kernels__no_folder_for_a_cache__nothing(monkeypatch):
    folder = Folder(monkeypatch, None)
    assert not compile_kernels(lambda _: None)
    assert folder.compiled == []


def test_signatures__kernels_that_other_modules_import__are_listed():
    used = set()
    for path in [*ROOT.glob("indexer/**/*.py"), *ROOT.glob("settlement/**/*.py")]:
        text = path.read_text()
        if "@njit" in text or path.name == "field_names.py":
            continue
        for module, names in re.findall(r"from ([\w.]+(?:_kernel|keccak_lanes)) import ([\w, ]+)", text):
            used |= {f"{module}.{name}" for name in names.split(", ") if name not in NEVER_ALONE}
        for package, modules in re.findall(
            r"from ([\w.]+) import ((?:\w+_kernel|keccak_lanes)(?: as kernel)?)\n", text
        ):
            module, _, alias = modules.partition(" as ")
            called = re.findall(rf"\b{alias or module}\.([a-z]\w+)\(", text)
            used |= {f"{package}.{module}.{name}" for name in called if name not in NEVER_ALONE}
    assert used <= set(SIGNATURES)


@pytest.mark.slow
def test_signatures__types_that_kernels_are_called_with__are_listed(monkeypatch, tmp_path):
    before = compiled_types()
    scan_logs(body_of(b"{}"))
    scan_headers(body_of(b"[]"), 1)
    source = np.random.default_rng(1)
    account = source.integers(0, 256, (3000, 20), dtype=np.uint8)
    build_tree(account, account, np.zeros((3000, 32), dtype=np.uint8))
    few = np.sort(account[:9].view("V20"), axis=0).view(np.uint8)
    leaves = Leaves(few, few, np.ones((9, 2), dtype=np.uint64))
    write_tree(tmp_path / "leaves.tree", TreeColumns(leaves, tree_of(leaves)))
    for columns in (TreeColumns(leaves, tree_of(leaves)), map_tree(tmp_path / "leaves.tree")):
        assert Prover(columns, columns.tree.root).prove_account(few[3].tobytes())
    monkeypatch.setattr(row_sums, "_FEW", 0)
    blocks = {name: pa.array(range(9), pa.uint64()) for name in ("number", "timestamp", "our_logs")}
    row_sums.sum_rows(REFERENCE, "blocks", pa.table(blocks | {"hash": [b"h"] * 9, "parent_hash": [b"p"] * 9}))
    for name, types in compiled_types().items():
        assert types - before[name] <= {str(normalize_signature(signature)[0]) for signature in SIGNATURES[name]}


def kernel_of(name):
    module, function = name.rsplit(".", 1)
    return getattr(import_module(module), function)


def compiled_types():
    return {name: {str(types) for types in kernel_of(name).signatures} for name in SIGNATURES}


def test_cache_folder__of_this_process__is_that_of_the_kernels():
    from indexer.rules.kernels import compiled

    assert cache_folder.cache_folder() == compiled._FOLDER
