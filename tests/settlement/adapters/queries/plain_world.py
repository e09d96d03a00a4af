"""The rows of a lake as plain Python values, and what the plain twins of the named queries share."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

EVENTS = (
    *("app_approved", "app_registered", "claimed", "dispute_resolved", "dissented", "fee_paid", "proof_verified"),
    *("report_voted", "root_activated", "root_proposed", "scheme_weight_set", "stake_changed", "task_accepted"),
    *("task_cancelled", "task_expired", "task_posted", "slashed", "withdrawn"),
)
TIERS = (
    (119389, "96 cores or more"),
    (80287, "64 cores"),
    (41183, "32 cores"),
    (21632, "16 cores"),
    (11856, "8 cores"),
)
ROLES = ("miner", "user", "returned", "correction", "opening")


def text(value):
    return None if value is None else "0x" + value.hex()


def tokens(amount, decimals=18):
    digits = str(abs(amount)).rjust(decimals + 1, "0")
    shown = f"{digits[:-decimals]}.{digits[-decimals:]}".rstrip("0").rstrip(".")
    return ("-" if amount < 0 else "") + shown


def ratio(part, whole):
    return None if not whole else float(Fraction(part, whole))


def quantile(values, tenths):
    """The least value that so many tenths do not exceed."""
    ordered = sorted(value for value in values if value is not None)
    return ordered[max(0, -(-len(ordered) * tenths // 10) - 1)] if ordered else None


@dataclass
class World:
    """Rows of the lake by table, of the settled stages, and the clock."""

    tables: dict
    amounts: list
    leaves: list
    reports: list
    token: bytes
    genesis: int
    length: int

    @cached_property
    def times(self):
        return {row["number"]: row["timestamp"] for row in self.tables["blocks"]}

    def at(self, row):
        return self.times[row["block_number"]]

    def epoch_at(self, seconds):
        return (seconds - self.genesis) // self.length

    @cached_property
    def epochs(self):
        newest = [self.epoch_at(max(self.times.values()))] + [row["epoch"] for row in self.reports]
        return range(max(newest) + 1)

    @cached_property
    def tasks(self):
        found = {}
        for row in self.tables["task_posted"]:
            found[row["address"], row["task_id"]] = row | {"posted_at": self.at(row), "takes": [], "misses": 0}
        for row in self.in_order("task_accepted"):
            if (row["address"], row["task_id"]) in found:
                found[row["address"], row["task_id"]]["takes"].append(row | {"at": self.at(row)})
        for name, member in (("proof_verified", "proof"), ("fee_paid", "paid"), ("task_cancelled", "cancel")):
            for row in self.tables[name]:
                if (row["address"], row["task_id"]) in found:
                    found[row["address"], row["task_id"]][member] = row | {"at": self.at(row)}
        for row in self.tables["task_expired"]:
            found[row["address"], row["task_id"]]["misses"] += 1
        return list(found.values())

    @cached_property
    def proven(self):
        return [task for task in self.tasks if "proof" in task]

    def in_order(self, table):
        return sorted(self.tables[table], key=lambda row: (row["block_number"], row["log_index"]))

    def last_of(self, table, *keys):
        return {tuple(row[key] for key in keys): row for row in self.in_order(table)}

    def stake(self, epoch, role, account=None):
        held = defaultdict(int)
        for row in self.tables["stake_changed"]:
            if row["effective_epoch"] <= epoch and row["role"] == role and account in (None, row["account"]):
                held[row["account"]] += row["delta"]
        return held


def taken(task):
    return task["takes"][-1]["at"] if task["takes"] else None


def seconds(task):
    return task["proof"]["at"] - taken(task) if task["takes"] else None


def summed(rows, key, value):
    found = defaultdict(int)
    for row in rows:
        found[key(row)] += value(row)
    return found
