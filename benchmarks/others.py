"""Wheels of others that baselines need: installed from requirements-bench.lock into a folder that nothing else sees."""

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / ".make" / "others"


def others_path() -> str:
    """Return the folder, for PYTHONPATH."""
    if not FOLDER.exists():
        raise SystemExit(f"{FOLDER} is missing: run `make .make/others`")
    return os.fspath(FOLDER)


def import_other(name: str) -> Any:
    """Import a module of that folder; modules of ours come first."""
    if others_path() not in sys.path:
        sys.path.append(others_path())
    return import_module(name)
