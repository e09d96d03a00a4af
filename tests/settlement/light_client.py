"""A client that trusts nobody but the vote: it checks one account's amounts and leaf from the report and few shards.

Written from the specification alone, in plain integers; it imports nothing of the settlement. What it is given of a
stage are the 256 shard digests, whose sha256 is in the report, and single shards, each checked against its digest.
"""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import pairwise
from math import gcd

from eth_hash.auto import keccak

MINER, USER, RETURNED, CORRECTION, OPENING = range(5)
OWN_KINDS = {1: MINER, 2: USER}
ROLES = {"miner": MINER, "user": USER}
NOWHERE = bytes(20)


class MismatchError(Exception):
    """What the oracle published is not what the rules give."""


@dataclass
class Published:
    """What an oracle serves of one epoch: the report, 256 digests of each stage, and any shard as rows, ascending."""

    document: bytes
    digests: dict[str, list[bytes]]
    shard: Callable[[str, int], list[bytes]]
    fetched: set[tuple[str, int]] = field(default_factory=set)

    @cached_property
    def report(self):
        return json.loads(self.document)

    def rows(self, stage: str, byte: int) -> list[bytes]:
        """Return a shard's rows, once they are proven to be those of the report."""
        digests = self.digests[stage]
        require(len(digests) == 256, f"{stage}: 256 digests")
        require(sha256(b"".join(digests)).hexdigest() == self.report["stages"][stage]["sha256"][2:], f"{stage} digests")
        rows = self.shard(stage, byte)
        self.fetched.add((stage, byte))
        require(sha256(b"".join(rows)).digest() == digests[byte], f"shard {byte:02x} of {stage}")
        require(all(low < high for low, high in pairwise(rows)), f"order in {stage}")
        return rows


def require(condition: bool, what: str) -> None:
    if not condition:
        raise MismatchError(what)


@dataclass(frozen=True)
class Known:
    """What a client knows of its own: its address, what the emission is paid in, the apps whose bonus pools it fed,
    and the file of opening balances if the network has one.
    """

    account: bytes
    token: bytes
    deposited_in: frozenset[bytes] = frozenset()
    opening_file: bytes = b""


def check_account(known: Known, now: Published, before: Published | None) -> dict[tuple[bytes, bytes, int], int]:
    """Return (token, app, role) -> wei of an account, derived anew; MismatchError where rows or leaf say otherwise.

    `before` is the epoch before, None for the first.
    """
    account, derived = known.account, derive_amounts(known, now)
    rows = [split(row, 20, 20, 20, 1, 32) for row in now.rows("amounts", account[0])]
    stored = {(t, app, role[0]): number(wei) for t, who, app, role, wei in rows if who == account}
    require(stored == derived, f"amounts {stored} are not {derived}")
    leaves = {} if before is None else leaves_of(account, before)
    if before is None:
        require(now.report["previous_report"] == "0x" + "00" * 32, "previous report of the first epoch")
    else:
        require(now.report["previous_report"] == "0x" + keccak(before.document).hex(), "previous report")
    for (token, _, _), wei in derived.items():
        leaves[token] = leaves.get(token, 0) + wei
    require(leaves_of(account, now) == leaves, "leaf")
    return derived


def leaves_of(account: bytes, epoch: Published) -> dict[bytes, int]:
    """Return token -> cumulative."""
    rows = [split(row, 20, 20, 32) for row in epoch.rows("leaves", account[0])]
    return {token: number(cumulative) for who, token, cumulative in rows if who == account}


def derive_amounts(known: Known, now: Published) -> dict[tuple[bytes, bytes, int], int]:
    """Return (token, app, role) -> wei above 0, from the aggregates, deposits and the report."""
    account, report, found = known.account, now.report, Counter()
    rows = [split(row, 1, 20, 20, 32, 32) for row in now.rows("aggregates", account[0])]
    own = [
        (OWN_KINDS[kind[0]], app, number(x), number(stake))
        for kind, app, who, x, stake in rows
        if who == account and kind[0] in OWN_KINDS
    ]
    for address in {app for _, app, _, _ in own} | known.deposited_in:
        app = App(address, now)
        for role, _, x, stake in (row for row in own if row[1] == address):
            found[known.token, address, role] += emission(report, app, account, role, x, stake)
            for token, (pool, _) in app.pools.items():
                found[token, address, role] += bonus(report, app, pool, role, x, stake)
        for token, (pool, rest) in app.pools.items():
            found[token, address, RETURNED] += returned(app.deposits(now, token), pool, rest).get(account, 0)
    for row in report["corrections"]:
        if unhex(row["account"]) == account:
            found[unhex(row["token"]), NOWHERE, CORRECTION] += int(row["amount"])
    for token, wei in opening(report, known.opening_file, account).items():
        found[token, NOWHERE, OPENING] += wei
    return {key: wei for key, wei in found.items() if wei}


class App:
    """What the aggregates say of an app: x and stake of its kinds 0, 3, 4, 6, and pools token -> (B, R)."""

    def __init__(self, app: bytes, now: Published) -> None:
        self.address = app
        rows = [split(row, 1, 20, 20, 32, 32) for row in now.rows("aggregates", app[0])]
        mine = [(kind[0], who, number(x), number(s)) for kind, at, who, x, s in rows if at == app]
        self.pools = {who: (x, stake) for kind, who, x, stake in mine if kind == 5}
        kinds = {kind: (x, stake) for kind, _, x, stake in mine if kind in (0, 3, 4, 6)}
        require(set(kinds) in (set(), {0, 3, 4, 6}), "kinds of an app")
        self.is_active = bool(kinds)
        nothing = (0, 0)
        self.size, self.user_stake = kinds.get(0, nothing)
        (self.work, self.miners_with_row), (self.tasks, self.users_with_row) = (
            kinds.get(3, nothing),
            kinds.get(4, nothing),
        )
        self.miner_stake = kinds.get(6, nothing)[1]

    def deposits(self, now: Published, token: bytes) -> dict[bytes, tuple[int, int]]:
        """Return depositor -> (deposited, returned) of one pool."""
        rows = [split(row, 20, 20, 20, 32, 32) for row in now.rows("deposits", self.address[0])]
        return {
            who: (number(part), number(back)) for at, t, who, part, back in rows if (at, t) == (self.address, token)
        }


def emission(report: dict, app: App, account: bytes, role: int, x: int, stake: int) -> int:
    """Return what a row is paid of n, normalized if the report says so."""
    n, p = int(report["pool"]), {k: int(v) for k, v in report["parameters"].items() if isinstance(v, str)}
    is_v1 = report["ruleset"] == "paper-v1"
    require(is_v1 or report["ruleset"] == "paper-v2", "ruleset")
    own_total = p["total_staking"] if is_v1 else (app.miner_stake, app.user_stake)[role]
    floor = floor_of(
        n,
        (p["work"] if role == MINER else p["usage"], p["work"] + p["usage"], 10_000),
        (app.size, p["total_cs"], p["a"]),
        (app.user_stake, p["total_app_staking"] if is_v1 else p["active_app_staking"], p["b"]),
        (x, app.work if role == MINER else app.tasks, p["c"]),
        (stake, own_total, p["d"]),
    )
    if report["residual"] == "rollover" or p["floors"] == 0:
        return floor
    require(report["residual"] == "normalize", "residual")
    scaled, spare = n * floor // p["floors"], report["parameters"]["spare"]
    if spare["account"] == "":
        return scaled
    last = (-int(spare["amount"]), unhex(spare["account"]), unhex(spare["app"]), ROLES[spare["role"]])
    return scaled + ((-scaled, account, app.address, role) <= last)


def bonus(report: dict, app: App, pool: int, role: int, x: int, stake: int) -> int:
    """Return what a row is paid of one bonus pool of its app."""
    p = report["parameters"]
    usage = int(p["usage_unit"]) * app.tasks
    if report["ruleset"] == "paper-v1":
        total = (app.miners_with_row, app.users_with_row)[role]
    else:
        total = (app.miner_stake, app.user_stake)[role]
    return floor_of(
        pool,
        (app.work if role == MINER else usage, app.work + usage, 10_000),
        (x, app.work if role == MINER else app.tasks, int(p["c"])),
        (stake, total, int(p["d"])),
    )


def returned(deposits: dict[bytes, tuple[int, int]], pool: int, rest: int) -> dict[bytes, int]:
    """Return depositor -> wei: rest * B_f // B, the wei left one each to the largest B_f, ties by address."""
    require(sum(part for part, _ in deposits.values()) == pool, "deposits of a pool")
    back = {who: rest * part // pool for who, (part, _) in deposits.items()}
    for who in sorted(deposits, key=lambda who: (-deposits[who][0], who))[: rest - sum(back.values())]:
        back[who] += 1
    require(back == {who: told for who, (_, told) in deposits.items()}, "returned deposits")
    return back


def opening(report: dict, file: bytes, account: bytes) -> dict[bytes, int]:
    """Return token -> wei of the opening balances' file, which every entry of the report names by hash and sum."""
    sums: dict[bytes, int] = {}
    own = {}
    for row in (split(file[at : at + 72], 20, 20, 32) for at in range(0, len(file), 72)):
        sums[row[0]] = sums.get(row[0], 0) + number(row[2])
        if row[1] == account:
            own[row[0]] = number(row[2])
    for entry in report["opening"]:
        require(entry["sha256"] == "0x" + sha256(file).hexdigest(), "opening file")
        require(int(entry["amount"]) == sums.pop(unhex(entry["token"])), "opening sum")
    require(not (report["opening"] and sums), "a token of the opening file that nobody named")
    return own if report["opening"] else {}


def floor_of(scale: int, *factors: tuple[int, int, int]) -> int:
    """Return floor(scale * product of (p / q) ** (e / 10000)); exponent 0 is 1, a numerator of 0 makes it 0.

    Sixty digits propose; where they leave two candidates the integers decide.
    """
    counting = [(p, q, e) for p, q, e in factors if e]
    if scale == 0 or any(p == 0 for p, _, _ in counting):
        return 0
    with localcontext() as context:
        context.prec = 70
        logs = ((log_of(p) - log_of(q)) * e for p, q, e in counting)
        value = (log_of(scale) + sum(logs, Decimal(0)) / 10_000).exp()
        low, high = int(value - value * Decimal("1e-55")), int(value + value * Decimal("1e-55"))
    return low if low == high or not reaches(high, scale, counting) else high


def reaches(candidate: int, scale: int, factors: list[tuple[int, int, int]]) -> bool:
    """Return whether the exact value is at least the candidate."""
    root = 10_000 // gcd(10_000, *(e for _, _, e in factors))
    numerator, denominator = scale**root, 1
    for p, q, e in factors:
        power = e * root // 10_000
        numerator, denominator = numerator * p**power, denominator * q**power
    return candidate**root * denominator <= numerator


@lru_cache(maxsize=10_000)
def log_of(value: int) -> Decimal:
    with localcontext() as context:
        context.prec = 70
        return Decimal(value).ln()


def split(row: bytes, *widths: int) -> list[bytes]:
    """Return the fields of a row."""
    require(len(row) == sum(widths), "width of a row")
    starts = [sum(widths[:place]) for place in range(len(widths))]
    return [row[start : start + width] for start, width in zip(starts, widths, strict=True)]


def number(word: bytes) -> int:
    return int.from_bytes(word, "big")


def unhex(text: str) -> bytes:
    return bytes.fromhex(text[2:])
