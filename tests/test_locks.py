"""Lock files install the same on every machine, wherever the packages come from."""

import json
from pathlib import Path

ROOT = Path(__file__).parent.parent
NPM_LOCK = ROOT / "deploy" / "contracts" / "package-lock.json"


def test_package_lock__every_optional_package__has_its_entry_for_npm_ci():
    packages = json.loads(NPM_LOCK.read_text())["packages"]
    wanted = {name for entry in packages.values() for name in entry.get("optionalDependencies", {})}
    assert wanted
    assert {name for name in wanted if f"node_modules/{name}" not in packages} == set()


def test_locks__addresses__are_in_none():
    assert '"resolved"' not in NPM_LOCK.read_text()
    assert "://" not in (ROOT / "requirements.lock").read_text()
