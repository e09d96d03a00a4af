"""Deployment files say what their promises are; what can check them on this host does."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"


def test_kubernetes__the_pod__has_no_service_links_no_root_and_a_read_only_root():
    text = (DEPLOY / "kubernetes" / "pozk.yaml").read_text()
    for promise in ("enableServiceLinks: false", "runAsNonRoot: true", "readOnlyRootFilesystem: true", "path: /livez"):
        assert promise in text


def test_dockerfile__two_stages__an_ordinary_user_and_the_built_wheel():
    text = (DEPLOY / "docker" / "Dockerfile").read_text()
    assert len(re.findall(r"^FROM ", text, re.MULTILINE)) == 2
    assert re.search(r"^USER \d+:\d+$", text, re.MULTILINE)
    copied = re.findall(r"^COPY (?!--from)([^\n]+) \S+$", text, re.MULTILINE)
    assert all((DEPLOY.parent / name).exists() for line in copied for name in line.split())


def test_compose__root_file_system__is_read_only_and_secrets_are_files():
    text = (DEPLOY / "docker" / "compose.yml").read_text()
    assert "read_only: true" in text
    assert not re.search(r"PRIVATE_KEY: ", text)


@pytest.mark.parametrize("name", ["pozk.service", "pozk-once.service", "pozk-once.timer"])
def test_units__by_systemd__are_right_and_hardened(name, tmp_path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("no systemd-analyze here")
    for unit in (DEPLOY / "systemd").iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/pozk/bin/pozk", "/bin/true"))
    done = subprocess.run([analyze, "verify", str(tmp_path / name)], capture_output=True, text=True)
    assert name not in done.stderr, done.stderr
    if name.endswith(".service"):
        found = subprocess.run(
            [analyze, "security", "--offline=true", str(tmp_path / name)], capture_output=True, text=True
        )
        exposure = re.search(r"exposure level for \S+: ([0-9.]+)", found.stdout)
        assert exposure is None or float(exposure[1]) <= 2.0
