"""The claims that the lake has seen."""

from indexer.adapters.lake import Lake
from indexer.words.quantities import Address
from settlement.rules.columns import addresses_from_arrow, amounts_from_arrow
from settlement.rules.ledger import Leaves
from sql import load_sql


class LakeClaims:
    """What a distributor has paid, by its Claimed events."""

    def __init__(self, lake: Lake, distributor: Address) -> None:
        self._lake, self._distributor = lake, distributor

    def load_paid(self) -> Leaves:
        """Return what was paid in final blocks that are indexed, by (account, token)."""
        final = self._lake.finalized_head()
        params = {"distributor": self._distributor, "finalized": 0 if final is None else final.number}
        table = self._lake.query(load_sql("distribute/paid"), params)
        return Leaves(
            addresses_from_arrow(table["account"]),
            addresses_from_arrow(table["token"]),
            amounts_from_arrow(table["cumulative"]),
        )
