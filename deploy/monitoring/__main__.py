"""Writes rules.yml, tests.yml and dashboard.json beside this file."""

from pathlib import Path

from deploy.monitoring.render import render_dashboard, render_rules, render_tests

FILES = {"rules.yml": render_rules, "tests.yml": render_tests, "dashboard.json": render_dashboard}


def main(folder: Path = Path(__file__).parent) -> None:
    """Write every file."""
    for name, render in FILES.items():
        (folder / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
