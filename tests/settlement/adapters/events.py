"""Writes made-up chains into a real lake, and settles them by a plain reading of the specification."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count

import pyarrow as pa

from indexer.rules.protocols.reference import REFERENCE
from indexer.words.blocks import block_range

GENESIS, LENGTH = 1_000, 100


def address(number):
    return number.to_bytes(20, "big")


@dataclass
class MadeUpChain:
    """Blocks ten seconds apart from `start`; `emit` puts an event into the newest block."""

    start: int = GENESIS
    step: int = 10
    blocks: list = field(default_factory=list)
    events: dict = field(default_factory=lambda: defaultdict(list))
    quarantined: list = field(default_factory=list)
    protocol: object = REFERENCE

    def mine(self, blocks=1, timestamp=None):
        for _ in range(blocks):
            time = timestamp if timestamp is not None else self.start + self.step * len(self.blocks)
            number = len(self.blocks)
            self.blocks.append({"number": number, "hash": block_hash(number), "timestamp": time, "our_logs": 0})
        return self

    def mine_until(self, timestamp):
        while not self.blocks or self.blocks[-1]["timestamp"] < timestamp:
            self.mine()
        return self

    def emit(self, table, **arguments):
        self.events[table].append(arguments | self._place())
        return self

    def quarantine(self, event, reason="made up"):
        row = self._place() | {"event": event, "reason": reason, "topics": b"", "data": b""}
        self.quarantined.append(row | {"block_hash": block_hash(row["block_number"])})
        return row

    def _place(self):
        block = self.blocks[-1]
        block["our_logs"] += 1
        return {
            "block_number": block["number"],
            "log_index": block["our_logs"] - 1,
            "tx_index": 0,
            "tx_hash": bytes(32),
            "address": bytes(20),
        }

    def store(self, lake):
        """Append everything to an empty lake, all blocks final."""
        last = self.blocks[-1]
        coverage = {
            "from_block": 0,
            "to_block": last["number"],
            "level": "receipts",
            "our_logs": sum(block["our_logs"] for block in self.blocks),
            "quarantined": len(self.quarantined),
            "to_hash": last["hash"],
            "kinds": "all",
        }
        rows = {
            "kinds": [{"digest": "all", "topic0": kind.topic0} for kind in self.protocol.kinds],
            "blocks": self.blocks,
            "quarantine": self.quarantined,
            "coverage": [coverage],
            "finality": [last],
            **self.events,
        }
        with lake.transaction():
            tables = {table: as_table(lake, table, listed) for table, listed in rows.items() if listed}
            for table, stored in tables.items():
                lake.append(table, stored)
            lake.append_range(block_range(self.blocks[0]["number"], last["number"]), tables)


def as_table(lake, table, rows):
    """Return rows as Arrow in the types of a lake table; what a row does not say is zero."""
    schema = lake.query(f"SELECT * FROM lake.{table} LIMIT 0").schema
    columns = []
    for column in schema:
        zero = b"" if pa.types.is_binary(column.type) else "" if pa.types.is_string(column.type) else 0
        zero = False if pa.types.is_boolean(column.type) else zero
        columns.append(pa.array([row.get(column.name, zero) for row in rows], type=column.type))
    return pa.table(columns, schema=schema)


def block_hash(number):
    return (number + 1).to_bytes(32, "big")


def in_force(events, epoch, reference, key=lambda _: None):
    """Return the event in force for each key, as the specification words it."""
    found = {}
    for event in events:
        if event["from_epoch"] <= epoch and event["block_number"] <= reference:
            rank = (event["from_epoch"], event["block_number"], event["log_index"])
            if key(event) not in found or rank > found[key(event)][0]:
                found[key(event)] = (rank, event)
    return {name: event for name, (_, event) in found.items()}


def naive_stakes(chain, epoch, reference):
    stakes = defaultdict(int)
    for event in chain.events["stake_changed"]:
        if event["effective_epoch"] <= epoch and event["block_number"] <= reference:
            stakes[event["app"], event["account"], event["role"]] += event["delta"]
    return stakes


def naive_aggregates(chain, epoch):
    """Return the aggregates but pools, as {(kind, app, account): (x, stake)}, and both stake totals."""
    inside = [b["number"] for b in chain.blocks if (b["timestamp"] - GENESIS) // LENGTH == epoch]
    reference = max(inside)
    alphas = {
        scheme: event["alpha_milli"]
        for scheme, event in in_force(
            chain.events["scheme_weight_set"], epoch, reference, lambda e: e["scheme"]
        ).items()
    }
    approvals = in_force(
        [event | {"approved": True} for event in chain.events["app_approved"]]
        + [event | {"approved": False} for event in chain.events["app_stopped"]],
        epoch,
        reference,
        lambda event: event["app"],
    )
    stakes = naive_stakes(chain, epoch, reference)
    x = defaultdict(int)
    for proof in chain.events["proof_verified"]:
        app = proof["app"]
        if proof["block_number"] in inside and proof["epoch"] == epoch and approvals.get(app, {}).get("approved"):
            x[1, app, proof["miner"]] += proof["gates"] * alphas[proof["scheme"]]
            x[2, app, proof["user"]] += 1
            x[0, app, bytes(20)] = approvals[app]["gates"] * alphas[approvals[app]["scheme"]]
    rows = defaultdict(lambda: (0, 0))
    for (kind, app, account), amount in x.items():
        own = (
            stakes[app, account, kind - 1] if kind else sum(s for (a, _, r), s in stakes.items() if a == app and r == 1)
        )
        rows[kind, app, account] = (amount, own)
        if kind:
            before = rows[kind + 2, app, bytes(20)]
            rows[kind + 2, app, bytes(20)] = (before[0] + amount, before[1] + own)
        else:
            rows[6, app, account] = (0, sum(s for (a, _, r), s in stakes.items() if a == app and r == 0))
    return dict(rows), sum(s for (_, _, role), s in stakes.items() if role == 1), sum(stakes.values())


def random_chain(random, epochs=3):
    """Return a chain of several epochs with everything that the aggregates depend on."""
    chain = MadeUpChain().mine()
    ids = count(1)
    apps = [address(next(ids)) for _ in range(4)]
    accounts = [address(next(ids)) for _ in range(6)]
    for scheme, alpha in ((0, 1000), (1, 200), (2, 4000)):
        chain.emit("scheme_weight_set", from_epoch=0, scheme=scheme, alpha_milli=alpha)
    chain.emit("weights_set", from_epoch=0, a=2500, b=7500, c=5000, d=5000, usage_unit=10**6)
    for app in apps:
        chain.emit("app_approved", app=app, from_epoch=0, scheme=random.randrange(3), gates=random.randrange(1, 10**9))
    balance = defaultdict(int)
    while chain.blocks[-1]["timestamp"] < GENESIS + epochs * LENGTH:
        chain.mine()
        epoch = (chain.blocks[-1]["timestamp"] - GENESIS) // LENGTH
        for _ in range(random.randrange(8)):
            _emit_random(random, chain, epoch, apps, accounts, balance)
    return chain


def _emit_random(random, chain, epoch, apps, accounts, balance):
    app, kind = random.choice(apps), random.randrange(10)
    if kind < 4:
        key = (app, random.choice(accounts), random.randrange(2))
        delta = random.choice([10**27, 1, 10**18, -random.randint(0, balance[key])])
        balance[key] += delta
        chain.emit("stake_changed", app=app, account=key[1], role=key[2], delta=delta, effective_epoch=epoch + 1)
    elif kind < 8:
        chain.emit(
            "proof_verified",
            app=app,
            miner=random.choice(accounts),
            user=random.choice(accounts),
            scheme=random.randrange(3),
            gates=random.randrange(1, 2**64),
            epoch=epoch if random.random() < 0.9 else epoch + 1,
        )
    elif kind == 8:
        fields = {"scheme": random.randrange(3), "gates": random.randrange(1, 10**9)}
        chain.emit("app_approved", app=app, from_epoch=epoch + random.randint(1, 2), **fields)
    elif random.random() < 0.3:
        chain.emit("app_stopped", app=app, from_epoch=epoch + 1)
    else:
        chain.emit(
            "scheme_weight_set", from_epoch=epoch + 1, scheme=random.randrange(3), alpha_milli=random.randrange(1, 5000)
        )
