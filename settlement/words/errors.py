"""Errors of the settlement that a flow must tell apart."""

from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.quantities import Epoch


class EpochUnfinishedError(RetryLaterError):
    """The epoch has not ended, or its end is not finalized and indexed yet. Exit code 3."""


class QuarantineError(UnsoundError):
    """Logs in quarantine block the epoch until governance decides on them. Exit code 1."""


class NoActiveRootError(RetryLaterError):
    """Nothing can be claimed yet: no root is active. Exit code 3."""

    def __init__(self) -> None:
        super().__init__("no root is active yet", remedy="call again after the activation delay")


class UnderpricedError(RetryLaterError):
    """The nodes hold another transaction at the same nonce, or none so cheap: offer more."""


class CannotPayError(RetryLaterError):
    """The account has less than a transaction may cost. Exit code 3: somebody has to send it some."""


class RevertedError(UnsoundError):
    """A transaction of ours is in a block and was reverted there: what it wanted was no longer so. Exit code 1.

    The same call is estimated before it is sent again, and refused then if the contract still would.
    """


def not_settled(epoch: Epoch, newest: Epoch | None) -> InputError:
    """Return the error for an epoch that has no report; it names the newest one that has."""
    expected = "none is settled yet" if newest is None else f"the newest settled one is {newest}"
    return InputError(f"epoch {epoch} is not settled", expected=expected, got=str(epoch), remedy="run `pozk settle`")
