"""What the chain says of one account in an epoch: roles, proofs, stake changes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """What the chain says of one (account, app, role) in an epoch, whether or not it has a row.

    proofs: counted proofs or tasks. stake: effective, pending: effective later, from `pending_epoch`.
    quarantined: its logs of the epoch that governance told to ignore, or has not decided on.
    """

    app: bytes
    role: int
    approved: bool
    proofs: int
    quarantined: int
    stake: int
    pending: int = 0
    pending_epoch: int | None = None


@dataclass(frozen=True, slots=True)
class ProofSeen:
    """A counted proof: role 0 the account proved it, role 1 the task was the account's."""

    app: bytes
    role: int
    block_number: int
    log_index: int
    task_id: bytes
    gates: int
    scheme: int


@dataclass(frozen=True, slots=True)
class StakeChangeSeen:
    """A change of the account's stake, in wei, and the epoch from which it counts."""

    app: bytes
    role: int
    block_number: int
    log_index: int
    delta: int
    effective_epoch: int


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """Everything behind an account's amounts, each list in the order of the chain."""

    roles: tuple[RoleFacts, ...]
    proofs: tuple[ProofSeen, ...]
    stake_changes: tuple[StakeChangeSeen, ...]

    def proofs_of(self, app: bytes, role: int) -> list[ProofSeen]:
        """Return the counted proofs of one app and role."""
        return [proof for proof in self.proofs if (proof.app, proof.role) == (app, role)]

    def stake_changes_of(self, app: bytes, role: int) -> list[StakeChangeSeen]:
        """Return the stake changes of one app and role."""
        return [change for change in self.stake_changes if (change.app, change.role) == (app, role)]

    def quarantined_of(self, app: bytes, role: int) -> int:
        """Return how many proofs of one app and role are in quarantine, which governance decided to ignore."""
        return sum(entry.quarantined for entry in self.roles if (entry.app, entry.role) == (app, role))
