"""The service's metrics: each measured value, each check and each job, in the words of Prometheus."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from settlement.entry.status import Status
from settlement.rules.service.checks import CHECKS
from settlement.words.service import JobState

MEASURED = {
    "lake_block": "the newest stored block",
    "lake_final_block": "the greatest stored block that is final",
    "lake_final_time_seconds": "its time, seconds since 1970",
    "coverage_gaps": "whether blocks are missing in the coverage ledger",
    "unproven_ranges": "stored ranges whose completeness nothing proves",
    "evidence": "wrong answers of nodes that are kept",
    "quarantined_logs": "logs in quarantine",
    "quarantine_blocks": "whether a quarantine blocks an epoch",
    "chain_final_block": "the final block of the chain",
    "chain_final_time_seconds": "its time, seconds since 1970",
    "chain_time_seconds": "the time of the newest block, seconds since 1970",
    "clock_skew_seconds": "this machine's clock less that time",
    "epoch_next": "the epoch whose votes are open",
    "epoch_active": "the newest active epoch; one less than the first before there is one",
    "pending_roots": "proposed roots that are not active",
    "veto_until_seconds": "when the oldest root that is not ours may be activated, seconds since 1970; 0: none",
    "activation_at_seconds": "when the oldest of them may be activated, seconds since 1970; 0: none",
    "activation_delay_seconds": "how long a proposed root waits",
    "root_disputed": "pending roots that are not those settled here",
    "root_challenged": "pending roots that somebody has challenged for a bond",
    "vote_missing": "whether the epoch whose votes are open is settled here and our vote is missing",
    "outvoted": "whether the committee executed another report than ours",
    "members": "members of the committee",
    "members_absent": "members that have not voted for the open epoch",
    "dissent": "whether members voted for different reports",
    "signer_balance_wei": "what the signer has for gas",
    "signer_votes_left": "votes that this pays for at the present price; -1 without a key",
    "treasury_wei": "what the treasury can pay",
    "treasury_needed_wei": "the pool of the newest settled epoch",
    "transactions_open": "transactions of unknown fate",
    "transaction_oldest_seconds": "the age of the oldest of them",
    "nonce_gaps": "nonces that nothing will use and that later ones of ours wait for",
    "transactions_failed_24h": "transactions that failed in the last 24 hours",
    "claims_unpaid": "claims above dust and worth their gas that the last distribution left",
    "claims_behind": "whether it left any",
    "claims_unworthy": "claims that it left because they are not worth their gas",
    "disk_free_bytes": "free where data_dir is",
    "disk_epoch_bytes": "what the newest settled epoch takes",
    "memory_used_bytes": "of this process",
    "memory_limit_bytes": "what it may have",
    "backup_verified_at_seconds": "when a backup was last verified, seconds since 1970",
}
"""Every measured value by name, with what it is; the metric is `pozk_` and the name."""
EXPORTED = (
    *(f"pozk_{name}" for name in MEASURED),
    *("pozk_check_failed", "pozk_check_value", "pozk_check_limit", "pozk_job_failures", "pozk_job_frozen"),
    *("pozk_job_succeeded_at_seconds", "pozk_member_absent", "pozk_speaks", "pozk_epoch_settled"),
)
"""The names of all metrics that are exported."""


class StatusCollector:
    """Makes metrics of a status; `standing`: whether the instance speaks."""

    def __init__(self, status: Status, standing: str) -> None:
        self._status, self._standing = status, standing

    def collect(self) -> Iterator[Metric]:
        """Yield every metric that has a value."""
        status = self._status
        for name, says in MEASURED.items():
            if name in status.measured:
                yield GaugeMetricFamily(f"pozk_{name}", says, value=status.measured[name].value)
        failed = [(check.name, float(not check.ok)) for check in status.checks]
        yield _by("pozk_check_failed", "whether a check fails", "check", failed)
        yield _by(
            "pozk_check_value", "the value of a check", "check", [(c.name, float(c.value)) for c in status.checks]
        )
        yield _by("pozk_check_limit", "its limit", "check", [(c.name, float(c.limit)) for c in status.checks])
        jobs = status.jobs.values()
        yield _by("pozk_job_failures", "failures in a row", "job", [(row.name, row.failures) for row in jobs])
        frozen = [(row.name, float(row.state is JobState.FROZEN)) for row in jobs]
        yield _by("pozk_job_frozen", "whether a job waits for an operator", "job", frozen)
        ended = [(row.name, row.succeeded_at or 0) for row in jobs]
        yield _by("pozk_job_succeeded_at_seconds", "when a job last did what it should", "job", ended)
        absent = status.document.get("committee", {}).get("absent", [])
        yield _by("pozk_member_absent", "members that have not voted", "member", [(each, 1.0) for each in absent])
        yield GaugeMetricFamily("pozk_speaks", "whether this instance speaks", value=float(self._standing == "speaks"))
        settled = status.document.get("epoch", {}).get("settled")
        yield GaugeMetricFamily(
            "pozk_epoch_settled", "the newest settled epoch", value=-1 if settled is None else settled
        )


def _by(name: str, says: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=[label])
    for value, number in values:
        family.add_metric([value], number)
    return family


def render_metrics(status: Status, standing: str) -> bytes:
    """Return all metrics of a status as text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(StatusCollector(status, standing))
    return generate_latest(registry)


CHECK_NAMES = ("database", *CHECKS)
