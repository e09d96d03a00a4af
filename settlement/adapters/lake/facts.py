"""The facts of an epoch, aggregated by SQL in the lake: `sql/protocols`, one file a step."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa

from indexer.adapters.store.lake import Lake
from indexer.rules.proof.checkpoints import FIRST_BLOCK, read_block
from indexer.words.blocks import BlockRef, next_block
from indexer.words.errors import RetryLaterError
from indexer.words.quantities import AMOUNT_LIMIT, Address, BlockNumber, Epoch, Hash32
from settlement.adapters.lake.coverage_check import verify_covered
from settlement.adapters.lake.duckdb_engine import DuckdbSnapshot
from settlement.adapters.lake.epoch_bounds import bounds_by_clock, find_bounds, read_bound
from settlement.adapters.lake.fact_rows import (
    read_aggregates,
    read_alphas,
    read_app_sums,
    read_bonuses,
    read_broken_promises,
    read_choice,
    read_corrections,
    read_emission,
    read_event_blocks,
    read_openings,
    read_stake_totals,
    read_suspects,
    read_voids,
    read_weights,
)
from settlement.adapters.lake.second_check import SecondCheck
from settlement.adapters.lake.stake_bases import FolderStakeBases
from settlement.ports.engine import Params
from settlement.rules.epoch.causes import is_voided, list_causes
from settlement.rules.facts.account_facts import AccountFacts, ProofSeen, RoleFacts, StakeChangeSeen
from settlement.rules.facts.aggregates import no_aggregates
from settlement.rules.facts.epoch_facts import EpochFacts, RulesetChoice
from settlement.rules.facts.epochs import EpochBlocks, EpochClock, compute_epoch_blocks
from settlement.rules.questions.projection import ApprovedApp, Surroundings
from settlement.rules.questions.self_dealing import AppFee
from settlement.words.errors import EpochUnfinishedError

STEPS = ("approvals", "alphas", "stakes", "suspects", "miners", "users")
"""Steps that later ones read by name, in order; each becomes a temporary table."""


class LakeFacts:
    """Reads epochs out of a lake; each epoch is read from one snapshot.

    `level` is how the logs of an epoch must have been proven complete: receipts, bloom, none or quorum:N. `bases` are
    the kept sums of stake changes; without them every epoch is read from the whole history of stakes.
    """

    def __init__(
        self, lake: Lake, clock: EpochClock, level: str = "receipts", bases: FolderStakeBases | None = None
    ) -> None:
        self._lake, self._clock, self._level, self._steps = lake, clock, level, DuckdbSnapshot(lake)
        self._bases, self._stakes_from, self._is_wide = bases, BlockNumber(0), False
        self._base: pa.Table | None = None
        self._second = SecondCheck(lake)

    def load_blocks(self, epoch: Epoch) -> EpochBlocks:
        """Return the first and the reference block; EpochUnfinishedError while the epoch has not ended."""
        bounds = find_bounds(self._steps, self._lake.protocol.epochs, self._clock, epoch, self._finalized())
        try:
            return compute_epoch_blocks(epoch, replace(bounds, opening=self._opening(epoch, bounds.opening)))
        except EpochUnfinishedError as error:
            error.got = self._open_epoch() or error.got
            raise

    def _opening(self, epoch: Epoch, stored: BlockRef | None) -> BlockRef | None:
        """Return the first block of an epoch: of epoch `first` it may lie below the first one that is stored."""
        if stored is None or epoch != self._clock.first:
            return stored
        rows = self._steps.rows("lake/identity", {})
        return next((read_block(row["value"]) for row in rows if row["key"] == FIRST_BLOCK), stored)

    def _open_epoch(self) -> str:
        """Return in words which epoch the newest final block is of; nothing before the first one."""
        rows = self._steps.rows("epochs/open_epoch", {"finalized": self._finalized()})
        if not rows or rows[0]["timestamp"] is None or rows[0]["timestamp"] < self._clock.start_of(Epoch(0)):
            return ""
        return f"the newest final block is of epoch {self._clock.epoch_of(rows[0]['timestamp'])}"

    def load_facts(self, epoch: Epoch, *, since: BlockRef | None = None) -> EpochFacts:
        """Return everything the settlement of one finished epoch reads.

        `since`, the reference block of the epoch before, lets it begin with the stakes that were kept there. All of it
        is read a second time without the engine: UnsoundError where both differ, or the files are not what they were.
        """
        with self._lake.transaction():
            facts = self._load(epoch, self.load_blocks(epoch), since)
            self._second.check(facts, self._params(epoch, facts.blocks), self._base)
            return facts

    def check_all_shards(self) -> None:
        """Hold every row of the aggregates of the epochs that are loaded from now on against a second reading."""
        self._second = SecondCheck(self._lake, all_shards=True)

    def keep_stakes(self, facts: EpochFacts) -> None:
        """Keep the stakes of the epoch whose facts were loaded last, so that the next one begins with them."""
        if self._bases is not None and not self._is_wide:
            sums = self._steps.table("kept_stakes", self._params(facts.epoch, facts.blocks))
            self._bases.save(facts.epoch, facts.blocks.reference_block.hash, sums)

    def forget_stakes(self) -> None:
        """Forget the stakes that were kept."""
        if self._bases is not None:
            self._bases.clear()

    def load_open_facts(self) -> EpochFacts:
        """Return the facts of the epoch of the newest finalized block, as if it ended with that block."""
        with self._lake.transaction():
            head = self._steps.rows("epochs/open_epoch", {"finalized": self._finalized()})[0]
            if head["timestamp"] < self._clock.start_of(self._clock.first):
                raise EpochUnfinishedError("the first epoch has not begun", remedy="call again later")
            epoch = self._clock.epoch_of(head["timestamp"])
            start, end = self._clock.start_of(epoch), head["timestamp"] + 1
            row = bounds_by_clock(self._steps, self._clock, start, end, self._finalized())
            stored = _required(row, "opening")
            opening = self._opening(epoch, stored) or stored
            blocks = EpochBlocks(opening, _required(row, "closing"), is_empty=False)
            return self._load(epoch, blocks)

    def load_account(self, facts: EpochFacts, account: Address) -> AccountFacts:
        """Return what concerns one account in the epoch whose facts were loaded last."""
        params = self._params(facts.epoch, facts.blocks) | {"account": account}
        return AccountFacts(
            roles=tuple(_role_facts(row) for row in self._steps.rows("explain/roles", params)),
            proofs=tuple(ProofSeen(**row) for row in self._steps.rows("explain/proofs", params)),
            stake_changes=tuple(StakeChangeSeen(**row) for row in self._steps.rows("explain/stake_changes", params)),
        )

    def load_surroundings(self) -> Surroundings:
        """Return stakes and approved apps of the epoch whose facts were loaded last."""
        stakes, apps = self._steps.rows("simulate/stakes", {}), self._steps.rows("simulate/apps", {})
        return Surroundings(
            {(row["app"], row["account"], row["role"]): int(row["stake"]) for row in stakes},
            {row["app"]: _approved_app(row) for row in apps},
        )

    def load_fees(self) -> dict[bytes, AppFee]:
        """Return the fees in force for the approved apps of the epoch whose facts were loaded last."""
        rows = self._steps.rows("simulate/fees", {"finalized": self._finalized()})
        return {row["app"]: AppFee(int(row["least_fee"]), int(row["burn_bps"])) for row in rows}

    def _load(self, epoch: Epoch, blocks: EpochBlocks, since: BlockRef | None = None) -> EpochFacts:
        self._begin_stakes(epoch, since)
        params = self._params(epoch, blocks)
        if not blocks.is_empty or epoch == self._clock.first:  # the first one's digest holds all logs before it
            verify_covered(self._steps, self._lake.protocol, epoch, params, self._level)
        self._is_wide = self._may_overflow(params)
        for step in STEPS:
            wide = self._is_wide and step == "stakes"
            self._steps.materialize(f"{'wide_' if wide else ''}{step}", params, step)
        return self._collect(epoch, blocks, params)

    def _begin_stakes(self, epoch: Epoch, since: BlockRef | None) -> None:
        """Make the table `stake_base`, of what was kept at `since` or of nothing; the changes after it are read."""
        kept = None
        if since is not None and self._bases is not None:
            kept = self._bases.load(Epoch(epoch - 1), since.hash)
        self._base = kept
        if since is None or kept is None:
            self._stakes_from = BlockNumber(0)
            self._steps.materialize("stake_base", {})
        else:
            self._stakes_from = next_block(since.number)
            self._steps.materialize_rows("stake_base", kept)

    def _may_overflow(self, params: Params) -> bool:
        """Return whether plain sums of the stake changes might be too great for SQL."""
        row = self._steps.rows("stake_sizes", params)[0]
        return int(row["changes"]) * int(row["greatest"]) > AMOUNT_LIMIT

    def last_block(self) -> BlockNumber | None:
        """Return the newest finalized block that is indexed, None before the first."""
        head = self._lake.finalized_head()
        return None if head is None else head.number

    def load_choice_in_force(self) -> RulesetChoice | None:
        """Return the RulesetSet in force in the epoch of the newest finalized block, None if there is none."""
        head = self._steps.rows("epochs/open_epoch", {"finalized": self._finalized()})[0]
        epoch = self._clock.epoch_of(max(head["timestamp"], self._clock.genesis))
        return read_choice(self._steps, {"epoch": epoch, "reference_block": head["number"]})

    def load_proposed_root(self, epoch: Epoch) -> tuple[Hash32, Hash32] | None:
        """Return (root, report hash) that the committee proposed last and nobody vetoed; None without one."""
        rows = self._steps.rows("proposed_root", {"epoch": epoch, "finalized": self._finalized()})
        return (Hash32(rows[0]["root"]), Hash32(rows[0]["report_hash"])) if rows else None

    def _collect(self, epoch: Epoch, blocks: EpochBlocks, params: Params) -> EpochFacts:
        steps, alphas = self._steps, read_alphas(self._steps, params)
        total_app_staking, total_staking = read_stake_totals(steps, params, is_wide=self._is_wide)
        facts = EpochFacts(
            epoch=epoch,
            family=self._lake.protocol.family,
            blocks=blocks,
            events=read_event_blocks(steps, params),
            weights=read_weights(steps, params),
            alphas=alphas,
            emission=read_emission(steps, params),
            choice=read_choice(steps, params),
            suspects=read_suspects(steps, params),
            voids=read_voids(steps, params),
            violations=read_broken_promises(steps, "audit", params),
            mendable=read_broken_promises(steps, "mendable", params),
            aggregates=no_aggregates(),
            bonuses=read_bonuses(steps, params),
            corrections=read_corrections(steps, params),
            openings=read_openings(steps, params) if epoch == self._clock.first else (),
            apps=read_app_sums(steps, params, alphas),
            total_app_staking=total_app_staking,
            total_staking=total_staking,
            proofs=steps.rows("proof_count", params)[0]["proofs"],
        )
        if is_voided(facts) or list_causes(facts) or facts.violations:
            return facts
        return replace(facts, aggregates=read_aggregates(steps, params))

    def _params(self, epoch: Epoch, blocks: EpochBlocks) -> dict[str, int]:
        """Return the bound values. An empty epoch has no block: its range is empty, its reference block stands."""
        first, reference = blocks.first_block.number, blocks.reference_block.number
        genesis_block = self._steps.rows("epochs/genesis_block", {"genesis": self._clock.genesis})[0]["number"]
        first_block = next_block(reference) if blocks.is_empty else first
        return {
            "epoch": epoch,
            "first_block": first_block,
            "reference_block": reference,
            "from_block": 0 if epoch == self._clock.first else first_block,
            "genesis_block": genesis_block,
            "stakes_from": self._stakes_from,
            "finalized": self._finalized(),
        }

    def _finalized(self) -> BlockNumber:
        head = self._lake.finalized_head()
        if head is None:
            raise RetryLaterError("nothing is indexed yet", remedy="run `pozk index`")
        return head.number


def _required(row: Mapping[str, Any], name: str) -> BlockRef:
    block = read_bound(row, name)
    if block is None:
        raise EpochUnfinishedError("the open epoch has no finalized block", remedy="call again later")
    return block


def _approved_app(row: dict[str, Any]) -> ApprovedApp:
    return ApprovedApp(int(row["app_cs"]), int(row["user_stake"]), int(row["miner_stake"]))


def _role_facts(row: dict[str, Any]) -> RoleFacts:
    return RoleFacts(**row | {"stake": int(row["stake"]), "pending": int(row["pending"])})
