"""The report of an epoch as canonical JSON, format 2 (SPEC section 7): the bytes that oracles agree on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from indexer.rules.consensus.keccak import keccak256
from indexer.words.blocks import BlockRef
from indexer.words.errors import UnsoundError
from indexer.words.quantities import Address, Epoch, Hash32, to_hex
from settlement.rules.allocation.amounts import Allocation, LastSpare
from settlement.rules.columns.conversions import sum_amounts
from settlement.rules.epoch.digests import StageDigest
from settlement.rules.facts.aggregates import KIND_APP, KIND_MINER, ROLE_NAMES, Aggregates
from settlement.rules.facts.epoch_facts import EpochFacts, RulesetChoice, Weights

FORMAT = "2"
SETTLED_NUMBERS = (
    "a", "active_app_staking", "b", "c", "d", "floors", "total_app_staking", "total_cs", "total_staking", "usage",
    "usage_unit", "work",
)  # fmt: skip
"""Parameters that say how an epoch was settled, whatever its emission is."""

Totals = Sequence[tuple[Address, int, int]]
"""(token, amount of the epoch, cumulative) ascending by token, in wei."""


@dataclass(frozen=True, slots=True)
class Network:
    """What ties a report to one network: chain id, distributor, reward token, epoch constants."""

    chain_id: int
    distributor: Address
    token: Address
    genesis: int
    length_seconds: int
    first: Epoch


@dataclass(frozen=True, slots=True)
class SpareRow:
    """The last row that got a spare wei, and its scaled amount before it: whoever comes before it by (amount
    descending, account, app, role) got one, too.
    """

    account: bytes
    app: bytes
    role: int
    amount: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the settlement of an epoch computed; `weights` and `choice` are None in a voided epoch. `stages` by name.

    own_keys: what the ruleset adds to the parameters. spare: the last row that got a spare wei.
    """

    root: Hash32
    weights: Weights | None
    choice: RulesetChoice | None
    allocation: Allocation
    spare: SpareRow | None
    own_keys: Mapping[str, str]
    totals: Totals
    stages: Mapping[str, StageDigest]


def build_report(network: Network, facts: EpochFacts, outcome: Outcome, previous_report: Hash32) -> dict[str, Any]:
    """Return the report as a document of strings, lists and objects, ready for `encode_canonical`."""
    choice = outcome.choice or RulesetChoice("", "")
    return _network(network) | {
        "corrections": _corrections(facts),
        "distributed": str(outcome.allocation.distributed),
        "epoch": str(facts.epoch),
        "first_block": _block(facts.blocks.first_block),
        "format": FORMAT,
        "opening": [
            {"amount": str(row.amount), "sha256": to_hex(row.sha256), "token": to_hex(row.token)}
            for row in sorted(facts.openings, key=lambda row: row.token)
        ],
        "parameters": _parameters(facts, outcome),
        "pool": str(outcome.allocation.pool),
        "previous_report": to_hex(previous_report),
        "quarantine": _quarantine(facts),
        "reference_block": _block(facts.blocks.reference_block),
        "remainder": str(outcome.allocation.remainder),
        "residual": choice.residual,
        "root": to_hex(outcome.root),
        "ruleset": choice.ruleset,
        "stages": {
            name: {"count": str(stage.count), "sha256": to_hex(stage.sha256)} for name, stage in outcome.stages.items()
        },
        "totals": [
            {"amount": str(amount), "cumulative": str(cumulative), "token": to_hex(token)}
            for token, amount, cumulative in outcome.totals
        ],
        "voided": "1" if outcome.weights is None else "0",
    }


def encode_canonical(document: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes: ASCII, keys sorted, no spaces. Integers are strings already; a number is refused."""
    _refuse_numbers(document)
    return json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def hash_report(document: bytes) -> Hash32:
    """Return keccak256 of the canonical bytes, which is what oracles vote on."""
    return Hash32(keccak256(document))


def _network(network: Network) -> dict[str, Any]:
    return {
        "chain_id": str(network.chain_id),
        "distributor": to_hex(network.distributor),
        "genesis": str(network.genesis),
        "length_seconds": str(network.length_seconds),
    }


def _corrections(facts: EpochFacts) -> list[dict[str, str]]:
    return [
        {"account": to_hex(row.account), "amount": str(row.amount), "token": to_hex(row.token)}
        for row in sorted(facts.corrections, key=lambda row: (row.account, row.token))
    ]


def _quarantine(facts: EpochFacts) -> list[dict[str, str]]:
    return [
        {"block_hash": to_hex(log.block_hash), "decision": str(log.decision), "log_index": str(log.log_index)}
        for log in sorted(facts.suspects, key=lambda log: (log.block_number, log.log_index))
    ]


def _parameters(facts: EpochFacts, outcome: Outcome) -> dict[str, Any]:
    """Return what the amounts are made of; in a voided epoch all but the emission are 0."""
    weights = outcome.weights
    numbers = dict.fromkeys(SETTLED_NUMBERS, 0)
    if weights is not None:
        is_app = facts.aggregates.kind == KIND_APP
        numbers = {
            "a": weights.a,
            "active_app_staking": sum_amounts(facts.aggregates.stake[is_app]),
            "b": weights.b,
            "c": weights.c,
            "d": weights.d,
            "floors": outcome.allocation.floors,
            "total_app_staking": facts.total_app_staking,
            "total_cs": facts.total_cs,
            "total_staking": facts.total_staking,
            "usage": weights.usage_unit * facts.tasks,
            "usage_unit": weights.usage_unit,
            "work": facts.work,
        }
    alphas = facts.alphas if weights is not None else {}
    of_all = {name: str(value) for name, value in numbers.items()} | {
        "alpha": {str(scheme): str(milli) for scheme, milli in sorted(alphas.items())},
        "emission": str(facts.emission),
        "spare": _spare(outcome.spare),
    }
    if twice := sorted(of_all.keys() & outcome.own_keys.keys()):
        raise UnsoundError("a ruleset names a number of every report", expected="keys of its own", got=twice[0])
    return of_all | dict(outcome.own_keys)


def spare_row(aggregates: Aggregates, spare: LastSpare | None) -> SpareRow | None:
    """Return the row that a `LastSpare` counts among the miners and users of the aggregates."""
    if spare is None:
        return None
    row = int(np.flatnonzero(aggregates.is_participant())[spare.row])
    role = int(aggregates.kind[row]) - KIND_MINER
    return SpareRow(aggregates.account[row].tobytes(), aggregates.app[row].tobytes(), role, spare.amount)


def _spare(spare: SpareRow | None) -> dict[str, str]:
    if spare is None:
        return dict.fromkeys(("account", "amount", "app", "role"), "")
    return {
        "account": to_hex(spare.account),
        "amount": str(spare.amount),
        "app": to_hex(spare.app),
        "role": ROLE_NAMES[spare.role],
    }


def _block(ref: BlockRef) -> dict[str, str]:
    return {"hash": to_hex(ref.hash), "number": str(ref.number)}


def _refuse_numbers(value: Any) -> None:
    if isinstance(value, Mapping):
        for item in value.values():
            _refuse_numbers(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_numbers(item)
    elif not isinstance(value, str):
        raise TypeError(f"expected a report of strings, got {value!r}")
