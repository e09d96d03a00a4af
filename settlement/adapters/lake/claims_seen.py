"""The claims that the lake has seen."""

from indexer.adapters.store.lake import Lake
from indexer.words.quantities import Address, Epoch, Hash32
from settlement.adapters.lake.duckdb_engine import DuckdbSnapshot
from settlement.rules.columns.conversions import addresses_from_arrow, amounts_from_arrow
from settlement.rules.entitlements.ledger import Leaves
from settlement.words.claim_state import PaidSoFar


class LakeClaims:
    """What a distributor has paid, by its Claimed events."""

    def __init__(self, lake: Lake, distributor: Address) -> None:
        self._lake, self._steps, self._distributor = lake, DuckdbSnapshot(lake), distributor

    def load_paid(self) -> Leaves:
        """Return what was paid in final blocks that are indexed, by (account, token)."""
        self._lake.use_all_cores()
        final = self._lake.finalized_head()
        params = {"distributor": self._distributor, "finalized": 0 if final is None else final.number}
        table = self._steps.table("distribute/paid", params)
        return Leaves(
            addresses_from_arrow(table["account"]),
            addresses_from_arrow(table["token"]),
            amounts_from_arrow(table["cumulative"]),
        )

    def load_state(self, account: Address, epoch: Epoch, root: Hash32) -> PaidSoFar:
        """Return what an account was paid by the last final block that is indexed, and whether a root is active."""
        final = self._lake.finalized_head()
        params = {"distributor": self._distributor, "finalized": 0 if final is None else final.number}
        paid = self._steps.rows("distribute/paid_to", params | {"account": account})
        active = self._steps.rows("distribute/is_active", params | {"epoch": epoch, "root": root})
        return PaidSoFar(
            "lake",
            None if final is None else final.number,
            {Address(row["token"]): int(row["cumulative"]) for row in paid},
            bool(active[0]["is_active"]),
        )
