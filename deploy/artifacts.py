"""Compiled contracts as the contracts' build writes them: one JSON file with abi and bytecode each."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.words.errors import InputError

CONTRACTS_DIR = Path(__file__).resolve().parent / "contracts"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract: `bytecode` is its creation code, 0x hex without constructor arguments."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: str


def load_artifact(name: str, contracts_dir: Path = CONTRACTS_DIR) -> Artifact:
    """Read `out/<name>.json`; InputError when the contracts have not been built."""
    path = contracts_dir / "out" / f"{name}.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Artifact(name, content["abi"], content["bytecode"])
    except FileNotFoundError:
        raise InputError(
            "contracts are not built",
            expected=f"{name}.json",
            got="no such file",
            where=str(path.parent),
            remedy=f"run: npm --prefix {contracts_dir} ci && npm --prefix {contracts_dir} run build",
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "unreadable contract artifact", expected="keys abi and bytecode", got=str(error), where=str(path)
        ) from error
