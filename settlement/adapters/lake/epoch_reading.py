"""One epoch read from one state of the lake: its facts, and what else belongs to that state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from indexer.words.blocks import next_block
from indexer.words.levels import Level
from indexer.words.quantities import AMOUNT_LIMIT, Address, BlockNumber, Epoch
from settlement.adapters.lake.coverage_check import verify_covered
from settlement.adapters.lake.epoch_blocks import BlockTable
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
from settlement.adapters.lake.lake_snapshot import LakeSnapshot, SplitRows
from settlement.adapters.lake.stake_bases import FolderStakeBases
from settlement.ports.engine import Params
from settlement.rules.epoch.causes import is_voided, list_causes
from settlement.rules.facts.account_facts import AccountFacts, ProofSeen, RoleFacts, StakeChangeSeen
from settlement.rules.facts.aggregates import no_aggregates
from settlement.rules.facts.epoch_facts import EpochFacts
from settlement.rules.facts.epochs import EpochBlocks
from settlement.rules.questions.projection import ApprovedApp, Surroundings
from settlement.rules.questions.self_dealing import AppFee
from settlement.words.records import KeptStakes

if TYPE_CHECKING:
    from settlement.adapters.lake.second_check import SecondCheck
    from settlement.rules.second_reading.stake_tally import StakeTally


@dataclass(frozen=True, slots=True)
class StakesBegun:
    """Where the sums of stakes begin: the sums that were kept, None for none, and the first block of changes read."""

    sums: pa.Table | None
    from_block: BlockNumber


@dataclass(frozen=True, slots=True)
class LakeEpoch:
    """An epoch whose state of the lake is held, with its temporary tables, until it is closed."""

    facts: EpochFacts
    parts: SplitRows | None
    stakes_from: BlockNumber
    _steps: LakeSnapshot
    _params: Params
    _bases: FolderStakeBases | None
    _stakes: StakeTally | None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the state go."""
        self._steps.close()

    def keep_stakes(self) -> bytes | None:
        """Keep the stakes of the epoch, so that the next one begins with them; UnsoundError where they are others.

        Returns the sha256 of what is kept, None where nothing is.
        """
        if self._bases is None:
            return None
        sums = self._steps.table("kept_stakes", self._params)
        if self._stakes is not None:
            from settlement.rules.second_reading.comparison import compare_kept
            from settlement.rules.second_reading.stake_tally import tally_kept

            compare_kept(self.facts.epoch, self._stakes, tally_kept(self.facts.epoch, sums))
        return self._bases.save(self.facts.epoch, self.facts.blocks.reference_block.hash, sums)

    def load_account(self, account: Address) -> AccountFacts:
        """Return what concerns one account in the epoch."""
        params = dict(self._params) | {"account": account}
        return AccountFacts(
            roles=tuple(_role_facts(row) for row in self._steps.rows("explain/roles", params)),
            proofs=tuple(ProofSeen(**row) for row in self._steps.rows("explain/proofs", params)),
            stake_changes=tuple(StakeChangeSeen(**row) for row in self._steps.rows("explain/stake_changes", params)),
        )

    def load_surroundings(self) -> Surroundings:
        """Return stakes and approved apps of the epoch."""
        stakes, apps = self._steps.rows("simulate/stakes", {}), self._steps.rows("simulate/apps", {})
        return Surroundings(
            {(row["app"], row["account"], row["role"]): int(row["stake"]) for row in stakes},
            {row["app"]: _approved_app(row) for row in apps},
        )

    def load_fees(self) -> dict[bytes, AppFee]:
        """Return the fees in force for the approved apps of the epoch."""
        rows = self._steps.rows("simulate/fees", self._params)
        return {row["app"]: AppFee(int(row["least_fee"]), int(row["burn_bps"])) for row in rows}


@dataclass(frozen=True, slots=True)
class EpochReader:
    """Reads an epoch out of a state of the lake.

    `level` is how the logs must have been proven complete; `bases` are the kept sums of stake changes, None for none.
    """

    level: Level
    bases: FolderStakeBases | None

    def read(
        self,
        table: BlockTable,
        epoch: Epoch,
        blocks: EpochBlocks,
        since: KeptStakes | None,
        second: SecondCheck | None,
        *,
        apart: bool = False,
    ) -> LakeEpoch:
        """Return an epoch; `since` lets it begin with the stakes that were kept with the one before.

        `second` reads it a second time without the engine: UnsoundError where both differ. `apart`: see `LakeFacts`.
        """
        steps, begun = table.steps, self._begin_stakes(table.steps, epoch, since, second)
        params = table.params_of(epoch, blocks) | {"stakes_from": begun.from_block}
        is_first = epoch == table.clock.first
        if not blocks.is_empty or is_first:  # the first one's digest holds all logs before it
            verify_covered(steps, steps.lake.protocol, epoch, params, self.level)
        is_wide = _may_overflow(steps, params)
        for step in steps.lake.protocol.steps:
            steps.materialize(f"{'wide_' if is_wide and step == 'stakes' else ''}{step}", params, step)
        facts = _collect(steps, epoch, blocks, params, is_wide=is_wide, is_first=is_first)
        parts = steps.begin_parts() if apart else None
        if not (is_voided(facts) or list_causes(facts) or facts.violations):
            found = read_aggregates(steps, params) if parts is None else parts.fill("aggregates", params)
            facts = replace(facts, aggregates=found)
        stakes = None if second is None else second.check(facts, params, begun.sums, parts)
        return LakeEpoch(facts, parts, begun.from_block, steps, params, None if is_wide else self.bases, stakes)

    def _begin_stakes(
        self, steps: LakeSnapshot, epoch: Epoch, since: KeptStakes | None, second: SecondCheck | None
    ) -> StakesBegun:
        """Make the table `stake_base`, of what was kept at `since` or of nothing; the changes after it are read.

        What is there and was not kept so, or does not add up to what the ledger says, counts as nothing.
        """
        if since is not None and self.bases is not None:
            kept = self.bases.load(Epoch(epoch - 1), since.block.hash, since.sha256)
            if kept is not None and (second is None or second.is_base(kept, since.block)):
                steps.materialize_rows("stake_base", kept)
                return StakesBegun(kept, next_block(since.block.number))
        steps.materialize("stake_base", {})
        return StakesBegun(None, BlockNumber(0))


def _may_overflow(steps: LakeSnapshot, params: Params) -> bool:
    """Return whether plain sums of the stake changes might be too great for SQL."""
    row = steps.rows("stake_sizes", params)[0]
    return int(row["changes"]) * int(row["greatest"]) > AMOUNT_LIMIT


def _collect(
    steps: LakeSnapshot, epoch: Epoch, blocks: EpochBlocks, params: Params, *, is_wide: bool, is_first: bool
) -> EpochFacts:
    alphas = read_alphas(steps, params)
    total_app_staking, total_staking = read_stake_totals(steps, params, is_wide=is_wide)
    return EpochFacts(
        epoch=epoch,
        family=steps.lake.protocol.family,
        blocks=blocks,
        events=read_event_blocks(steps, params),
        weights=read_weights(steps, params),
        alphas=alphas,
        emission=read_emission(steps, params),
        choice=read_choice(steps, params),
        suspects=read_suspects(steps, params),
        voids=read_voids(steps, params),
        violations=read_broken_promises(steps, "promises", params),
        mendable=read_broken_promises(steps, "mendable", params),
        aggregates=no_aggregates(),
        bonuses=read_bonuses(steps, params),
        corrections=read_corrections(steps, params),
        openings=read_openings(steps, params) if is_first else (),
        apps=read_app_sums(steps, params, alphas),
        total_app_staking=total_app_staking,
        total_staking=total_staking,
        proofs=steps.rows("proof_count", params)[0]["proofs"],
    )


def _approved_app(row: dict[str, Any]) -> ApprovedApp:
    return ApprovedApp(int(row["app_cs"]), int(row["user_stake"]), int(row["miner_stake"]))


def _role_facts(row: dict[str, Any]) -> RoleFacts:
    return RoleFacts(**row | {"stake": int(row["stake"]), "pending": int(row["pending"])})
