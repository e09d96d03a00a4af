"""Compiled contracts as the contracts' build writes them: one JSON file with abi and bytecode each."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.words.errors import InputError

CONTRACTS_DIR = Path(__file__).resolve().parent / "contracts"


def build_remedy(contracts_dir: Path) -> str:
    """Return how contracts, their tools and keys are built where their sources lie, or else where to find these."""
    if (contracts_dir / "package.json").is_file():
        return f"run: npm --prefix {contracts_dir} ci && npm --prefix {contracts_dir} run build"
    return "it needs a checkout of the repository: run `make setup` and `.venv/bin/pozk` there"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One compiled contract: `bytecode` is its creation code, 0x hex without constructor arguments.

    `deployed` is its code on chain, but for the bytes at `immutables`, (start, length) each; empty in an older build.
    """

    name: str
    abi: list[dict[str, Any]]
    bytecode: str
    deployed: bytes = b""
    immutables: tuple[tuple[int, int], ...] = ()


def load_artifact(name: str, contracts_dir: Path = CONTRACTS_DIR) -> Artifact:
    """Read `out/<name>.json`; InputError when the contracts have not been built."""
    path = contracts_dir / "out" / f"{name}.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        immutables = tuple((int(start), int(length)) for start, length in content.get("immutables", ()))
        deployed = bytes.fromhex(content.get("deployed", "").removeprefix("0x"))
        return Artifact(name, content["abi"], content["bytecode"], deployed, immutables)
    except FileNotFoundError:
        raise InputError(
            "contracts are not built",
            expected=f"{name}.json",
            got="no such file",
            where=str(path.parent),
            remedy=build_remedy(contracts_dir),
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "unreadable contract artifact", expected="keys abi and bytecode", got=str(error), where=str(path)
        ) from error
