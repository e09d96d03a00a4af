"""One oracle of a soak: its folder, its service as a process, and what an operator does to it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from deploy.devnet import Devnet
from indexer.words.errors import RetryLaterError
from settlement.entry.configuration.devnet_file import write_config
from tests.soak.nodes import OracleNodes
from tests.support.operator import POZK

QUICK = {
    "POZK_CHAIN_ANSWER_SECONDS": "5",
    "POZK_CHAIN_PATIENCE_SECONDS": "10",
}
"""A day is some twenty seconds long."""


WORKS = ("follow", "settle", "publish")
"""The jobs that money waits for."""
CALLS, COMMAND_SECONDS = 5, 1_800
LOOK_SECONDS = 1
"""After which a service that does not answer is passed over until the next turn."""


@dataclass
class SoakOracle:
    """`key` signs its votes, `relayer` pays for distributions where it is given; both are in its environment alone."""

    folder: Path
    address: str
    key: str
    nodes: OracleNodes
    relayer: str = ""
    process: subprocess.Popen | None = None
    port: int = 0
    document: dict | None = None
    starts: int = 0
    is_down: bool = False
    log_size: int = 0
    environment: dict = field(default_factory=dict)

    @property
    def log(self):
        return self.folder / "log"

    @property
    def config(self):
        return self.folder / "pozk.toml"

    @property
    def data_dir(self):
        return self.folder / "data"

    def configure(self, devnet: Devnet):
        self.folder.mkdir(parents=True, exist_ok=True)
        write_config(devnet, self.config, Path("data"))
        text = re.sub(r'^private_key = "0x.*"$', "", self.config.read_text(), flags=re.MULTILINE)
        self.config.write_text(text)
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]

    def start(self, *options):
        with self.log.open("ab") as log:
            self.log_size = log.tell()
            self.process = self._popen("run", *options, stdout=log, stderr=log)
        self.document, self.is_down = None, False
        self.starts += 1

    def command(self, *arguments, codes=(0,)):
        """Run another command of the operator and return its output; another exit code is an error.

        One that says to call again later is called again, as an operator does whose nodes err.
        """
        for _ in range(CALLS):
            process = self._popen(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                output, errors = process.communicate(timeout=COMMAND_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            if process.returncode in codes:
                return output
            if process.returncode != RetryLaterError.exit_code:
                break
        raise AssertionError(f"{self.folder.name}: pozk {' '.join(arguments)}: {process.returncode}: {errors[-800:]}")

    def kill(self):
        """Kill the service; whoever supervises it starts it again."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.document = None

    def stop(self):
        """End it as an operator does, until `start`; return its exit code."""
        self.is_down = True
        self.process.send_signal(signal.SIGTERM)
        self.document = None
        return self.process.wait(30)

    def end(self):
        """End it and its server at once, whatever state they are in."""
        self.kill()
        self._kill_servers()

    def supervise(self):
        """Start the service again where it has ended by itself or was killed."""
        if not self.is_down and self.process.poll() is not None:
            self.start()

    def wipe(self):
        """Lose the whole data directory, the embedded server with it."""
        self._kill_servers()
        deadline = time.monotonic() + 20
        while self.data_dir.exists() and time.monotonic() < deadline:
            time.sleep(0.5)  # processes of a server whose first one was killed end by themselves, and write until then
            shutil.rmtree(self.data_dir, ignore_errors=True)

    def look(self):
        """Read its status; None while it cannot be asked."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=LOOK_SECONDS) as answer:
                self.document = json.load(answer)
        except URLError as error:
            self.document = json.load(error) if hasattr(error, "code") else None
        except (ValueError, OSError):
            self.document = None
        return self.document

    def is_well(self, since):
        """Whether it speaks, has followed, settled and voted after `since`, and none of its jobs fails or is frozen."""
        found = self.document
        if not found or found["role"] != "speaks" or "jobs" not in found or self.troubles:
            return False
        ended = {job["name"]: job["succeeded_at"] or 0 for job in found["jobs"]}
        return all(ended.get(name, 0) > since for name in WORKS)

    @property
    def troubles(self):
        """What its failing jobs say, by name."""
        jobs = (self.document or {}).get("jobs", [])
        return {job["name"]: job["reason"] for job in jobs if job["failures"] or job["state"] == "frozen"}

    @property
    def frozen(self):
        return [job["name"] for job in (self.document or {}).get("jobs", []) if job["state"] == "frozen"]

    def servers(self):
        """The processes of its embedded PostgreSQL, the postmaster first."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.name().startswith("postgres") and f"{self.data_dir}/postgres" in " ".join(process.cmdline()):
                    found += [process, *process.children()]
        return found

    def family(self):
        """Every process of it."""
        with suppress(psutil.Error):
            return [psutil.Process(self.process.pid), *self.servers()]
        return []

    def sizes(self):
        """Memory (bytes) and open files of the service, and files of its lake; None while it does not run."""
        with suppress(psutil.Error, OSError):
            process = psutil.Process(self.process.pid)
            lake = sum(1 for _ in (self.data_dir / "lake").rglob("*.parquet"))
            return {"memory": process.memory_info().rss, "open_files": process.num_fds(), "lake_files": lake}
        return None

    def _kill_servers(self):
        for process in self.servers():
            with suppress(psutil.Error):
                process.kill()

    def _popen(self, *arguments, **streams):
        environment = os.environ | QUICK | {"POZK_SIGNER_PRIVATE_KEY": self.key, "POZK_CHAIN_RPC": self.nodes.urls}
        environment |= {"POZK_SERVE_PORT": str(self.port)} | self.environment
        environment |= {"POZK_RELAYER_PRIVATE_KEY": self.relayer} if self.relayer else {}
        command = [POZK, *arguments, "--config", str(self.config)]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment, **streams)
