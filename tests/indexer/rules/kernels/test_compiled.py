import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.rules.kernels import cache_folder, compiled
from indexer.rules.kernels.cache_folder import find_cache_folder, kernel_digest

ROOT = Path(__file__).parents[4]
CALLEE = """
from indexer.rules.kernels.compiled import njit


@njit(nogil=True)
def unit():
    return {unit}
"""
CALLER = """
from indexer.rules.kernels.compiled import njit
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
    (rules / "kernels").mkdir(parents=True)
    for path in (rules.parent, rules, rules / "kernels"):
        (path / "__init__.py").touch()
    for module in (cache_folder, compiled):
        shutil.copy(module.__file__, rules / "kernels")
    (rules / "zz_callee_kernel.py").write_text(CALLEE.format(unit=7))
    (rules / "zz_caller_kernel.py").write_text(CALLER)
    assert run(tmp_path) == ["14", "0"]
    assert run(tmp_path) == ["14", "1"]
    (rules / "zz_callee_kernel.py").write_text(CALLEE.format(unit=9))
    assert run(tmp_path) == ["18", "0"]
    assert run(tmp_path) == ["18", "1"]


@pytest.mark.slow
def test_njit__kernels_that_another_process_has_compiled__are_not_compiled_again():
    calls = [sys.executable, "-m", "tests.support.call_kernels"]
    _, compiled_here = (json.loads(subprocess.check_output(calls, cwd=ROOT)) for _ in range(2))
    assert len({name.split(".")[0] for name in compiled_here}) == 2, "kernels of both packages"
    assert set(compiled_here.values()) == {0}


def test_kernel_digest__a_module_without_kernels_changes__stays(tmp_path):
    rules = tmp_path / "settlement" / "rules"
    rules.mkdir(parents=True)
    (rules / "a_kernel.py").write_text(CALLER)
    before = kernel_digest(tmp_path)
    (rules / "plain.py").write_text("ONE = 1\n")
    assert kernel_digest(tmp_path) == before
    (rules / "a_kernel.py").write_text(CALLER + "\n")
    assert kernel_digest(tmp_path) != before


def test_kernel_digest__any_kernel_of_ours_changes__changes(tmp_path):
    root = Path(cache_folder.__file__).parents[3]
    kernels = [path for path in sorted(root.glob("*/**/*.py")) if is_kernel(path, root)]
    assert len(kernels) >= 15
    for path in kernels:
        copy = tmp_path / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    digests = {kernel_digest(tmp_path)}
    for path in kernels:
        with (tmp_path / path.relative_to(root)).open("a") as file:
            file.write("\n")
        digests.add(kernel_digest(tmp_path))
    assert len(digests) == len(kernels) + 1


def is_kernel(path, root):
    parts = path.relative_to(root).parts
    return parts[0] in ("indexer", "settlement", "deploy", "sql") and "@njit" in path.read_text()


def no_folder(tmp_path):
    """A path below which nothing can be made, whoever tries."""
    path = tmp_path / "file"
    path.touch()
    return path


def test_find_cache_folder__given_one__is_used(tmp_path):
    found = find_cache_folder(tmp_path, {"NUMBA_CACHE_DIR": str(tmp_path / "given")})
    assert found.parent == tmp_path / "given"


def test_find_cache_folder__package_read_only_and_no_home__is_a_temporary_one_of_the_users_own(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_folder, "__file__", str(no_folder(tmp_path) / "x.py"))
    found = find_cache_folder(tmp_path, {"TMPDIR": str(tmp_path)})
    assert found.parent.parent == tmp_path
    assert found.parent.stat().st_mode & 0o077 == 0


def test_find_cache_folder__nothing_can_be_written__is_none(tmp_path, monkeypatch):
    nowhere = str(no_folder(tmp_path))
    monkeypatch.setattr(cache_folder, "__file__", nowhere + "/x.py")
    places = dict.fromkeys(("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME", "TMPDIR"), nowhere)
    assert find_cache_folder(tmp_path, places) is None


def test_njit__without_a_folder__compiles_all_the_same(monkeypatch):
    monkeypatch.setattr(compiled, "_FOLDER", None)
    assert compiled.njit(cache=True)(lambda: 7)() == 7
