import shutil
import subprocess
import sys

from indexer.rules.compiled import kernel_digest

CALLEE = """
from indexer.rules.compiled import njit


@njit(nogil=True)
def unit():
    return {unit}
"""
CALLER = """
from indexer.rules.compiled import njit
from indexer.rules.zz_callee_kernel import unit


@njit(cache=True, nogil=True)
def doubled():
    return 2 * unit()
"""
RUN = "from indexer.rules.zz_caller_kernel import doubled; print(doubled(), sum(doubled.stats.cache_hits.values()))"


def run(folder):
    process = subprocess.run([sys.executable, "-c", RUN], cwd=folder, capture_output=True, text=True, check=True)
    return process.stdout.split()


def test_njit__a_called_kernel_changes__its_callers_are_compiled_anew(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    rules = tmp_path / "indexer" / "rules"
    rules.mkdir(parents=True)
    for path in (rules.parent / "__init__.py", rules / "__init__.py"):
        path.touch()
    shutil.copy(sys.modules[kernel_digest.__module__].__file__, rules)
    (rules / "zz_callee_kernel.py").write_text(CALLEE.format(unit=7))
    (rules / "zz_caller_kernel.py").write_text(CALLER)
    assert run(tmp_path) == ["14", "0"]
    assert run(tmp_path) == ["14", "1"]
    (rules / "zz_callee_kernel.py").write_text(CALLEE.format(unit=9))
    assert run(tmp_path) == ["18", "0"]
    assert run(tmp_path) == ["18", "1"]


def test_kernel_digest__a_module_without_kernels_changes__stays(tmp_path):
    rules = tmp_path / "settlement" / "rules"
    rules.mkdir(parents=True)
    (rules / "a_kernel.py").write_text(CALLER)
    before = kernel_digest(tmp_path)
    (rules / "plain.py").write_text("ONE = 1\n")
    assert kernel_digest(tmp_path) == before
    (rules / "a_kernel.py").write_text(CALLER + "\n")
    assert kernel_digest(tmp_path) != before
