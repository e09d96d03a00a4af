"""The other implementation, deploy/page/verify, over epochs that were just settled."""

import subprocess
from pathlib import Path

import pytest

from settlement.adapters.store.artifacts import FolderArtifacts
from settlement.ports.artifacts import StageColumns
from settlement.rules.entitlements.tree_layout import TreeColumns

COMMAND = Path(__file__).parents[2] / "deploy" / "page" / "verify" / "dist" / "verify.mjs"


def keep(store, epoch, settled):
    """Store a settled epoch as `pozk settle` does."""
    stages = StageColumns((settled.facts.aggregates, settled.pools), settled.deposits, (settled.amounts,))
    store.save_epoch(epoch, settled.document, stages, TreeColumns(settled.leaves, settled.tree))


def assert_agrees(folder, settlements):
    """Assert that the other implementation finds consecutive epochs, from the first one on, sound."""
    if not COMMAND.exists():
        pytest.skip("`make setup` builds deploy/page/verify")
    store = FolderArtifacts(folder)
    for epoch, settled in enumerate(settlements):
        keep(store, epoch, settled)
    bundles = sorted(map(str, (folder / "epochs").iterdir()))
    done = subprocess.run(["node", COMMAND, *bundles], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(": sound\n") == len(bundles) == len(settlements)
