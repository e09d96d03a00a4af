"""Alerts, runbook, checks and metrics hold together; the rules are tested by promtool where it is at hand."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from deploy.monitoring.__main__ import FILES
from deploy.monitoring.alerts import ALERTS
from deploy.monitoring.render import PANELS
from settlement.entry.http.layers.counts import SERVED
from settlement.entry.service.metrics import EXPORTED
from settlement.rules.service.checks import CHECKS

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "monitoring"
BUCKETS = ["pozk_http_request_seconds_bucket"]  # of a histogram that is exported by its name
LISTED = [
    "PozkDown",
    "PozkFinalizedStuck",
    "PozkIndexLag",
    "PozkIndexStalled",
    "PozkCoverageGap",
    "PozkUnprovenRange",
    "PozkNodesDisagree",
    "PozkFinalContradicted",
    "PozkQuarantineBlocks",
    "PozkEpochOverdue",
    "PozkNotVoted",
    "PozkOutvoted",
    "PozkQuorumMissing",
    "PozkRootDisputed",
    "PozkVetoWindowClosing",
    "PozkTxUnknown",
    "PozkTxFailed",
    "PozkSignerLow",
    "PozkTreasuryShort",
    "PozkDistributionIdle",
    "PozkMirrorStale",
    "PozkClockSkew",
    "PozkDisk",
    "PozkMemory",
    "PozkBackupOld",
]


@pytest.mark.parametrize("name", FILES)
def test_files__each__is_what_the_table_says(name):
    assert (FOLDER / name).read_text() == FILES[name](), "run `make docs`"


def test_alerts__those_that_operators_ask_for__are_all_there():
    assert set(LISTED) <= {alert.name for alert in ALERTS}


def test_alerts__every_check__has_an_alert_and_every_alert_a_check():
    assert {alert.check for alert in ALERTS} == {"", "database", *CHECKS}


def test_runbook__every_alert__has_an_entry_and_every_entry_an_alert():
    text = (FOLDER / "RUNBOOK.md").read_text()
    entries = re.findall(r"^## (\w+)\n\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert sorted(name for name, _ in entries) == sorted({alert.name for alert in ALERTS})
    for name, entry in entries:
        assert all(f"{part}: " in entry for part in ("Means", "Do", "Over")), name


def test_metrics__of_rules_and_dashboard__are_all_exported():
    queries = [alert.expression for alert in ALERTS] + [query for _, each in PANELS for query in each]
    assert {name for query in queries for name in re.findall(r"\bpozk_\w+", query)} <= {*EXPORTED, *SERVED, *BUCKETS}
    assert len(json.loads((FOLDER / "dashboard.json").read_text())["panels"]) == len(PANELS)


def test_rules__by_promtool__each_alert_fires_after_it_has_held_and_not_before():
    found = ROOT / ".make" / "promtool"
    promtool = str(found) if found.exists() else shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool: `make test-alerts` gets it")
    done = subprocess.run([promtool, "test", "rules", "tests.yml"], cwd=FOLDER, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
