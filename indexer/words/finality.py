"""Which blocks are final, as the operator has it."""

from dataclasses import dataclass

TAG = "finalized"


@dataclass(frozen=True, slots=True)
class Finality:
    """The node's tag decides, or so many blocks on top of one."""

    confirmations: int | None = None

    def __post_init__(self) -> None:
        if self.confirmations is not None and self.confirmations < 0:
            raise ValueError(f"expected confirmations >= 0, got {self.confirmations}")

    @property
    def is_by_tag(self) -> bool:
        """Return whether the node's tag decides."""
        return self.confirmations is None

    def __str__(self) -> str:
        return TAG if self.confirmations is None else str(self.confirmations)


FINALIZED = Finality()
