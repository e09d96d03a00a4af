"""Reads a deployed PoZK network out of its lake: `sql/protocols/pozk`, one file a step."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from indexer.adapters.store.lake import Lake
from indexer.words.errors import RetryLaterError, UnsoundError
from indexer.words.levels import Level
from indexer.words.quantities import Address, BlockNumber, Epoch, to_hex
from settlement.adapters.lake.coverage_check import verify_covered
from settlement.adapters.lake.duckdb_engine import DuckdbEngine, DuckdbSnapshot
from settlement.adapters.lake.epoch_bounds import find_bounds, list_epochs
from settlement.adapters.shadow.second_check import check_network
from settlement.rules.facts.aggregates import KIND_APP, KIND_MINER, ROLE_MINER, ROLE_USER
from settlement.rules.facts.epochs import EpochClock
from settlement.rules.shadow.seen import AppLabor, Collect, EpochLabor, ExtraDeposit, Flow, NetworkSeen, Setting
from settlement.rules.shadow.vesting import VestingAmount

VestingSource = Callable[[Sequence[tuple[Address, int]], BlockNumber], Sequence[VestingAmount]]
_LOG_BITS = 32
_WORD = 1 << _LOG_BITS
_VESTING = pa.schema(
    [
        ("account", pa.binary()),
        ("amount", pa.decimal128(38, 0)),
        ("spot", pa.decimal128(38, 0)),
        ("end_time", pa.uint64()),
    ]
)


@dataclass(frozen=True, slots=True)
class NetworkAddresses:
    """Of the contracts that the steps are told: zero where a protocol has no such contract."""

    vesting: Address
    reward: Address
    token: Address


def load_network(
    lake: Lake,
    clock: EpochClock,
    level: Level,
    addresses: NetworkAddresses,
    vesting: VestingSource | None,
    source: str,
) -> NetworkSeen:
    """Return what the lake says up to its newest final block, all of one snapshot.

    `vesting` gives the miners' amounts, asked for the (miner, block) where they were read and for the newest final
    block, and `source` says in words where from; None where nobody knows them. UnsoundError where blocks are not proven
    at `level`, a log that counts is in quarantine, or a second reading of the files gives another network.
    """
    with DuckdbEngine(lake).pin() as steps:
        head, epochs = _begun(steps, clock, level)
        params: dict[str, int | bytes] = {"finalized": head}
        params |= {"vesting": addresses.vesting, "reward": addresses.reward}
        for step in lake.protocol.steps:
            steps.materialize(step, params)
        reads = [(Address(row["account"]), int(row["block"])) for row in steps.rows("vested_reads", params)]
        vested = [] if vesting is None else vesting(reads, head)
        steps.materialize_rows("vesting", _vesting_table(vested))
        extras = steps.rows("extras", params)
        seen = NetworkSeen(
            finalized=head,
            current_epoch=epochs[-1],
            epochs=[_epoch(steps, clock, epoch, head) for epoch in epochs],
            settings=[_setting(row) for row in steps.rows("settings", params)],
            collects=[_collect(row) for row in steps.rows("collects", params)],
            flows=[_flow(row) for row in steps.rows("flows", params)],
            deposits=[_deposit(row) for row in extras if row["token"] is not None],
            claims=_claims(row for row in extras if row["token"] is None),
            token=addresses.token,
            owners={Address(row["app"]): Address(row["owner"]) for row in steps.rows("owners", params)},
            vesting=source if vesting is not None else "",
        )
        check_network(steps, seen, vested, addresses.vesting, addresses.reward)
        return seen


def _begun(steps: DuckdbSnapshot, clock: EpochClock, level: Level) -> tuple[BlockNumber, Sequence[Epoch]]:
    """Return the newest final block and the epochs that have begun by then, once all of it is sure to be proven."""
    head, protocol = steps.lake.finalized_head(), steps.lake.protocol
    if head is None:
        raise RetryLaterError("nothing is indexed yet", remedy="run `pozk index`")
    epochs = list_epochs(steps, protocol.epochs, clock, head.number)
    if not epochs:
        raise RetryLaterError("no epoch has begun", expected="the first one", got="none", remedy="run `pozk index`")
    verify_covered(steps, protocol, epochs[-1], {"from_block": 0, "reference_block": head.number}, level)
    _verify_quarantine(steps)
    return head.number, epochs


def _verify_quarantine(steps: DuckdbSnapshot) -> None:
    for row in steps.lake.query("SELECT * FROM lake.quarantine ORDER BY block_number, log_index LIMIT 1").to_pylist():
        raise UnsoundError(
            "a log that counts is in quarantine",
            expected="logs that can be decoded",
            got=row["reason"],
            where=f"{row['event']}, block {row['block_number']} log {row['log_index']} of {to_hex(row['address'])}",
            remedy="check the keys of [contracts]",
        )


def _vesting_table(rows: Sequence[VestingAmount]) -> pa.Table:
    """Return vesting amounts as the steps join them: each counts from the end of its block on."""
    columns = {
        "account": pa.array([row.account for row in rows], pa.binary()),
        "amount": pa.array([row.amount for row in rows], pa.decimal128(38, 0)),
        "spot": pa.array([row.block * _WORD + _WORD - 1 for row in rows], pa.decimal128(38, 0)),
        "end_time": pa.array([row.end for row in rows], pa.uint64()),
    }
    return pa.table(columns, schema=_VESTING)


def _epoch(steps: DuckdbSnapshot, clock: EpochClock, epoch: Epoch, finalized: BlockNumber) -> EpochLabor:
    bounds = find_bounds(steps, steps.lake.protocol.epochs, clock, epoch, finalized)
    first = finalized if bounds.opening is None else bounds.opening.number
    last = finalized if bounds.closing is None else bounds.closing.number
    params = {"epoch": epoch, "finalized": finalized, "first_block": first, "reference_block": last}
    works: dict[Address, tuple[int, int]] = {}
    roles: dict[Address, tuple[dict[Address, tuple[int, int]], dict[Address, tuple[int, int]]]] = {}
    for row in steps.rows("aggregates", params):
        app, own = Address(row["app"]), (int(row["x"]), int(row["stake"]))
        if row["kind"] == KIND_APP:
            works[app] = own
        else:
            role = ROLE_MINER if row["kind"] == KIND_MINER else ROLE_USER
            roles.setdefault(app, ({}, {}))[role][Address(row["account"])] = own
    for app, (_, stake) in works.items():
        if stake < 0:
            raise UnsoundError(
                "an app's own stake is negative", expected=">= 0", got=str(stake), where=f"epoch {epoch}, {to_hex(app)}"
            )
    return EpochLabor(epoch, {app: AppLabor(*works[app], roles[app]) for app in sorted(works)})


def _setting(row: dict[str, Any]) -> Setting:
    values = (int(row[name]) for name in ("a", "b", "c"))
    return Setting(_place(row), str(row["what"]), (next(values), next(values), next(values)))


def _collect(row: dict[str, Any]) -> Collect:
    return Collect(
        place=_place(row),
        tx_index=int(row["tx_index"]),
        tx_hash=bytes(row["tx_hash"]),
        epoch=int(row["epoch"]),
        app=Address(row["app"]),
        role=int(row["role"]),
        account=Address(row["account"]),
        amount=int(row["amount"]),
    )


def _flow(row: dict[str, Any]) -> Flow:
    return Flow(_place(row), int(row["tx_index"]), str(row["kind"]), Address(row["account"]), int(row["amount"]))


def _deposit(row: dict[str, Any]) -> ExtraDeposit:
    app, token = Address(row["app"]), Address(row["token"])
    return ExtraDeposit(_place(row), int(row["tx_index"]), int(row["epoch"]), app, token, int(row["amount"]))


def _claims(rows: Iterable[dict[str, Any]]) -> dict[tuple[int, Address], int]:
    found: dict[tuple[int, Address], int] = {}
    for row in rows:
        key = (int(row["epoch"]), Address(row["app"]))
        found[key] = found.get(key, 0) + int(row["amount"])
    return found


def _place(row: dict[str, Any]) -> tuple[int, int]:
    return int(row["block_number"]), int(row["log_index"])
