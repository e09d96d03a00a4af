"""The report of an epoch as canonical JSON (SPEC section 7): the bytes that oracles agree on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.rules.keccak import keccak256
from indexer.words.blocks import BlockRef
from indexer.words.quantities import Address, Epoch, Hash32, parse_address, to_hex
from settlement.rules.digests import StageDigest
from settlement.rules.facts import EpochFacts, RulesetChoice, Weights

FORMAT = "1"
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
class Outcome:
    """What the settlement of an epoch computed: `stages` by name, distributed + remainder = pool, all in wei."""

    root: Hash32
    distributed: int
    remainder: int
    totals: Totals
    stages: Mapping[str, StageDigest]


def build_report(
    network: Network,
    facts: EpochFacts,
    weights: Weights,
    choice: RulesetChoice,
    outcome: Outcome,
    previous_report: Hash32,
) -> dict[str, Any]:
    """Return the report as a document of strings, lists and objects, ready for `encode_canonical`."""
    return {
        "chain_id": str(network.chain_id),
        "corrections": [
            {"account": to_hex(row.account), "amount": str(row.amount), "token": to_hex(row.token)}
            for row in sorted(facts.corrections, key=lambda row: (row.account, row.token))
        ],
        "distributed": str(outcome.distributed),
        "distributor": to_hex(network.distributor),
        "epoch": str(facts.epoch),
        "first_block": _block(facts.blocks.first_block),
        "format": FORMAT,
        "genesis": str(network.genesis),
        "length_seconds": str(network.length_seconds),
        "parameters": _parameters(facts, weights),
        "pool": str(facts.emission),
        "previous_report": to_hex(previous_report),
        "quarantine": [
            {"block_hash": to_hex(log.block_hash), "decision": str(log.decision), "log_index": str(log.log_index)}
            for log in sorted(facts.suspects, key=lambda log: (log.block_number, log.log_index))
        ],
        "reference_block": _block(facts.blocks.reference_block),
        "remainder": str(outcome.remainder),
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
    }


def encode_canonical(document: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes: ASCII, keys sorted, no spaces. Integers are strings already; a number is refused."""
    _refuse_numbers(document)
    return json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")


def hash_report(document: bytes) -> Hash32:
    """Return keccak256 of the canonical bytes, which is what oracles vote on."""
    return Hash32(keccak256(document))


def read_totals(document: bytes) -> list[tuple[Address, int]]:
    """Return (token, cumulative) of a report, ascending by token, in wei."""
    totals = json.loads(document)["totals"]
    return [(parse_address(row["token"]), int(row["cumulative"])) for row in totals]


def _parameters(facts: EpochFacts, weights: Weights) -> dict[str, Any]:
    return {
        "a": str(weights.a),
        "alpha": {str(scheme): str(milli) for scheme, milli in sorted(facts.alphas.items())},
        "b": str(weights.b),
        "c": str(weights.c),
        "d": str(weights.d),
        "emission": str(facts.emission),
        "total_app_staking": str(facts.total_app_staking),
        "total_staking": str(facts.total_staking),
        "usage_unit": str(weights.usage_unit),
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
