"""What the wheel ships of the page."""

import tomllib
from pathlib import Path

import pytest
from setuptools import find_namespace_packages

ROOT = Path(__file__).parents[1]
SITE = ROOT / "deploy" / "page" / "build" / "site"


def test_packages__built_page__is_in_the_wheel_and_nothing_else_of_node():
    if not (SITE / "index.html").exists():
        pytest.skip("`make setup` builds deploy/page")
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    found = find_namespace_packages(ROOT, **setuptools["packages"]["find"])
    assert "deploy.page.build.site" in found
    assert not [name for name in found if "node_modules" in name or name.startswith("deploy.page.src")]
    assert {name for name in found if name.startswith("deploy.contracts")} <= {"deploy.contracts.out"}
    assert {path.name for path in SITE.iterdir()} >= {"index.html", "page.css", "page.js", "worker.js"}
    assert "*" in setuptools["package-data"]["deploy.page.build.site"]
