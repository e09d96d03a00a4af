"""Writes the rules, their promtool tests and the dashboard out of the table of alerts."""

import json
import re
from typing import Any

from deploy.monitoring.alerts import ALERTS, Alert

_HEAD = "# Made from deploy/monitoring/alerts.py by `make docs`; a test holds it equal.\n"
_INSTANCE = "oracle:8600"
_MEMBER = "0x00000000000000000000000000000000000000aa"


def render_rules() -> str:
    """Return rules.yml."""
    return _HEAD + "groups:\n  - name: pozk\n    rules:\n" + "".join(map(_rule, ALERTS))


def _rule(alert: Alert) -> str:
    return (
        f"      - alert: {alert.name}\n"
        f"        expr: {json.dumps(alert.expression)}\n"
        f"        for: {alert.hold}\n"
        f"        labels:\n          severity: {alert.severity}\n"
        f"        annotations:\n"
        f"          summary: {json.dumps(alert.says)}\n"
        f"          runbook: RUNBOOK.md#{alert.name.lower()}\n"
    )


def render_tests() -> str:
    """Return tests.yml: each alert is silent while all is well and until it has held, and fires with labels then."""
    tests = [test for alert in ALERTS for test in (*_quiet(alert), _firing(alert))]
    return (
        _HEAD + json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests}, indent=1) + "\n"
    )


def _minutes(hold: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([mh])", hold).groups()  # type: ignore[union-attr]
    return int(number) * (60 if unit == "h" else 1)


def _series(alert: Alert, values: str) -> list[dict[str, str]]:
    if not alert.check:
        return [
            {"series": f'{series}, instance="{_INSTANCE}"}}', "values": bad if values == "1" else good}
            for series, good, bad in alert.examples
        ]
    found = [{"series": f'pozk_check_failed{{check="{alert.check}", instance="{_INSTANCE}"}}', "values": _long(values)}]
    if alert.name == "PozkQuorumMissing":
        member = f'pozk_member_absent{{member="{_MEMBER}", instance="{_INSTANCE}"}}'
        found.append({"series": member, "values": _long("1")})
    return found


def _long(value: str) -> str:
    """Return a series that holds a value for three hours."""
    return f"{value}x180"


def _test(alert: Alert, value: str, minutes: int, expected: list[dict[str, Any]]) -> dict[str, Any]:
    asked = {"eval_time": f"{minutes}m", "alertname": alert.name, "exp_alerts": expected}
    return {"interval": "1m", "input_series": _series(alert, value), "alert_rule_test": [asked]}


def _quiet(alert: Alert) -> list[dict[str, Any]]:
    """While all is well; and, where the alert has to hold, one minute before it has."""
    hold = _minutes(alert.hold)
    early = [_test(alert, "1", hold - 1, [])] if hold else []
    well = [_test(alert, "0", 60, [])] if alert.examples or not hold else []
    return [*well, *early]


def _firing(alert: Alert) -> dict[str, Any]:
    annotations = {"summary": alert.says, "runbook": f"RUNBOOK.md#{alert.name.lower()}"}
    labels = {"severity": alert.severity, "instance": _INSTANCE}
    labels |= {"check": alert.check} if alert.check else dict(alert.labels)
    expected = [{"exp_labels": labels, "exp_annotations": annotations}]
    if alert.name == "PozkQuorumMissing":
        member = {"severity": alert.severity, "instance": _INSTANCE, "member": _MEMBER}
        expected.append({"exp_labels": member, "exp_annotations": annotations})
    return _test(alert, "1", _minutes(alert.hold) + 1, expected)


PANELS = (
    ("Checks that fail", ["pozk_check_failed == 1"]),
    ("Blocks", ["pozk_chain_final_block", "pozk_lake_final_block", "pozk_lake_block"]),
    ("Lag, blocks", ["pozk_chain_final_block - pozk_lake_final_block"]),
    ("Epochs: settled, voting, active", ["pozk_epoch_settled", "pozk_epoch_next", "pozk_epoch_active"]),
    ("Committee: absent, dissent", ["pozk_members_absent", "pozk_dissent", "pozk_outvoted"]),
    ("Votes that the signer can pay for", ["pozk_signer_votes_left"]),
    ("Treasury, wei", ["pozk_treasury_wei", "pozk_treasury_needed_wei"]),
    (
        "Transactions",
        [
            "pozk_transactions_open",
            "pozk_transaction_oldest_seconds",
            "pozk_transactions_failed_24h",
            "pozk_nonce_gaps",
        ],
    ),
    ("Claims unpaid", ["pozk_claims_unpaid"]),
    ("Ledger", ["pozk_coverage_gaps", "pozk_unproven_ranges", "pozk_evidence", "pozk_quarantined_logs"]),
    ("Jobs: failures in a row, frozen", ["pozk_job_failures", "pozk_job_frozen"]),
    ("Jobs: seconds since success", ["time() - pozk_job_succeeded_at_seconds"]),
    ("Host", ["pozk_disk_free_bytes", "pozk_memory_used_bytes", "pozk_memory_limit_bytes"]),
    ("Clock skew, seconds", ["pozk_clock_skew_seconds"]),
    ("Who speaks", ["pozk_speaks"]),
    ("API: requests per second, by status", ["sum by (status) (rate(pozk_http_requests_total[5m]))"]),
    (
        "API: seconds of 50 and 99 of 100 requests",
        [
            f"histogram_quantile({share}, sum by (le) (rate(pozk_http_request_seconds_bucket[5m])))"
            for share in ("0.5", "0.99")
        ]
        + ["pozk_http_p99_limit_seconds"],
    ),
    (
        "API: share of errors and refusals",
        [
            f'sum(rate(pozk_http_requests_total{{status=~"{status}"}}[5m])) / sum(rate(pozk_http_requests_total[5m]))'
            for status in ("5..", "429")
        ],
    ),
    (
        "API: seconds of 99 of 100 requests, by route",
        ["histogram_quantile(0.99, sum by (route, le) (rate(pozk_http_request_seconds_bucket[5m])))"],
    ),
)
"""Title and queries of each panel of the dashboard."""


def render_dashboard() -> str:
    """Return dashboard.json for Grafana."""
    panels = [
        {
            "id": place + 1,
            "type": "timeseries",
            "title": title,
            "datasource": {"type": "prometheus", "uid": "${datasource}"},
            "gridPos": {"x": 12 * (place % 2), "y": 8 * (place // 2), "w": 12, "h": 8},
            "targets": [{"refId": chr(65 + at), "expr": query} for at, query in enumerate(queries)],
        }
        for place, (title, queries) in enumerate(PANELS)
    ]
    variable = {"name": "datasource", "type": "datasource", "query": "prometheus"}
    board = {"title": "pozk", "uid": "pozk", "schemaVersion": 39, "refresh": "30s", "panels": panels}
    return json.dumps(board | {"templating": {"list": [variable]}}, indent=1) + "\n"
