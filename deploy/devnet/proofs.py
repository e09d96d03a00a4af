"""Genuine proofs, made once by the contracts' tool from fixed seeds and kept beside its keys."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.artifacts import CONTRACTS_DIR, build_remedy
from deploy.wiring.settings import Attestation
from indexer.words.errors import InputError

_STEP = 96
"""Pools come in multiples of this, so that devnets of like size share one file."""
_ZKVM_SHARE = 4
_TOOL_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Proof:
    """One proven statement, as `postTask` and `submitProof` take it."""

    publics: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class PreparedProofs:
    """Proofs by scheme id, and what the zkVM's development verifier trusts."""

    attestation: Attestation
    by_scheme: dict[int, tuple[Proof, ...]]


def prepare_proofs(tasks: int, contracts_dir: Path = CONTRACTS_DIR) -> PreparedProofs:
    """Return enough proofs for so many tasks in all.

    The first time takes a quarter of a second for each circuit proof, later calls read the file. InputError when
    the contracts are not built or the tool fails.
    """
    circuits = _STEP * -(-tasks // (_STEP * _ZKVM_SHARE))
    folder = contracts_dir / "generated"
    if not (folder / "stamp").is_file():
        raise InputError(
            "the circuits' keys are not made",
            expected="stamp",
            got="no such file",
            where=str(folder),
            remedy=build_remedy(contracts_dir),
        )
    request, answer = folder / f"request-{circuits}.json", folder / f"proofs-{circuits}.json"
    request.write_text(json.dumps(_request(circuits)), encoding="ascii")
    _run_tool(contracts_dir / "prove.mjs", request, answer)
    return _read(answer)


def _request(circuits: int) -> dict[str, list[str]]:
    seeds = [f"devnet {number}" for number in range(_ZKVM_SHARE * circuits)]
    return {"plonk": seeds[:circuits], "groth16": seeds[:circuits], "zkvm": seeds}


def _run_tool(tool: Path, request: Path, answer: Path) -> None:
    command = ["node", str(tool), str(request), str(answer)]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=_TOOL_SECONDS)  # noqa: S603 -- our own tool
    except FileNotFoundError as error:
        raise InputError("node is not installed", expected="Node 20 or newer", got="no such command") from error
    except subprocess.CalledProcessError as error:
        raise InputError("proofs could not be made", got=str(error.stderr)[-300:], where=str(tool)) from error


def _read(path: Path) -> PreparedProofs:
    content = json.loads(path.read_text(encoding="utf-8"))
    by_scheme: dict[int, list[Proof]] = {}
    for entry in content["proofs"]:
        proof = Proof(bytes.fromhex(entry["publics"][2:]), bytes.fromhex(entry["proof"][2:]))
        by_scheme.setdefault(entry["scheme"], []).append(proof)
    attestation = Attestation(content["attestor"], content["imageId"])
    return PreparedProofs(attestation, {scheme: tuple(proofs) for scheme, proofs in by_scheme.items()})
