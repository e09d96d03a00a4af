"""When things happen inside an epoch: minutes for governance and stakes, slots of hours for the market."""

from dataclasses import dataclass

from deploy.devnet.settings import DevnetSettings

SLOTS_PER_EPOCH = 5
HOURS_BETWEEN_SLOTS = 4
_MINUTES_OF_A_SLOT = (0, 1, 10, 20, 25)  # posts, acceptances, proofs, pauses, resumptions


@dataclass(frozen=True, slots=True)
class Slot:
    """A round of the market in one epoch; all offsets are seconds relative to genesis.

    What is accepted in a slot and not proven has missed its deadline before the next slot. What is paused after the
    proofs runs again before it.
    """

    epoch: int
    post_seconds: int
    accept_seconds: int
    prove_seconds: int
    pause_seconds: int
    resume_seconds: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """The times of a devnet, from its epoch length in seconds and the epochs that have proofs."""

    length_seconds: int
    busy_epochs: tuple[int, ...]

    @property
    def voided_epoch(self) -> int | None:
        """The busy epoch that is voided before it begins: the second of three or more, so that enough are paid."""
        return self.busy_epochs[1] if len(self.busy_epochs) > 2 else None

    @property
    def hour_seconds(self) -> int:
        """A 24th of an epoch."""
        return self.length_seconds // 24

    @property
    def prove_window_seconds(self) -> int:
        """The time a miner has for a proof: shorter than from one slot to the next."""
        return self.hour_seconds

    def minute(self, epoch: int, number: int) -> int:
        """Return the offset of a minute (a 60th of an hour) of the epoch's first hour."""
        return epoch * self.length_seconds + number * self.hour_seconds // 60

    def slots(self) -> tuple[Slot, ...]:
        """Return the slots, ascending: the last one of epoch 0 and all of every busy epoch."""
        busy = [self._slot(epoch, number) for epoch in self.busy_epochs for number in range(SLOTS_PER_EPOCH)]
        return (self._slot(0, SLOTS_PER_EPOCH - 1), *busy)

    def _slot(self, epoch: int, number: int) -> Slot:
        start = epoch * self.length_seconds + (1 + HOURS_BETWEEN_SLOTS * number) * self.hour_seconds
        minute = self.hour_seconds // 60
        return Slot(epoch, *(start + minutes * minute for minutes in _MINUTES_OF_A_SLOT))


def calendar_of(settings: DevnetSettings) -> Calendar:
    """Return the calendar of a devnet."""
    return Calendar(settings.length_seconds, settings.busy_epochs)
