"""Lakes settled by Spark on executors of their own while these are killed.

`python -m tests.settlement.adapters.spark.killed`: a process of its own, because a process has one Spark session. It
ends with 0 where every report is DuckDB's to the byte.
"""

import os
import random
import sys
import tempfile
from pathlib import Path
from threading import Event, Thread
from time import sleep

import psutil

from indexer.adapters.postgres.database import open_database
from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from settlement.adapters.lake.facts import LakeFacts
from settlement.adapters.spark.spark_engine import SparkEngine
from settlement.rules.facts.epochs import EpochClock
from tests.conftest import create_database
from tests.settlement.adapters.events import GENESIS, LENGTH
from tests.settlement.adapters.spark.conftest import SMALL
from tests.settlement.adapters.spark.worlds import FORMS, documents_in_parts, documents_of, fill, some_chain

MASTER = "local-cluster[2,1,1024]"
CONFIG = SMALL | {
    "spark.executor.memory": "512m",
    "spark.executor.extraJavaOptions": SMALL["spark.driver.extraJavaOptions"],
    "spark.deploy.maxExecutorRetries": "-1",
    "spark.task.maxFailures": "100",
    "spark.stage.maxConsecutiveAttempts": "100",
}
KILLS_A_LAKE, EPOCHS = 3, 1
CHOICE = [("paper-v1", "normalize")]


def executors():
    """Return the processes that compute, children of this one's Java machine."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if "CoarseGrainedExecutorBackend" in " ".join(process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def cpu_seconds(process):
    """Return how long a process has computed, 0 where it is gone."""
    try:
        return process.cpu_times().user
    except psutil.Error:
        return 0


class Killer(Thread):
    """Kills one executor after another while epochs are read, `most` of them: what is left must get on."""

    def __init__(self, seed, most):
        super().__init__(daemon=True)
        self.source, self.most, self.done, self.kills = random.Random(seed), most, Event(), 0

    def run(self):
        while self.kills < self.most and not self.done.is_set():
            sleep(self.source.uniform(0.1, 0.5))
            found = [each for each in executors() if cpu_seconds(each) > self.source.uniform(3, 6)]  # they get on
            if found and not self.done.is_set():
                self.source.choice(found).kill()
                self.kills += 1


def main(kills):
    """Settle lakes until so many executors were killed."""
    seed = int(os.environ.get("SEED", "0"))
    folder, done = Path(tempfile.mkdtemp()), 0
    with open_database("", folder / "server") as database:
        while done < kills:
            here = folder / str(seed)
            with open_lake(create_database(database.uri), here, REFERENCE) as lake:
                done += settle_one(lake, seed, min(kills - done, KILLS_A_LAKE), here / "parts")
            seed += 1
    print(f"{done} executors killed, lakes up to seed {seed - 1} settled to the bytes of DuckDB")
    return 0


def settle_one(lake, seed, most, room):
    """Settle one lake on both engines and return how many executors were killed meanwhile."""
    fill(lake, some_chain(seed), FORMS[seed % len(FORMS)])
    clock, engine = EpochClock(GENESIS, LENGTH, 0), SparkEngine(lake, MASTER, CONFIG, room)
    expected = documents_of(LakeFacts(lake, clock), CHOICE, EPOCHS)
    _ = engine.session
    killer = Killer(seed, most)
    killer.start()
    got = documents_in_parts(LakeFacts(lake, clock, engine=engine), CHOICE, EPOCHS)
    killer.done.set()
    killer.join()
    assert got == expected, f"seed {seed}"
    print(f"seed {seed}: {killer.kills} executors killed", flush=True)
    return killer.kills


if __name__ == "__main__":
    sys.exit(main(int(os.environ.get("SPARK_KILLS", "50"))))
