"""Errors of the settlement that a flow must tell apart."""

from indexer.words.errors import RetryLaterError


class EpochUnfinishedError(RetryLaterError):
    """The epoch has not ended, or its end is not finalized and indexed yet. Exit code 3."""
