"""Where claims are known from without asking the chain."""

from typing import Protocol

from settlement.rules.entitlements.ledger import Leaves


class ClaimsSeen(Protocol):
    """Claims in final blocks; there may be later ones."""

    def load_paid(self) -> Leaves:
        """Return the cumulative amount that each (account, token) was paid, ascending."""
