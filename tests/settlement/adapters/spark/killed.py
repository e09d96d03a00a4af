"""Kills Spark's executors while epochs are settled: those that are left, and those that come after, must get on."""

import random
from contextlib import contextmanager
from threading import Event, Thread

import psutil


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
    """Kills one executor after another, `most` of them, each when it has come up and has computed something."""

    def __init__(self, seed, most):
        super().__init__(daemon=True)
        self.source, self.most, self.done, self.kills = random.Random(seed), most, Event(), 0

    def run(self):
        while self.kills < self.most and not self.done.wait(self.source.uniform(0.1, 0.5)):
            found = [each for each in executors() if cpu_seconds(each) > self.source.uniform(3, 6)]
            if found and not self.done.is_set():
                self.source.choice(found).kill()
                self.kills += 1


@contextmanager
def killing(seed, most):
    """Kill so many executors at most as long as the block lasts; yields who does it, and counts."""
    killer = Killer(seed, most)
    killer.start()
    try:
        yield killer
    finally:
        killer.done.set()
        killer.join()
