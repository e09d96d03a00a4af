"""Every alert, once: what it watches, how long it must hold, how bad it is; rules, tests and runbook are held to it."""

from dataclasses import dataclass

Example = tuple[str, str, str]
"""A series with its labels but `instance`, its values while all is well, those of the fault; as promtool has them."""


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert. `check`: the check of `/readyz` that it watches, or "" where `expr` says more. `hold`: its `for`.

    What watches no check has the series of its test as `examples`, and its `labels` there.
    """

    name: str
    check: str
    hold: str
    severity: str
    says: str
    expr: str = ""
    examples: tuple[Example, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()

    @property
    def expression(self) -> str:
        """Return what Prometheus evaluates."""
        return self.expr or f'pozk_check_failed{{check="{self.check}"}} == 1'


_ABSENT = (
    '(pozk_member_absent * on (instance) group_left () pozk_check_failed{check="quorum_missing"}) == 1 '
    'or pozk_check_failed{check="quorum_missing"} == 1'
)

_ASKED = 'route!~"/livez|/readyz|/metrics"'
_MANY = f"sum by (instance) (increase(pozk_http_requests_total{{{_ASKED}}}[10m])) > 100"
"""A share of a few requests says nothing."""


def _share(status: str, limit: str) -> str:
    """Return when the answers of a status are more of all than a limit that the server tells."""
    some, every = (
        f"sum by (instance) (rate(pozk_http_requests_total{{{which}}}[10m]))"
        for which in (f'status=~"{status}", {_ASKED}', _ASKED)
    )
    return f"{some} / {every} > on (instance) {limit} and on (instance) {_MANY}"


def _shared(status: str, limit: str) -> tuple[Example, ...]:
    """Return the series of one bad answer in a hundred, and of every second one."""
    return (
        ('pozk_http_requests_total{job="pozk-serve", route="/v1/epochs", status="200"', "0+990x180", "0+500x180"),
        (f'pozk_http_requests_total{{job="pozk-serve", route="other", status="{status}"', "0+10x180", "0+500x180"),
        ('pozk_http_requests_total{job="pozk-serve", route="/readyz", status="503"', "0+5000x180", "0+5000x180"),
        (f'{limit}{{job="pozk-serve"', "0.05x180", "0.05x180"),
    )


_SLOW = (
    f"histogram_quantile(0.99, sum by (instance, le) (rate(pozk_http_request_seconds_bucket{{{_ASKED}}}[10m])))"
    f" > on (instance) pozk_http_p99_limit_seconds and on (instance) {_MANY}"
)
_SLOW_EXAMPLES = (
    ('pozk_http_request_seconds_bucket{job="pozk-serve", route="/v1/epochs", le="1.0"', "0+1000x180", "0+950x180"),
    ('pozk_http_request_seconds_bucket{job="pozk-serve", route="/v1/epochs", le="2.5"', "0+1000x180", "0+1000x180"),
    ('pozk_http_request_seconds_bucket{job="pozk-serve", route="/v1/epochs", le="+Inf"', "0+1000x180", "0+1000x180"),
    ('pozk_http_requests_total{job="pozk-serve", route="/v1/epochs", status="200"', "0+1000x180", "0+1000x180"),
    ('pozk_http_p99_limit_seconds{job="pozk-serve"', "1x180", "1x180"),
)

ALERTS = (
    Alert(
        "PozkDown",
        "",
        "5m",
        "critical",
        "the service does not answer",
        'up{job="pozk"} == 0',
        (('up{job="pozk"', "1x180", "0x180"),),
        (("job", "pozk"),),
    ),
    Alert("PozkDatabaseAway", "database", "1m", "critical", "the service's database does not answer"),
    Alert("PozkNodesAway", "nodes", "2m", "critical", "no node answers"),
    Alert("PozkFinalizedStuck", "finalized_stuck", "0m", "critical", "the chain's final block does not move"),
    Alert("PozkIndexLag", "index_lag", "10m", "warning", "the lake is behind the final block"),
    Alert("PozkIndexStalled", "index_stalled", "0m", "critical", "the lake is behind and does not advance"),
    Alert("PozkCoverageGap", "coverage_gap", "30m", "critical", "blocks are missing in the coverage ledger"),
    Alert("PozkUnprovenRange", "unproven_range", "1h", "warning", "stored blocks whose completeness nothing proves"),
    Alert("PozkNodesDisagree", "nodes_disagree", "0m", "critical", "a node gave an answer that is proven wrong"),
    Alert(
        "PozkFinalContradicted", "final_contradicted", "0m", "critical", "a final block is contradicted; all is frozen"
    ),
    Alert(
        "PozkQuarantineBlocks",
        "quarantine_blocks",
        "5m",
        "critical",
        "a log in quarantine keeps an epoch from settling",
    ),
    Alert("PozkEpochOverdue", "epoch_overdue", "0m", "warning", "an ended, final epoch is not settled"),
    Alert("PozkEpochOverdue", "epoch_overdue_critical", "0m", "critical", "an ended, final epoch is still not settled"),
    Alert("PozkNotVoted", "not_voted", "0m", "critical", "an epoch is settled here and our vote is missing"),
    Alert("PozkOutvoted", "outvoted", "0m", "critical", "the committee executed another report; nothing more is voted"),
    Alert("PozkQuorumMissing", "quorum_missing", "0m", "critical", "nothing is proposed for a settled epoch", _ABSENT),
    Alert(
        "PozkRootDisputed", "root_disputed", "0m", "page", "a pending root is not the one computed here: the guardian"
    ),
    Alert("PozkRootChallenged", "root_challenged", "0m", "warning", "somebody challenged a pending root for a bond"),
    Alert("PozkVetoWindowClosing", "veto_closing", "0m", "page", "a disputed root is about to be active: the guardian"),
    Alert(
        "PozkTxUnknown", "tx_unknown", "0m", "critical", "a transaction of unknown fate, or a nonce that nobody uses"
    ),
    Alert("PozkTxFailed", "tx_failed", "5m", "warning", "a transaction failed"),
    Alert("PozkSignerLow", "signer_low", "10m", "warning", "the signer can pay for few votes"),
    Alert("PozkSignerLow", "signer_empty", "10m", "critical", "the signer can pay for hardly any vote"),
    Alert("PozkTreasuryShort", "treasury_short", "30m", "critical", "the treasury cannot pay for the next epoch"),
    Alert(
        "PozkDistributionIdle", "distribution_idle", "0m", "warning", "claims lie unpaid although there is a relayer"
    ),
    Alert("PozkMirrorStale", "mirror_stale", "0m", "warning", "the newest epoch is missing on a mirror"),
    Alert("PozkClockSkew", "clock_skew", "10m", "warning", "this machine's clock is far from the newest block"),
    Alert("PozkDisk", "disk", "10m", "warning", "few epochs fit on the disk"),
    Alert("PozkMemory", "memory", "10m", "warning", "the process is near its limit of memory"),
    Alert("PozkBackupOld", "backup_old", "0m", "warning", "no backup was verified for long"),
    Alert("PozkJobFailing", "jobs_failing", "0m", "warning", "a job of the service fails again and again"),
    Alert("PozkJobFrozen", "jobs_frozen", "0m", "critical", "a job waits for an operator"),
    Alert(
        "PozkServeDown",
        "",
        "5m",
        "critical",
        "the API does not answer",
        'up{job="pozk-serve"} == 0',
        (('up{job="pozk-serve"', "1x180", "0x180"),),
        (("job", "pozk-serve"),),
    ),
    Alert(
        "PozkServeErrors",
        "",
        "5m",
        "warning",
        "requests to the API end in errors of ours",
        _share("5..", "pozk_http_error_limit_ratio"),
        _shared("503", "pozk_http_error_limit_ratio"),
    ),
    Alert("PozkServeSlow", "", "10m", "warning", "the API answers slowly", _SLOW, _SLOW_EXAMPLES),
    Alert(
        "PozkServeRefusing",
        "",
        "10m",
        "warning",
        "the rate limit refuses many requests",
        _share("429", "pozk_http_refused_limit_ratio"),
        _shared("429", "pozk_http_refused_limit_ratio"),
    ),
)
"""All alerts; those of one name differ in severity."""
