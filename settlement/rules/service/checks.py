"""What the measured values mean: each check a value beside its limit, for `/readyz`, alerts and `pozk status` alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from indexer.words.quantities import Epoch
from settlement.rules.facts.epochs import EpochClock
from settlement.words.service import CheckState, JobRow, JobState, Limits, Measured


@dataclass(frozen=True, slots=True)
class View:
    """What is known when the checks are answered; `now` in seconds since 1970. `settled`: the newest settled epoch."""

    now: int
    measured: Mapping[str, Measured]
    jobs: Mapping[str, JobRow]
    clock: EpochClock
    settled: Epoch | None
    limits: Limits
    has_relayer: bool = False

    def value(self, name: str, default: int = 0) -> int:
        """Return a measured value, a default where it was never measured."""
        found = self.measured.get(name)
        return default if found is None else found.value

    def since(self, name: str) -> int:
        """Return since when a measured value is what it is."""
        found = self.measured.get(name)
        return self.now if found is None else found.since

    def said(self, name: str) -> str:
        """Return what was said with a measured value."""
        found = self.measured.get(name)
        return "" if found is None else found.said

    def held_for(self, name: str) -> int:
        """Return for how many seconds a measured flag has been up; 0 where it is down."""
        return self.now - self.since(name) if self.value(name) else 0

    @property
    def following(self) -> Epoch:
        """Return the epoch that is settled next."""
        return self.clock.first if self.settled is None else Epoch(self.settled + 1)


def answer_checks(view: View) -> list[CheckState]:
    """Return every check, in the order of CHECKS."""
    return [CheckState(name, *check(view)) for name, check in CHECKS.items()]


CheckAnswer = tuple[bool, int, int, str, int, str]


def _at_most(value: int, limit: int, unit: str, since: int, said: str = "") -> CheckAnswer:
    return value <= limit, value, limit, unit, since, said


def _nodes(view: View) -> CheckAnswer:
    found = view.measured.get("chain_time_seconds")
    limit = view.limits.nodes_seconds
    age = limit + 1 if found is None else view.now - found.at
    row = view.jobs.get("measure")
    said = row.reason if row is not None and row.state is JobState.FAILED else ""
    return _at_most(age, limit, "seconds since nodes answered", view.now - age, said)


def _finalized(view: View) -> CheckAnswer:
    since, limit = view.since("chain_final_block"), view.limits.final_stuck_seconds
    return limit == 0 or view.now - since <= limit, view.now - since, limit, "seconds unmoved", since, ""


def _lag_blocks(view: View) -> int:
    return max(0, view.value("chain_final_block") - view.value("lake_final_block"))


def _lag_seconds(view: View) -> int:
    return max(0, view.value("chain_final_time_seconds") - view.value("lake_final_time_seconds"))


def _index_lag(view: View) -> CheckAnswer:
    blocks, seconds, limits = _lag_blocks(view), _lag_seconds(view), view.limits
    said = f"{seconds} s of the chain's time behind, of {limits.lag_seconds} allowed"
    is_good = blocks <= limits.lag_blocks and (seconds <= limits.lag_seconds or not blocks)
    return is_good, blocks, limits.lag_blocks, "blocks behind final", view.since("lake_final_block"), said


def _index_stalled(view: View) -> CheckAnswer:
    since = view.since("lake_final_block")
    held = view.now - since if _lag_blocks(view) else 0
    return _at_most(held, view.limits.stalled_seconds, "seconds behind without progress", since)


def _coverage_gap(view: View) -> CheckAnswer:
    return _at_most(view.value("coverage_gaps"), 0, "gaps", view.since("coverage_gaps"), view.said("coverage_gaps"))


def _unproven(view: View) -> CheckAnswer:
    return _at_most(view.value("unproven_ranges"), 0, "ranges", view.since("unproven_ranges"))


def _disagree(view: View) -> CheckAnswer:
    since = view.since("evidence")
    is_new = view.value("evidence") > 0 and view.now - since <= view.limits.disagree_seconds
    said = f"in the last {view.limits.disagree_seconds} s" if is_new else ""
    return _at_most(int(is_new), 0, "disagreements", since, said)


def _final_contradicted(view: View) -> CheckAnswer:
    row = view.jobs.get("follow", JobRow("follow"))
    return _at_most(int(row.state is JobState.FROZEN), 0, "contradictions", row.since, row.reason)


def _quarantine(view: View) -> CheckAnswer:
    return _at_most(
        view.value("quarantine_blocks"), 0, "epochs", view.since("quarantine_blocks"), view.said("quarantine_blocks")
    )


def _overdue_seconds(view: View) -> int:
    """Return for how long, in the chain's time, the next epoch could have been settled."""
    return max(0, view.value("chain_final_time_seconds") - view.clock.end_of(view.following))


def _overdue(view: View) -> CheckAnswer:
    end = view.clock.end_of(view.following)
    return _at_most(_overdue_seconds(view), view.limits.overdue_seconds, "seconds since it could be settled", end)


def _overdue_critical(view: View) -> CheckAnswer:
    end = view.clock.end_of(view.following)
    return _at_most(
        _overdue_seconds(view), view.limits.overdue_critical_seconds, "seconds since it could be settled", end
    )


def _not_voted(view: View) -> CheckAnswer:
    return _at_most(view.held_for("vote_missing"), view.limits.vote_seconds, "seconds", view.since("vote_missing"))


def _outvoted(view: View) -> CheckAnswer:
    return _at_most(view.value("outvoted"), 0, "other reports executed", view.since("outvoted"))


def _quorum(view: View) -> CheckAnswer:
    epoch = Epoch(view.value("epoch_next", view.clock.first))
    end = view.clock.end_of(epoch)
    waits = max(0, view.value("chain_time_seconds") - end) if view.settled is not None and view.settled >= epoch else 0
    absent = view.said("members_absent")
    said = f"absent: {absent}" if absent and waits else ""
    return _at_most(waits, view.limits.quorum_seconds, "seconds without a proposal", end, said)


def _disputed(view: View) -> CheckAnswer:
    since, said = view.since("root_disputed"), view.said("root_disputed")
    return _at_most(view.value("root_disputed"), 0, "pending roots that are not ours", since, said)


def _challenged(view: View) -> CheckAnswer:
    since, said = view.since("root_challenged"), view.said("root_challenged")
    return _at_most(view.value("root_challenged"), 0, "pending roots that are challenged", since, said)


def _veto_closing(view: View) -> CheckAnswer:
    """Fails while a pending root is disputed and less than a quarter of its delay is left."""
    left = max(0, view.value("veto_until_seconds") - view.value("chain_time_seconds"))
    quarter = view.value("activation_delay_seconds") // 4
    is_closing = view.value("root_disputed") > 0 and left < quarter
    return (
        not is_closing,
        left,
        quarter,
        "seconds left for a veto",
        view.since("root_disputed"),
        view.said("root_disputed"),
    )


def _tx_unknown(view: View) -> CheckAnswer:
    """Fails for a transaction of unknown fate, and at once for a nonce that nothing will use."""
    age, limit, gaps = (
        view.value("transaction_oldest_seconds"),
        view.limits.transaction_seconds,
        view.value("nonce_gaps"),
    )
    since = view.since("nonce_gaps" if gaps else "transactions_open")
    said = f"{gaps} nonces that nothing uses; `pozk tx`" if gaps else "`pozk tx`"
    return age <= limit and not gaps, age, limit, "seconds open", since, said


def _tx_failed(view: View) -> CheckAnswer:
    return _at_most(
        view.value("transactions_failed_24h"), 0, "in 24 hours", view.since("transactions_failed_24h"), "`pozk tx`"
    )


def _signer(view: View, limit: int) -> CheckAnswer:
    left = view.value("signer_votes_left", -1)
    said = "no key: a dry run" if left < 0 else f"{view.value('signer_balance_wei')} wei"
    return left < 0 or left >= limit, left, limit, "votes left", view.since("signer_votes_left"), said


def _signer_low(view: View) -> CheckAnswer:
    return _signer(view, view.limits.votes_left)


def _signer_empty(view: View) -> CheckAnswer:
    return _signer(view, view.limits.votes_left_critical)


def _treasury(view: View) -> CheckAnswer:
    held, needed = view.value("treasury_wei"), view.value("treasury_needed_wei")
    return held >= needed, held, needed, "wei", view.since("treasury_wei"), "the least of balance and allowance"


def _distribution(view: View) -> CheckAnswer:
    """Fails where claims lie and the job has not succeeded for long, or has left some each time for as long."""
    row = view.jobs.get("distribute", JobRow("distribute", succeeded_at=view.now))
    since = min(row.succeeded_at or row.since, view.since("claims_behind"))
    owes = view.has_relayer and view.value("claims_unpaid") > 0
    return _at_most(view.now - since if owes else 0, view.limits.idle_seconds, "seconds", since)


def _mirror(view: View) -> CheckAnswer:
    row = view.jobs.get("mirror", JobRow("mirror"))
    late = view.now - row.since if row.failures else 0
    return _at_most(late, view.limits.mirror_seconds, "seconds", row.since, row.reason)


def _clock(view: View) -> CheckAnswer:
    skew = abs(view.value("clock_skew_seconds"))
    limit = view.limits.clock_seconds
    return limit == 0 or skew <= limit, skew, limit, "seconds", view.since("clock_skew_seconds"), ""


def _disk(view: View) -> CheckAnswer:
    free, needed = view.value("disk_free_bytes"), view.limits.disk_epochs * view.value("disk_epoch_bytes")
    return free >= needed, free, needed, "bytes free", view.since("disk_free_bytes"), ""


def _memory(view: View) -> CheckAnswer:
    used, whole = view.value("memory_used_bytes"), view.value("memory_limit_bytes")
    limit = whole * view.limits.memory_percent // 100
    return _at_most(used, limit, "bytes", view.since("memory_used_bytes"))


def _jobs_failing(view: View) -> CheckAnswer:
    failing = [row for row in view.jobs.values() if row.failures and row.state is not JobState.FROZEN]
    longest = max(failing, key=lambda row: view.now - row.since, default=JobRow("none", since=view.now))
    said = f"{longest.name}: {longest.reason}" if failing else ""
    return _at_most(view.now - longest.since if failing else 0, view.limits.job_seconds, "seconds", longest.since, said)


def _jobs_frozen(view: View) -> CheckAnswer:
    frozen = [row for row in view.jobs.values() if row.state is JobState.FROZEN]
    said = "; ".join(f"{row.name}: {row.reason}" for row in frozen)
    return _at_most(len(frozen), 0, "jobs", min((row.since for row in frozen), default=view.now), said)


def _backup(view: View) -> CheckAnswer:
    at = view.value("backup_verified_at_seconds")
    return _at_most(view.now - at if at else 0, view.limits.backup_seconds, "seconds", at or view.now)


CHECKS: Mapping[str, Callable[[View], CheckAnswer]] = {
    "nodes": _nodes,
    "finalized_stuck": _finalized,
    "index_lag": _index_lag,
    "index_stalled": _index_stalled,
    "coverage_gap": _coverage_gap,
    "unproven_range": _unproven,
    "nodes_disagree": _disagree,
    "final_contradicted": _final_contradicted,
    "quarantine_blocks": _quarantine,
    "epoch_overdue": _overdue,
    "epoch_overdue_critical": _overdue_critical,
    "not_voted": _not_voted,
    "outvoted": _outvoted,
    "quorum_missing": _quorum,
    "root_disputed": _disputed,
    "root_challenged": _challenged,
    "veto_closing": _veto_closing,
    "tx_unknown": _tx_unknown,
    "tx_failed": _tx_failed,
    "signer_low": _signer_low,
    "signer_empty": _signer_empty,
    "treasury_short": _treasury,
    "distribution_idle": _distribution,
    "mirror_stale": _mirror,
    "clock_skew": _clock,
    "disk": _disk,
    "memory": _memory,
    "jobs_failing": _jobs_failing,
    "jobs_frozen": _jobs_frozen,
    "backup_old": _backup,
}
"""Every check by name; the service's database has one of its own, since without it none of these can be answered."""
GATES = ("database", "nodes", "index_lag", "index_stalled", "epoch_overdue", "signer_empty", "jobs_frozen")
"""Checks without which the service is not ready; where another one fails, it is degraded."""
