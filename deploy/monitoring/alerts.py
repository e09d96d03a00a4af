"""Every alert, once: what it watches, how long it must hold, how bad it is; rules, tests and runbook are held to it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert. `check`: the check of `/readyz` that it watches, or "" where `expr` says more. `hold`: its `for`."""

    name: str
    check: str
    hold: str
    severity: str
    says: str
    expr: str = ""

    @property
    def expression(self) -> str:
        """Return what Prometheus evaluates."""
        return self.expr or f'pozk_check_failed{{check="{self.check}"}} == 1'


_ABSENT = (
    '(pozk_member_absent * on (instance) group_left () pozk_check_failed{check="quorum_missing"}) == 1 '
    'or pozk_check_failed{check="quorum_missing"} == 1'
)

ALERTS = (
    Alert("PozkDown", "", "5m", "critical", "the service does not answer", 'up{job="pozk"} == 0'),
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
)
"""All alerts; those of one name differ in severity."""
