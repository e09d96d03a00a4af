"""One oracle of a soak: its folder, its process, how often it was killed and how long it took to be well again."""

import json
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from deploy.devnet import Devnet
from settlement.entry.configuration.devnet_file import write_config
from tests.support.operator import POZK


@dataclass
class SoakOracle:
    """`key` signs its votes, `relayer` pays for distributions where it is given."""

    folder: Path
    key: str
    relayer: str = ""
    process: subprocess.Popen | None = None
    address: str = ""
    kills: int = 0
    recoveries: list = field(default_factory=list)
    killed_at: float = 0.0

    @property
    def log(self):
        return self.folder / "log"

    def configure(self, devnet: Devnet):
        self.folder.mkdir(parents=True)
        write_config(devnet, self.folder / "pozk.toml", Path("data"))
        text = (self.folder / "pozk.toml").read_text()
        text = re.sub(r'^private_key = "0x.*"$', "", text, flags=re.MULTILINE)
        (self.folder / "pozk.toml").write_text(text)

    def start(self):
        """Start the service; its keys are in its environment alone."""
        environment = os.environ | {"POZK_SIGNER_PRIVATE_KEY": self.key, "POZK_RUN_DISTRIBUTE_SECONDS": "10"}
        environment |= {"POZK_RELAYER_PRIVATE_KEY": self.relayer, "POZK_RUN_LOOK_SECONDS": "3"}
        command = [POZK, "run", "--config", str(self.folder / "pozk.toml")]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        self.address = ""

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.kills += 1
        self.killed_at = time.monotonic()

    def look(self):
        """Return its status, None while it cannot be asked; note when it speaks again after a kill."""
        if not self.address:
            found = re.findall(r"http://127\.0\.0\.1:[0-9]+", self.log.read_text(errors="replace"))
            self.address = found[-1] if len(found) > self.kills else ""
        try:
            with urlopen(f"{self.address}/readyz", timeout=3) as answer:  # noqa: S310 - our own service
                document = json.load(answer)
        except URLError as error:
            document = json.load(error) if hasattr(error, "code") else None
        except (ValueError, OSError):
            document = None
        if document and self.killed_at and document["role"] == "speaks":
            self.recoveries.append(time.monotonic() - self.killed_at)
            self.killed_at = 0.0
        return document

    def stop(self):
        """End it as a supervisor does; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)
