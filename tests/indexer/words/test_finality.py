import pytest

from indexer.words.finality import FINALIZED, Finality


def test_finality__by_tag_or_confirmations__is_written_as_configured():
    assert (str(FINALIZED), FINALIZED.is_by_tag) == ("finalized", True)
    assert (str(Finality(12)), Finality(12).is_by_tag) == ("12", False)


def test_finality__fewer_than_no_confirmations__refused():
    with pytest.raises(ValueError, match="expected confirmations >= 0"):
        Finality(-1)
