"""The wheel, built and installed into an empty folder outside of the repository: what works from it alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.rules.kernels.cache_folder import COMPLETE, find_cache_folder

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that the wheel's packages were installed into."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder / "built", ROOT], check=True)
    (wheel,) = (folder / "built").glob("pozk_oracle-*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", folder / "installed", wheel], check=True)
    return folder / "installed"


@pytest.fixture
def pozk(installed, tmp_path):
    """Run `pozk` from the wheel in an empty folder: exit code and output."""

    def run(*arguments, **environment):
        done = subprocess.run(
            [sys.executable, "-m", "pozk", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(installed), **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return run


def test_wheel__packages_and_data__are_all_in_it(installed):
    names = {path.relative_to(installed).as_posix() for path in installed.rglob("*") if path.is_file()}
    python = {path.as_posix() for path in map(Path, names) if path.suffix == ".py"}
    for package in ("indexer", "settlement", "sql", "pozk"):
        for path in (ROOT / package).rglob("*.py"):
            assert path.relative_to(ROOT).as_posix() in python
    for path in (ROOT / "sql").rglob("*.sql"):
        assert path.relative_to(ROOT).as_posix() in names
    assert not any(name.startswith("tests/") for name in names)


def test_wheel__commands_that_need_no_network__work(pozk, tmp_path):
    code, output, _ = pozk("--version")
    assert (code, output.split()[0]) == (0, "pozk")
    mark_kernels_compiled(tmp_path)
    assert pozk("init", NUMBA_CACHE_DIR=str(tmp_path))[0] == 0
    assert (tmp_path / "pozk.toml").exists()
    cases = json.loads((ROOT / "tests" / "vectors" / "allocation_v2.json").read_text())[:2]
    (tmp_path / "inputs.json").write_text(json.dumps([case["input"] for case in cases]))
    code, output, errors = pozk("allocate", "inputs.json", "--json")
    assert code == 0, errors
    assert json.loads(output) == [case["output"] for case in cases]
    (tmp_path / "leaves.csv").write_text(f"0x{'11' * 20},0x{'22' * 20},5\n")
    assert pozk("merkle", "leaves.csv")[0] == 0


def mark_kernels_compiled(folder):
    """Let `pozk init` compile nothing: it takes half a minute, and is tested elsewhere."""
    (find_cache_folder(ROOT, {"NUMBA_CACHE_DIR": str(folder)}) / COMPLETE).touch()


def test_wheel__what_needs_the_repository__says_so_in_one_line(pozk):
    code, _, errors = pozk("devnet", "--epochs", "2")
    assert code == 2
    assert len(errors.strip().splitlines()) <= 2
    assert "it needs a checkout of the repository" in errors


HELP = """
import typer
from settlement.entry.cli import make_app, run
for name in typer.main.get_command(make_app()).commands:
    assert run([name, "--help"]) == 0, name
import indexer
print(indexer.__file__)
"""


def test_wheel__every_command__has_its_help_out_of_the_wheel(installed, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-c", HELP]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].startswith(str(installed))
