"""An operator at a command line: runs `pozk` in a folder, in this process or as a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from deploy.devnet import Devnet
from settlement.entry.cli import run
from settlement.entry.configuration.assembly import open_store
from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.devnet_file import write_config

DATA_DIR = "my data"
"""With a blank in its name, as people's folders have."""
POZK = str(Path(sys.executable).with_name("pozk"))


@dataclass
class Answer:
    """What a command left: exit code, what it printed, and its JSON document."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self):
        return json.loads(self.stdout)


@dataclass
class Operator:
    """A folder with a configuration. `environment` holds POZK_ variables."""

    folder: Path
    capture: object
    environment: dict = field(default_factory=dict)

    @property
    def config(self):
        return self.folder / "pozk.toml"

    @property
    def data_dir(self):
        return self.folder / DATA_DIR

    def pozk(self, *arguments, code=0):
        """Run a command in this process with --json and assert its exit code."""
        answer = self.try_pozk(*arguments)
        assert answer.code == code, f"pozk {' '.join(arguments)}: {answer.code}\n{answer.stdout}\n{answer.stderr}"
        return answer

    def try_pozk(self, *arguments):
        self.capture.readouterr()
        kept = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        try:
            code = run([*arguments, "--json", *self._config_option(arguments)])
        finally:
            for name, value in kept.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value
        printed = self.capture.readouterr()
        return Answer(code, printed.out, printed.err)

    def start(self, *arguments):
        """Start a command as a process of its own."""
        return subprocess.Popen(
            [POZK, *arguments, "--json", *self._config_option(arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | self.environment,
        )

    def edit_config(self, old, new):
        text = self.config.read_text()
        assert old in text
        self.config.write_text(text.replace(old, new))

    def _config_option(self, arguments):
        return (
            []
            if arguments[0] in ("allocate", "merkle", "evidence") or arguments[:2] == ("bundle", "verify")
            else ["--config", str(self.config)]
        )


def operator_of(devnet: Devnet, folder: Path, capture, **environment) -> Operator:
    """Return an operator with a configuration of the devnet in `folder`."""
    operator = Operator(folder, capture, environment)
    write_config(devnet, operator.config, Path(DATA_DIR))
    return operator


def reports_of(operator):
    """Return the report files of every settled epoch, as bytes."""
    return {path.parent.name: path.read_bytes() for path in sorted(operator.data_dir.glob("epochs/*/report.json"))}


def tables_of(operator, tables):
    """Return every row of the lake's tables, in the order of the chain."""
    with open_store(load_settings(operator.config, operator.environment)) as store:
        return {
            table: store.lake.query(f"SELECT * FROM lake.{table} ORDER BY {order_of(table)}").to_pylist()
            for table in tables
        }


def order_of(table):
    return "number" if table == "blocks" else "block_number, log_index"
