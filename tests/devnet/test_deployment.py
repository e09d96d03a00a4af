"""What is deployed by: every variable in it is one of ours, every command exists, and hardening is not lost."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
import yaml

from settlement.entry.cli import make_app
from settlement.entry.configuration.environment import known_variables
from settlement.entry.configuration.keys import OTHER_VARIABLES, every_key

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
COMPOSE = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text())
MANIFESTS = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "oracle.yaml").read_text()))
KNOWN = {*known_variables(every_key()), *OTHER_VARIABLES}
FILES = [*UNITS, *sorted((DEPLOY / "docker").iterdir()), *sorted((DEPLOY / "kubernetes").iterdir())]
COMMANDS = set(typer.main.get_command(make_app()).commands)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_deployment__variables_of_ours__are_known(path):
    named = set(re.findall(r"POZK_[A-Z_]+", path.read_text())) - {"POZK_PORT"}  # the one that Kubernetes would make
    assert named <= KNOWN


def pods():
    return [each["spec"]["template"]["spec"] for each in MANIFESTS if each["kind"] in ("StatefulSet", "Deployment")]


def test_kubernetes__pods__are_hardened_and_get_no_links():
    for pod in pods():
        assert pod["enableServiceLinks"] is False
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["args"][0] in COMMANDS
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes_of(pod) | {"data"}


def volumes_of(pod):
    return {volume["name"] for volume in pod["volumes"]}


def test_compose__services_of_ours__are_hardened_and_their_secrets_are_files():
    for name in ("run", "serve"):
        service = COMPOSE["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["command"][0] in COMMANDS
        assert set(service["secrets"]) <= set(COMPOSE["secrets"])
        for value in service["environment"].values():
            assert value.removeprefix("/run/secrets/") in service["secrets"]
    assert COMPOSE["services"]["serve"]["volumes"][0].endswith(":ro")


def test_dockerfile__last_stage__has_the_wheel_alone_and_an_account_of_its_own():
    last = (DEPLOY / "docker" / "Dockerfile").read_text().split("\nFROM ")[-1]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert re.findall(r"^COPY (.*)$", last, re.MULTILINE) == ["--from=wheel /opt/pozk /opt/pozk"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd__units__have_no_fault_and_little_exposure(tmp_path):
    program = tmp_path / "pozk"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copies = []
    for unit in UNITS:
        copy = tmp_path / unit.name
        copy.write_text(unit.read_text().replace("/opt/pozk/bin/pozk", f'"{program}"'))
        copies.append(copy)
    done = subprocess.run(["systemd-analyze", "verify", *copies], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "pozk" in line] == []
    for copy in copies:
        if copy.suffix == ".service":
            command = ["systemd-analyze", "security", "--offline=true", "--threshold=30", copy]
            assert subprocess.run(command, capture_output=True, check=False).returncode == 0
