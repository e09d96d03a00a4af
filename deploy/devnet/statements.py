"""What a task asks to be proven, and the proof: the market's verifiers judge it on chain."""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from eth_utils.crypto import keccak

from deploy.devnet.players import App
from deploy.devnet.proofs import Proof
from indexer.words.errors import InputError


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: `inputs` and `publics` as posted, `proof` as submitted, `wrong_proof` that must be refused."""

    inputs: bytes
    publics: bytes
    proof: bytes
    wrong_proof: bytes


class StatementSource(Protocol):
    """Gives statements with their proofs, each only once: apps of one verifier have their statements in common."""

    def take(self, app: App) -> Statement:
        """Return a statement that no app has had."""
        ...


class GenuineStatements:
    """Statements with proofs of the scheme's own prover, each scheme's in an order drawn from the seed.

    The wrong proof is the right one of another statement.
    """

    def __init__(self, by_scheme: Mapping[int, tuple[Proof, ...]], random_: random.Random) -> None:
        self._pools = {scheme: random_.sample(pool, len(pool)) for scheme, pool in by_scheme.items()}
        self._taken: dict[int, int] = defaultdict(int)

    def take(self, app: App) -> Statement:
        """Return the next statement of the app's scheme; InputError when the pool is used up."""
        pool, place = self._pools[app.scheme], self._taken[app.scheme]
        if place >= len(pool):
            raise InputError(
                "no genuine proof left",
                expected=f"at most {len(pool)} tasks of apps of scheme {app.scheme}",
                got="more",
                remedy="take fewer tasks an epoch, or preimages for proofs",
            )
        self._taken[app.scheme] = place + 1
        proven, other = pool[place], pool[place - 1]
        return Statement(_inputs(app), proven.publics, proven.proof, other.proof)


class PreimageStatements:
    """Statements of the preimage verifier, drawn from a seed: publics are the Keccak-256 hash of the proof."""

    def __init__(self, random_: random.Random) -> None:
        self._random = random_

    def take(self, app: App) -> Statement:
        """Return the next statement."""
        proof = self._random.randbytes(64)
        return Statement(_inputs(app), keccak(proof), proof, self._random.randbytes(64))


def _inputs(app: App) -> bytes:
    """Return what a miner would need: here the app's scheme and circuit size in gates."""
    return app.scheme.to_bytes(1, "big") + app.gates.to_bytes(8, "big")
