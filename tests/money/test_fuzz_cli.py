"""No command line, configuration or environment ends in a traceback; each ends with a code of the specification.

`make fuzz-cli` tries 2,000 in this process and 100 as processes; the suite a few of them. SEED sets others, CASE one.
"""

import io
import json
import os
import random
import subprocess
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace

import pytest

from settlement.entry.cli import run
from tests.fuzz.command_lines import draw_case, write_files
from tests.support.operator import POZK

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
SEED = os.environ.get("SEED", "1")
CASES = range(int(os.environ.get("CASES", "80")))
PROCESSES = range(int(os.environ.get("PROCESSES", "4")))
CODES = {0, 1, 2, 3, 4}


@pytest.fixture
def place(settled_operator, monkeypatch):
    """An operator who has settled, has no key and soon gives up nodes, and the configuration."""
    settled_operator.edit_config("private_key", "# private_key")
    settled_operator.edit_config("[chain]", "[chain]\npatience_seconds = 1")
    folder = settled_operator.folder
    write_files(folder)
    monkeypatch.chdir(folder)
    return settled_operator, settled_operator.config.read_text()


def cases_of(numbers, config):
    chosen = [int(os.environ["CASE"])] if "CASE" in os.environ else numbers
    for number in chosen:
        yield number, draw_case(random.Random(f"{SEED}/{number}"), config)


def set_up(folder, case):
    path = folder / "pozk.toml"
    path.unlink(missing_ok=True)
    if case.config is not None:
        path.write_bytes(case.config)


def faults_of(case, code, stdout, stderr):
    """Return what is wrong with how a command ended."""
    errors = [line for line in stderr.splitlines() if line.startswith("error: ")]
    if code not in CODES:
        yield "no code of the specification"
    if "Traceback" in stderr or "a fault of pozk itself" in stderr:
        yield "nobody foresaw it"
    if len(errors) != (0 if code == 0 else 1) and not (code == 1 or "check" in case.arguments):
        yield f"{len(errors)} error lines"
    if "--json" in case.arguments and stdout.startswith(("{", "[")):
        try:
            json.loads(stdout, parse_constant=lambda name: float(f"no JSON: {name}"))
        except ValueError as error:
            yield str(error)


def told(case, number, code, stdout, stderr):
    """Return the story of a case that ended wrongly, nothing for one that did not."""
    faults = list(faults_of(case, code, stdout, stderr))
    head = f"SEED={SEED} CASE={number}: {case.arguments!r} {case.environment!r} ended with {code}"
    return [f"{head}: {', '.join(faults)}\n{stderr[-2000:]}"] if faults else []


def test_run__drawn_command_lines__each_ends_with_a_code_and_no_traceback(place, monkeypatch):
    operator, config = place
    stories = []
    for number, case in cases_of(CASES, config):
        set_up(operator.folder, case)
        stdout, stderr = io.StringIO(), io.StringIO()
        with monkeypatch.context() as around, redirect_stdout(stdout), redirect_stderr(stderr):
            for name, value in (operator.environment | case.environment).items():
                around.setenv(name, value)
            around.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"[]")))
            code = run(list(case.arguments))
        stories += told(case, number, code, stdout.getvalue(), stderr.getvalue())
    assert not stories, "\n\n".join(stories)


def test_main__drawn_command_lines_as_processes__each_ends_with_a_code_and_no_traceback(place):
    operator, config = place
    stories = []
    for number, case in cases_of(PROCESSES, config):
        set_up(operator.folder, case)
        if any("\0" in word for word in case.arguments):
            continue
        environment = os.environ | operator.environment | case.environment
        done = subprocess.run([POZK, *case.arguments], input=b"[]", capture_output=True, env=environment, timeout=300)
        stdout, stderr = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
        stories += told(case, number, done.returncode, stdout, stderr)
    assert not stories, "\n\n".join(stories)
