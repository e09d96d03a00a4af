from itertools import pairwise

import pytest

from deploy.devnet.calendar import SLOTS_PER_EPOCH, Calendar
from deploy.devnet.settings import MIN_EPOCH_SECONDS


@pytest.fixture(params=[MIN_EPOCH_SECONDS, 10_007, 86_400, 604_800])
def calendar(request):
    return Calendar(request.param, (1, 2, 5))


def test_slots__any_length__lie_in_their_epoch_after_its_first_hour(calendar):
    for slot in calendar.slots():
        start = slot.epoch * calendar.length_seconds
        assert start + calendar.minute(0, 59) < slot.post_seconds < slot.accept_seconds < slot.prove_seconds
        assert slot.prove_seconds < slot.pause_seconds < slot.resume_seconds < start + calendar.length_seconds


def test_slots__any_length__proofs_are_in_time_and_missed_ones_too_late_by_the_next_slot(calendar):
    for slot in calendar.slots():
        assert slot.prove_seconds <= slot.accept_seconds + calendar.prove_window_seconds
    for slot, following in pairwise(calendar.slots()):
        assert following.accept_seconds > slot.accept_seconds + calendar.prove_window_seconds
        assert following.post_seconds > slot.resume_seconds


def test_slots__epochs__one_in_epoch_0_and_all_in_busy_ones(calendar):
    epochs = [slot.epoch for slot in calendar.slots()]
    assert epochs == [0] + [epoch for epoch in (1, 2, 5) for _ in range(SLOTS_PER_EPOCH)]
