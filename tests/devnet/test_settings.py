import pytest

from deploy.devnet import DevnetSettings
from indexer.words.errors import InputError


@pytest.mark.parametrize(
    "wrong",
    [{"participants": 3}, {"tasks_per_epoch": 0}, {"length_seconds": 60}, {"epochs": 1, "quiet_epochs": ()}],
)
def test_settings__too_small__are_refused(wrong):
    with pytest.raises(InputError, match="expected at least"):
        DevnetSettings(**wrong)


@pytest.mark.parametrize("quiet", [(0,), (1,), (5,), (2, 9)])
def test_settings__quiet_epochs_out_of_range__are_refused(quiet):
    with pytest.raises(InputError, match="quiet_epochs"):
        DevnetSettings(epochs=5, quiet_epochs=quiet)


def test_busy_epochs__default__leave_out_the_first_and_the_quiet_one():
    assert DevnetSettings().busy_epochs == (1, 2, 4)
