"""Seeded events of every kind, and settings to ingest them."""

import random

from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.contracts import ContractSpan
from indexer.words.finality import Finality
from indexer.words.levels import parse_level
from indexer.words.quantities import AMOUNT_LIMIT
from tests.indexer.rawlogs import encode_log


def random_value(argument, rng):
    kind = argument.abi_type
    if argument.name == "role":
        return rng.randrange(2)
    if kind in ("address", "bytes32"):
        return rng.randbytes(20 if kind == "address" else 32)
    if kind == "bytes":
        return rng.randbytes(rng.randrange(70))
    if kind == "string":
        return "".join(rng.choice("abcé\0") for _ in range(rng.randrange(40)))
    if kind == "bool":
        return rng.random() < 0.5
    if argument.is_amount:
        amount = rng.randrange(AMOUNT_LIMIT + 1)
        return -amount if kind == "int256" and rng.random() < 0.5 else amount
    if kind == "bool":
        return rng.random() < 0.5
    return rng.randrange(2 ** int(kind[4:]))


def random_event(rng, events=REFERENCE.kinds):
    """Return an event type, its values, its topics and its data."""
    event = rng.choice(events)
    values = {argument.name: random_value(argument, rng) for argument in event.arguments}
    return event, values, *encode_log(event, values)


def emit_random(chain, seed, transactions=6, most=4):
    """Send seeded logs of all roles; return (event, values) in their order on chain."""
    rng = random.Random(seed)
    sent = []
    for _ in range(transactions):
        known = REFERENCE.kinds if sent else REFERENCE.counted  # our first log counts
        event = rng.choice(known)
        kinds = [each for each in known if event.emitters[0] in each.emitters]
        rows = [random_event(rng, kinds) for _ in range(rng.randint(1, most))]
        chain.emit(chain.contracts[event.emitters[0]], [(topics, data) for _, _, topics, data in rows])
        sent += [(event, values) for event, values, _, _ in rows]
        if rng.random() < 0.3:
            chain.mine(rng.randint(1, 5))
    return sent


def settings_for(chain, **changes):
    contracts = {role: (ContractSpan(address),) for role, address in chain.contracts.items()}
    fields = {
        "protocol": REFERENCE,
        "chain_id": 31337,
        "contracts": contracts,
        "start_block": 0,
        "genesis": 1_700_000_000,
    }
    if "level" in changes:
        changes["level"] = parse_level(changes["level"])
    return IngestSettings(**fields | {"length_seconds": 86_400, "finality": Finality(0)} | changes)
