"""Reads the rows of an epoch's steps into the values of its facts."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Address, Hash32, to_hex
from settlement.ports.engine import Params, Snapshot
from settlement.rules.columns.conversions import addresses_from_arrow, amounts_from_arrow, words_from_arrow
from settlement.rules.facts.aggregates import Aggregates, Bonuses, aggregates_from_arrow
from settlement.rules.facts.epoch_facts import (
    AppSums,
    Correction,
    EventBlocks,
    OpeningSum,
    RulesetChoice,
    SuspectLog,
    Void,
    Weights,
    decode_ruleset_choice,
)

LOW_PART = 10**19
"""What the high part of a wide sum is times of."""


def read_weights(steps: Snapshot, params: Params) -> Weights | None:
    """Return the weights in force, None if there are none."""
    rows = steps.rows("weights", params)
    return Weights(**{name: int(value) for name, value in rows[0].items()}) if rows else None


def read_alphas(steps: Snapshot, params: Params) -> dict[int, int]:
    """Return the weights of schemes in force, in thousandths."""
    return {row["scheme"]: row["alpha_milli"] for row in steps.rows("alphas", params)}


def read_emission(steps: Snapshot, params: Params) -> int:
    """Return the emission in force, in wei, 0 if there is none."""
    return int(next((row["amount"] for row in steps.rows("emission", params)), 0))


def read_choice(steps: Snapshot, params: Params) -> RulesetChoice | None:
    """Return the RulesetSet in force, None if there is none."""
    rows = steps.rows("ruleset", params)
    return decode_ruleset_choice(rows[0]["ruleset"], rows[0]["residual"]) if rows else None


def read_suspects(steps: Snapshot, params: Params) -> tuple[SuspectLog, ...]:
    """Return the logs in quarantine that block the epoch, with what was decided."""
    return tuple(SuspectLog(**row) for row in steps.rows("decisions", params))


def read_voids(steps: Snapshot, params: Params) -> tuple[Void, ...]:
    """Return where the epoch was voided, in time or late."""
    return tuple(Void(**row) for row in steps.rows("voids", params))


def read_broken_promises(steps: Snapshot, folder: str, params: Params) -> tuple[str, ...]:
    """Return in words what the promises of a folder find: each must return no row."""
    promises = steps.list_steps(folder)
    return tuple(f"{row['what']} is {row['got']}" for promise in promises for row in steps.rows(promise, params))


def read_event_blocks(steps: Snapshot, params: Params) -> EventBlocks:
    """Return the blocks of the epoch that hold our logs."""
    table = steps.table("epochs/event_blocks", params)
    return EventBlocks(
        table["number"].to_numpy().astype(np.uint64),
        words_from_arrow(table["hash"]),
        table["our_logs"].to_numpy().astype(np.uint32),
    )


def read_aggregates(steps: Snapshot, params: Params) -> Aggregates:
    """Return the aggregates, of every kind but that of bonus pools."""
    return aggregates_from_arrow(steps.table("aggregates", params))


def read_app_sums(steps: Snapshot, params: Params, alphas: dict[int, int]) -> tuple[AppSums, ...]:
    """Return the sums of the apps with a counted proof, by app; a scheme without weight counts 0 and is a cause."""
    found: dict[Address, AppSums] = {}
    for row in steps.rows("app_sums", params):
        app = Address(row["app"])
        known = found.get(app, AppSums(app, row["approved_gates"] * alphas.get(row["approved_scheme"], 0), 0, 0))
        work = known.work + int(row["gates"]) * alphas.get(row["scheme"], 0)
        found[app] = AppSums(app, known.app_cs, work, known.tasks + row["proofs"])
    return tuple(found.values())


def read_bonuses(steps: Snapshot, params: Params) -> Bonuses:
    """Return the bonus deposits that name the epoch."""
    table = steps.table("bonuses", params)
    verify_in_range(table, "bonus deposits", ("app", "token", "depositor"))
    return Bonuses(
        app=addresses_from_arrow(table["app"]),
        token=addresses_from_arrow(table["token"]),
        amount=amounts_from_arrow(table["amount"]),
        depositor=addresses_from_arrow(table["depositor"]),
    )


def read_corrections(steps: Snapshot, params: Params) -> tuple[Correction, ...]:
    """Return what governance adds in the epoch."""
    table = steps.table("corrections", params)
    verify_in_range(table, "corrections", ("account", "token"))
    return tuple(
        Correction(Address(row["account"]), Address(row["token"]), int(row["amount"])) for row in table.to_pylist()
    )


def verify_in_range(table: pa.Table, what: str, keys: Sequence[str]) -> None:
    """Raise UnsoundError naming the first group of rows whose amounts add up to more than the limit: NULL."""
    above = table.filter(table["amount"].is_null()).slice(0, 1).to_pylist()
    if above:
        where = ", ".join(f"{key} {to_hex(above[0][key])}" for key in keys)
        raise UnsoundError(f"{what} add up to too much", expected="at most 10^38 - 1", got="more", where=where)


def read_openings(steps: Snapshot, params: Params) -> tuple[OpeningSum, ...]:
    """Return what the network's opening balances come to, token by token."""
    return tuple(
        OpeningSum(Address(row["token"]), int(row["amount"]), Hash32(row["sha256"]))
        for row in steps.rows("openings", params)
    )


def read_stake_totals(steps: Snapshot, params: Params, *, is_wide: bool) -> tuple[int, int]:
    """Return total_app_staking and total_staking, in wei, of any size."""
    if not is_wide:
        row = steps.rows("stake_totals", {})[0]
        return int(row["total_app_staking"]), int(row["total_staking"])
    row = steps.rows("wide_stake_totals", params)[0]
    app_high, app_low, high, low = (int(row[name]) for name in ("app_high", "app_low", "high", "low"))
    return app_high * LOW_PART + app_low, high * LOW_PART + low
