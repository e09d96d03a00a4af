"""Random small worlds for the rules of whole epochs: stakes, proofs, bonuses, corrections and opening balances.

What the chain would say of each epoch is given as plain values; the aggregates are summed here, in plain integers.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

TOKEN = sha256(b"token").digest()[:20]
BONUS_TOKENS = (TOKEN, sha256(b"bonus").digest()[:20])
WEIGHTS = ((5000, 5000), (2500, 7500), (10_000, 0), (0, 10_000), (6000, 4000), (3333, 6667))
USAGE_UNITS = (0, 1, 10**8)


@dataclass
class PlainEpoch:
    """One epoch as the chain has it; aggregates are (kind, app, account, x, stake)."""

    number: int
    voided: bool
    ruleset: str
    residual: str
    emission: int
    weights: tuple[int, int, int, int]
    usage_unit: int
    aggregates: list[tuple[int, bytes, bytes, int, int]]
    total_app_staking: int
    total_staking: int
    bonuses: list[tuple[bytes, bytes, int, bytes]] = field(default_factory=list)
    corrections: list[tuple[bytes, bytes, int]] = field(default_factory=list)
    opening: list[tuple[bytes, bytes, int]] = field(default_factory=list)

    def opening_file(self) -> bytes:
        """Return the file of opening balances, empty if there are none."""
        return b"".join(token + who + wei.to_bytes(32, "big") for token, who, wei in sorted(self.opening))


def small_world(seed: int, epochs: int = 2) -> list[PlainEpoch]:
    """Return consecutive epochs of a world with few apps and accounts; some shards hold several of them."""
    source = Random(seed)
    apps = [some_address(source) for _ in range(source.randrange(1, 4))]
    people = [some_address(source) for _ in range(source.randrange(3, 7))]
    return [some_epoch(source, number, apps, people) for number in range(epochs)]


def some_epoch(source: Random, number: int, apps: list[bytes], people: list[bytes]) -> PlainEpoch:
    """Return one epoch: every account may have any part, none at all, or stake alone."""
    voided = source.random() < 0.1
    stakes = {
        (app, who, role): some_wei(source) for app in apps for who in people for role in (0, 1) if source.random() < 0.6
    }
    (a, b), (c, d) = source.choice(WEIGHTS), source.choice(WEIGHTS)
    epoch = PlainEpoch(
        number=number,
        voided=voided,
        ruleset=source.choice(["paper-v1", "paper-v2"]),
        residual=source.choice(["rollover", "normalize"]),
        emission=source.choice([0, 1, 7, 10**18 + 1, 10**24, 123456789 * 10**18]),
        weights=(a, b, c, d),
        usage_unit=source.choice(USAGE_UNITS),
        aggregates=[] if voided else some_aggregates(source, apps, people, stakes),
        total_app_staking=sum(wei for (_, _, role), wei in stakes.items() if role == 1),
        total_staking=sum(stakes.values()),
    )
    epoch.bonuses = [
        (source.choice(apps), source.choice(BONUS_TOKENS), source.choice([0, 1, 5, 10**20 + 7]), source.choice(people))
        for _ in range(source.randrange(5))
    ]
    corrected = source.sample([(who, token) for who in people for token in BONUS_TOKENS], source.randrange(3))
    epoch.corrections = [(who, token, source.choice([1, 10**19])) for who, token in corrected]
    if number == 0 and source.random() < 0.3:
        held = source.sample([(token, who) for token in BONUS_TOKENS for who in people], 3)
        epoch.opening = [(token, who, source.randrange(1, 10**22)) for token, who in held]
    return epoch


def some_aggregates(
    source: Random, apps: list[bytes], people: list[bytes], stakes: dict[tuple[bytes, bytes, int], int]
) -> list[tuple[int, bytes, bytes, int, int]]:
    """Return the rows of kinds 0 to 4 and 6 of the proofs of an epoch (SPEC section 7)."""
    rows = []
    for app in apps:
        work, tasks = {}, {}
        for _ in range(source.randrange(6)):
            miner, user = source.choice(people), source.choice(people)
            work[miner] = work.get(miner, 0) + source.choice([0, 1, 4096000, 871616000])
            tasks[user] = tasks.get(user, 0) + 1
        if not tasks:
            continue
        own = [
            [(kind, app, who, x, stakes.get((app, who, kind - 1), 0)) for who, x in found.items()]
            for kind, found in ((1, work), (2, tasks))
        ]
        of_role = [sum(wei for (at, _, r), wei in stakes.items() if (at, r) == (app, role)) for role in (0, 1)]
        rows += [(0, app, bytes(20), source.choice([1, 4096000, 10064612000]), of_role[1]), *own[0], *own[1]]
        rows += [
            (3 + n, app, bytes(20), sum(r[3] for r in part), sum(r[4] for r in part)) for n, part in enumerate(own)
        ]
        rows.append((6, app, bytes(20), 0, of_role[0]))
    return rows


def some_address(source: Random) -> bytes:
    """Return an address of one of a few first bytes, so that shards are shared."""
    return bytes([source.choice([0, 7, 7, 130, 255])]) + source.randbytes(19)


def some_wei(source: Random) -> int:
    """Return a stake: dust, round, or any."""
    return source.choice([0, 1, 10**18, 4 * 10**18, source.randrange(10**24)])
