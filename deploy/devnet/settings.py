"""What a devnet is made from: frozen, and the same settings give the same logs."""

from dataclasses import dataclass
from pathlib import Path

from deploy.devnet.node import DEVELOPMENT_MNEMONIC
from indexer.words.errors import InputError

DAY_SECONDS = 86_400
OFFICES = (
    *("dao", "guardian", "slasher", "signer", "treasury", "relayer", "sponsor0", "sponsor1", "owner", "outsider"),
    "arbiter",
)
"""The accounts of the mnemonic in order; the participants come after them."""
MIN_PARTICIPANTS = 12
MIN_TASKS = 20
MIN_EPOCH_SECONDS = 7_200


@dataclass(frozen=True, slots=True)
class DevnetSettings:
    """Seed and size of a devnet.

    `epochs` are lived through from number 0 on. Epoch 0 has stakes and posted tasks but no proofs, since a stake
    counts from the next epoch on; no block at all falls into the `quiet_epochs`; the others are busy with
    `tasks_per_epoch` tasks each. `participants` are miners and users together. `genesis` is the start of epoch 0
    in seconds since 1970. With `genuine_proofs` the tasks carry proofs of the development circuit, which are made
    the first time; otherwise preimages of hashes, for chains too large for that. `state_file`, if given, receives
    the chain's state when the traffic is done. `folder` holds the node's log; None takes a temporary one.
    `detached` leaves the node running.
    """

    seed: int = 1
    epochs: int = 5
    quiet_epochs: tuple[int, ...] = (3,)
    participants: int = 40
    tasks_per_epoch: int = 120
    genesis: int = 1_700_000_000
    length_seconds: int = DAY_SECONDS
    genuine_proofs: bool = True
    chain_id: int = 31_337
    port: int = 0
    host: str = "127.0.0.1"
    mnemonic: str = DEVELOPMENT_MNEMONIC
    folder: Path | None = None
    state_file: Path | None = None
    detached: bool = False
    anvil: Path | None = None

    def __post_init__(self) -> None:
        _at_least("participants", self.participants, MIN_PARTICIPANTS)
        _at_least("tasks_per_epoch", self.tasks_per_epoch, MIN_TASKS)
        _at_least("length_seconds", self.length_seconds, MIN_EPOCH_SECONDS)
        _at_least("epochs", self.epochs, 2)
        if not set(self.quiet_epochs) <= set(range(2, self.epochs)):
            raise InputError(
                "wrong devnet setting quiet_epochs",
                expected=f"epochs from 2 to {self.epochs - 1}",
                got=str(self.quiet_epochs),
            )

    @property
    def busy_epochs(self) -> tuple[int, ...]:
        """The epochs with proofs, ascending."""
        return tuple(epoch for epoch in range(1, self.epochs) if epoch not in self.quiet_epochs)


def _at_least(name: str, got: int, least: int) -> None:
    if got < least:
        raise InputError(f"wrong devnet setting {name}", expected=f"at least {least}", got=str(got))
