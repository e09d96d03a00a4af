"""Each check flips by its own value alone, and back."""

from dataclasses import replace

import pytest

from settlement.entry.configuration.keys import KEYS
from settlement.rules.facts.epochs import EpochClock
from settlement.rules.service.checks import CHECKS, GATES, View, answer_checks
from settlement.words.service import JobRow, JobState, Limits, Measured

NOW = 2_000_000_000
CLOCK = EpochClock(NOW - 10 * 86_400, 86_400, 0)  # epoch 9 is open, with a second left
LIMITS = Limits(**{name: key.default for name, key in KEYS["alerts"].items()})
WELL = {
    "chain_time_seconds": NOW - 1,
    "chain_final_block": 1000,
    "chain_final_time_seconds": NOW - 60,
    "lake_final_block": 990,
    "lake_final_time_seconds": NOW - 180,
    "epoch_next": 9,
    "epoch_active": 8,
    "members": 3,
    "signer_votes_left": 50,
    "treasury_wei": 10**24,
    "treasury_needed_wei": 10**23,
    "disk_free_bytes": 10**12,
    "disk_epoch_bytes": 10**9,
    "memory_used_bytes": 10**9,
    "memory_limit_bytes": 10**10,
}


def view(measured=None, jobs=None, *, since=NOW - 5, settled=8, has_relayer=True):
    values = WELL | (measured or {})
    rows = {name: Measured(value, NOW - 2, since) for name, value in values.items()}
    return View(NOW, rows, jobs or {}, CLOCK, settled, LIMITS, has_relayer)


def failing(seen):
    return {check.name for check in answer_checks(seen) if not check.ok}


def test_answer_checks__all_is_well__none_fails():
    assert failing(view()) == set()


@pytest.mark.parametrize(
    ("measured", "failed"),
    [
        ({"chain_final_block": 1300}, {"index_lag"}),
        ({"lake_final_time_seconds": NOW - 700}, {"index_lag"}),
        ({"coverage_gaps": 1}, {"coverage_gap"}),
        ({"unproven_ranges": 2}, {"unproven_range"}),
        ({"evidence": 1}, {"nodes_disagree"}),
        ({"quarantine_blocks": 1}, {"quarantine_blocks"}),
        ({"outvoted": 1}, {"outvoted"}),
        ({"root_disputed": 1, "veto_until_seconds": NOW + 600, "activation_delay_seconds": 900}, {"root_disputed"}),
        (
            {"root_disputed": 1, "veto_until_seconds": NOW + 200, "activation_delay_seconds": 900},
            {"root_disputed", "veto_closing"},
        ),
        ({"root_challenged": 1}, {"root_challenged"}),
        ({"transaction_oldest_seconds": 601}, {"tx_unknown"}),
        ({"nonce_gaps": 1}, {"tx_unknown"}),
        ({"transactions_failed_24h": 1}, {"tx_failed"}),
        ({"signer_votes_left": 9}, {"signer_low"}),
        ({"signer_votes_left": 2}, {"signer_low", "signer_empty"}),
        ({"signer_votes_left": -1}, set()),
        ({"treasury_wei": 10**22}, {"treasury_short"}),
        ({"clock_skew_seconds": -31}, {"clock_skew"}),
        ({"disk_free_bytes": 2 * 10**9}, {"disk"}),
        ({"memory_used_bytes": 10**10}, {"memory"}),
        ({"backup_verified_at_seconds": NOW - 9 * 86_400}, {"backup_old"}),
    ],
)
def test_answer_checks__one_value_beyond_its_limit__just_its_check_fails(measured, failed):
    assert failing(view(measured)) == failed


def test_answer_checks__values_that_do_not_move__stuck_and_stalled_and_missing():
    old = NOW - 7 * 3600
    assert failing(view(since=old)) == {"finalized_stuck", "index_stalled"}
    assert failing(view({"vote_missing": 1}, since=NOW - 1801)) >= {"not_voted"}
    assert "not_voted" not in failing(view({"vote_missing": 1}))


def test_answer_checks__an_ended_epoch_is_not_settled__overdue_then_critical():
    assert failing(view(settled=7)) >= {"epoch_overdue"}  # epoch 8 ended a day ago by the final block
    late = view({"chain_final_time_seconds": CLOCK.end_of(8) + 3601}, settled=7)
    assert failing(late) & {"epoch_overdue", "epoch_overdue_critical"} == {"epoch_overdue"}
    later = view({"chain_final_time_seconds": CLOCK.end_of(8) + 14_401}, settled=7)
    assert failing(later) >= {"epoch_overdue", "epoch_overdue_critical"}


def test_answer_checks__settled_and_nothing_proposed_for_long__quorum_missing_with_who_is_absent():
    seen = view({"epoch_next": 8})
    seen = replace(seen, measured={**seen.measured, "members_absent": Measured(1, NOW, NOW, "0xaa")})
    (check,) = [each for each in answer_checks(seen) if each.name == "quorum_missing"]
    assert (check.ok, check.said) == (False, "absent: 0xaa")


def test_answer_checks__nodes_do_not_answer__after_half_a_minute():
    seen = view()
    gone = replace(seen, measured={**seen.measured, "chain_time_seconds": Measured(NOW, NOW - 31, NOW - 31)})
    assert failing(gone) == {"nodes"}
    assert failing(replace(seen, measured={})) >= {"nodes"}


@pytest.mark.parametrize(
    ("job", "failed"),
    [
        (JobRow("settle", JobState.FAILED, "x", 3, since=NOW - 601), {"jobs_failing"}),
        (JobRow("settle", JobState.FAILED, "x", 3, since=NOW - 60), set()),
        (JobRow("settle", JobState.FROZEN, "x", 1, since=NOW - 60), {"jobs_frozen"}),
        (JobRow("follow", JobState.FROZEN, "x", 1, since=NOW - 60), {"jobs_frozen", "final_contradicted"}),
        (JobRow("mirror", JobState.FAILED, "x", 9, since=NOW - 3601), {"jobs_failing", "mirror_stale"}),
    ],
)
def test_answer_checks__a_job_fails_or_is_frozen__is_said_by_name(job, failed):
    assert failing(view(jobs={job.name: job})) == failed


def test_answer_checks__claims_lie_for_a_day_while_there_is_a_relayer__distribution_idle():
    jobs = {"distribute": JobRow("distribute", succeeded_at=NOW - 93_601)}
    assert failing(view({"claims_unpaid": 4}, jobs)) == {"distribution_idle"}
    assert failing(view({"claims_unpaid": 4}, jobs, has_relayer=False)) == set()
    pays = {"distribute": JobRow("distribute", succeeded_at=NOW - 60)}
    assert failing(view({"claims_unpaid": 4}, pays)) == set()
    seen = view({"claims_unpaid": 4}, pays)
    behind = {**seen.measured, "claims_behind": Measured(1, NOW, NOW - 93_601)}  # each time some are left
    assert failing(replace(seen, measured=behind)) == {"distribution_idle"}


def test_gates__each__is_a_check():
    assert set(GATES) <= {"database", *CHECKS}
