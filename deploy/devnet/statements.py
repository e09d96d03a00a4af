"""What a task asks to be proven, and the proof: the market's verifiers judge it on chain."""

import random
from dataclasses import dataclass
from typing import Protocol

from eth_utils.crypto import keccak


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: `inputs` and `publics` as posted, `proof` as submitted, `wrong_proof` that must be refused."""

    inputs: bytes
    publics: bytes
    proof: bytes
    wrong_proof: bytes


class StatementSource(Protocol):
    """Gives statements with their proofs, each only once."""

    def take(self, scheme: int, gates: int) -> Statement:
        """Return a statement never given before for an app of this scheme (0, 1, 2) and circuit size in gates."""
        ...


class PreimageStatements:
    """Statements of the preimage verifier, drawn from a seed: publics are the Keccak-256 hash of the proof."""

    def __init__(self, random_: random.Random) -> None:
        self._random = random_

    def take(self, scheme: int, gates: int) -> Statement:
        """Return the next statement; `inputs` name the scheme and the circuit size in gates."""
        proof = self._random.randbytes(64)
        inputs = scheme.to_bytes(1, "big") + gates.to_bytes(8, "big")
        return Statement(inputs, keccak(proof), proof, self._random.randbytes(64))
