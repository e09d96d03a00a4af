"""`python -m tests.wheel FOLDER`: the wheel in an empty environment outside of the repository.

It is built, installed with the locked requirements, used for the unit tests (a copy of `tests` beside nothing else),
and for every command of `pozk` on a small devnet. A command that is not in `SMOKE` is a fault: it has to be tried, too.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from deploy.devnet import Devnet, DevnetSettings, run_devnet
from settlement.entry.configuration.devnet_file import write_config

ROOT = Path(__file__).parent.parent
UNIT_TESTS = ("tests/indexer", "tests/settlement/rules", "tests/settlement/flows")
"""What needs neither a database nor a chain nor files of the repository."""
SMALL = DevnetSettings(epochs=2, quiet_epochs=(), participants=12, tasks_per_epoch=20)
FAULT = "a fault of pozk itself"
COMMANDS = """
import typer
from settlement.entry.cli import make_app
def names(command, above):
    inner = getattr(command, "commands", None)
    runs_itself = not inner or command.invoke_without_command
    return [*([above] if above and runs_itself else []), *(
        name for each, one in (inner or {}).items() for name in names(one, f"{above} {each}".strip())
    )]
print(*names(typer.main.get_command(make_app()), ""), sep="\\n")
"""
OURS = ("deploy", "indexer", "pozk", "settlement", "sql")
WHERE = "import sys; print(*(__import__(name).__path__[0] for name in sys.argv[1:]))"
SERVED = "import subprocess, sys; p = subprocess.Popen(sys.argv[1:], stderr=subprocess.PIPE, text=True)\
; print(p.stderr.readline()); p.terminate(); p.wait(); sys.exit(p.returncode not in (0, 143))"


def smoke(devnet: Devnet) -> dict[str, tuple[list[str], int]]:
    """Return by command, in the order of their need, what is typed after its name and its exit code."""
    account = devnet.participants[0]
    network = ["--rpc", devnet.rpc, "--genesis", "2000000000", "--config", "wired/pozk.toml", "--yes"]
    return {
        "init": (["--config", "fresh.toml"], 0),
        "devnet": (["--config", "another/pozk.toml"], 2),  # needs a checkout, and says so
        "wire": (network, 0),  # another network on the same chain, out of the wheel's compiled contracts
        "check": ([], 0),
        "index": ([], 0),
        "settle": ([], 0),
        "verify": ([], 0),
        "explain": ([account, "--epoch", "1"], 0),
        "proof": ([account], 0),
        "claim": ([account], 3),  # no root is active yet
        "distribute": ([], 3),
        "allocate": (["inputs.json"], 0),
        "merkle": (["leaves.csv"], 0),
        "query": (["accounts"], 0),
        "serve": ([], 0),
        "export-site": (["site"], 0),
        "simulate": (["--epoch", "1"], 0),
        "shadow": ([], 2),  # this is no network of its family
        "run": (["--once"], 0),
        "status": ([], 0),
        "watch": (["--once"], 0),
        "backup": (["backed up"], 0),
        "restore": (["backed up"], 2),  # only into an empty folder
        "roles": ([], 0),
        "bundle publish": (["--to", "bundles"], 0),
        "bundle verify": (["bundles/00000000"], 0),
        "bootstrap": (["bundles"], 2),  # only into an empty folder
        "tx": ([], 0),
        "tx replace": (["999"], 2),  # there is none of that number
        "tx cancel": (["999"], 2),
        "committee": ([], 0),
        "committee sign": (["--at", "votes"], 2),  # no epoch is voted on
        "committee collect": (["--at", "votes"], 2),
        "evidence verify": (["leaves.csv", "--rpc", devnet.rpc], 2),  # that is no evidence
    }


def install(folder: Path) -> Path:
    """Build the wheel, install it and what is locked into an empty environment; return its folder of programs."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder / "built", ROOT], check=True)
    (wheel,) = (folder / "built").glob("pozk_oracle-*.whl")
    venv.create(folder / "environment", with_pip=True)
    programs = folder / "environment" / "bin"
    pip = [str(programs / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", ROOT / "requirements.lock"], check=True)
    subprocess.run([*pip, "--no-deps", wheel], check=True)
    return programs


def run_unit_tests(programs: Path, folder: Path) -> None:
    """Run the unit tests in a copy of their folder, beside which no package of ours lies."""
    suite = folder / "suite"
    shutil.copytree(ROOT / "tests", suite / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", suite)
    places = subprocess.check_output([programs / "python", "-c", WHERE, *OURS], cwd=suite, text=True).split()
    print("imported from", *places, flush=True)
    assert all(Path(place).is_relative_to(folder / "environment") for place in places), places
    chosen = ["-q", "-m", "not chain and not database", "-p", "no:cacheprovider", *UNIT_TESTS]
    subprocess.run([programs / "python", "-m", "pytest", *chosen], cwd=suite, check=True)


def run_commands(programs: Path, folder: Path) -> None:
    """Run every command of the installed `pozk` in an empty folder, on a devnet that this checkout runs."""
    cases = json.loads((ROOT / "tests" / "vectors" / "allocation_v2.json").read_text())[:2]
    (folder / "inputs.json").write_text(json.dumps([case["input"] for case in cases]))
    (folder / "leaves.csv").write_text(f"0x{'11' * 20},0x{'22' * 20},5\n")
    with run_devnet(SMALL) as devnet:
        write_config(devnet, folder / "pozk.toml", Path("data"))
        (folder / "wired").mkdir()
        table = smoke(devnet)
        known = subprocess.check_output([programs / "python", "-c", COMMANDS], cwd=folder, text=True).splitlines()
        assert sorted(known) == sorted(table), f"tried {sorted(table)}, there are {sorted(known)}"
        for name, (arguments, code) in table.items():
            command = [str(programs / "pozk"), *name.split(), *arguments]
            if name == "serve":
                command = [str(programs / "python"), "-c", SERVED, *command]
            run_command(name, command, folder, devnet.officers["dao"].private_key, code)


def run_command(name: str, command: list[str], folder: Path, key: str, code: int) -> None:
    """Run one command; it ends with its code, and what stops it is no fault of the program."""
    environment = {each: value for each, value in os.environ.items() if not each.startswith("POZK_")}
    environment["POZK_DEPLOYER_KEY"] = key
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    said = done.stderr.strip().splitlines()
    print(f"pozk {name}: {done.returncode} {said[-1] if done.returncode and said else ''}", flush=True)
    assert done.returncode == code, f"pozk {name}: {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    assert FAULT not in done.stderr, done.stderr


def main() -> None:
    """Do all of it in the folder that is given, which is made anew."""
    folder = Path(sys.argv[1]).resolve()
    assert not folder.is_relative_to(ROOT), f"{folder} is inside of the repository"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    programs = install(folder)
    run_unit_tests(programs, folder)
    (folder / "empty").mkdir()
    run_commands(programs, folder / "empty")
    print("the wheel works")


if __name__ == "__main__":
    main()
