import pytest

from settlement.rules.service.retrying import NEEDS, frozen_below, is_due, pause_after
from settlement.words.service import JobRow, JobState

FROZEN = JobState.FROZEN


def test_pause_after__more_failures__doubles_up_to_ten_minutes():
    assert [pause_after("settle", count) for count in (1, 2, 3, 8, 50)] == [5, 10, 20, 600, 600]


@pytest.mark.parametrize("name", ["follow", "measure"])
def test_pause_after__what_readiness_waits_for__is_tried_again_soon(name):
    assert [pause_after(name, count) for count in (1, 2, 3, 50)] == [5, 10, 15, 15]


@pytest.mark.parametrize(
    ("frozen", "waiting"),
    [
        ("follow", {"follow", "settle", "publish", "distribute", "audit", "mirror"}),
        ("settle", {"settle", "publish", "distribute", "mirror"}),
        ("publish", {"publish", "distribute"}),
        ("audit", {"audit"}),
    ],
)
def test_frozen_below__one_is_frozen__what_builds_on_it_waits_and_the_rest_runs(frozen, waiting):
    jobs = {frozen: JobRow(frozen, FROZEN, "why")}
    assert {name for name in NEEDS if frozen_below(name, jobs) is not None} == waiting
    assert all(frozen_below(name, jobs).reason == "why" for name in waiting)


def test_is_due__failed__only_after_its_pause():
    jobs = {"settle": JobRow("settle", JobState.FAILED, "x", 1, not_before=100)}
    assert not is_due("settle", jobs, 99)
    assert is_due("settle", jobs, 100)
    assert is_due("follow", jobs, 0)


def test_needs__every_job__stands_after_what_it_builds_on():
    order = list(NEEDS)
    assert all(order.index(need) < order.index(name) for name, needs in NEEDS.items() for need in needs)
