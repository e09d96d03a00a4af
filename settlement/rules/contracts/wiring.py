"""Which of the configured contracts is another one, by what the contracts say of each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from indexer.rules.protocols.contract_views import ContractViews
from indexer.words.errors import InputError
from indexer.words.quantities import Address, to_hex

ViewAnswer = bytes | int | None
"""What a view without arguments returns: an address, a number, None where the contract does not answer it."""

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the contract of one key answered: by view, and whether staking lets it slash (None where not asked)."""

    views: Mapping[str, ViewAnswer]
    slashes: bool | None = None

    def kind(self, network: ContractViews) -> str | None:
        """Return the key whose views it answers; None where those of no key."""
        answered = {view for view, answer in self.views.items() if answer is not None}
        known = [key for key, views in network.of.items() if answered.issuperset(views)]
        return max(known, key=lambda key: len(network.of[key]), default=None)

    def clock(self, network: ContractViews) -> tuple[ViewAnswer, ...]:
        """Return genesis, length in seconds and first epoch."""
        return tuple(self.views[view] for view in network.clock)


@dataclass(frozen=True, slots=True)
class Misfit:
    """Keys whose configured contract is not the one of the key, and the line that says so."""

    keys: tuple[str, ...]
    error: InputError


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the contracts of a network answered, by key, and where each is."""

    network: ContractViews
    found: Mapping[str, Answers]
    at: Mapping[str, Address]

    @property
    def clock(self) -> tuple[ViewAnswer, ...]:
        """Return the genesis, length and first epoch that most of the contracts hold."""
        return Counter(self._clocks.values()).most_common(1)[0][0]

    @property
    def other_clocks(self) -> list[str]:
        """Return the keys of the contracts that hold another clock than most."""
        usual = self.clock
        return [key for key, clock in self._clocks.items() if clock != usual]

    @property
    def _clocks(self) -> dict[str, tuple[ViewAnswer, ...]]:
        return {key: self.found[key].clock(self.network) for key in self.network.clocked}

    def peers_of(self, key: str) -> list[tuple[str, str, bytes]]:
        """Return the views by which a contract names others, each with the key and the address that it names.

        A peer that is not named yet says nothing.
        """
        views = [view for view in self.network.of[key] if view in self.network.peers]
        answers = [(view, _as_bytes(self.found[key].views[view])) for view in views]
        return [(view, self.network.peers[view], answer) for view, answer in answers if any(answer)]


def find_misfits(wiring: Wiring) -> list[Misfit]:
    """Return one misfit for each configured contract that is not the one of its key; each cause once.

    Worked: task_market names another staking, which itself names another registry and another token: four
    contradictions of one contract, contracts.staking.
    """
    if misplaced := _misplaced(wiring):
        return misplaced
    edges = [*_named(wiring), *_slashing(wiring)]
    confirmed = Counter(b for (_, b), fits in edges if fits)
    wrong = _blamed(wiring.network.order, [edge for edge, fits in edges if not fits], confirmed)
    strangers = [key for key in wiring.other_clocks if key not in wrong]
    return [Misfit((key,), _foreign(wiring, key)) for key in [*wrong, *strangers]]


def is_code_of(code: bytes, deployed: bytes, immutables: Sequence[tuple[int, int]]) -> bool:
    """Return whether code on chain is that of a build, whatever stands at `immutables`, (start, length) each."""
    return len(code) == len(deployed) and _masked(code, immutables) == _masked(deployed, immutables)


def _masked(code: bytes, immutables: Sequence[tuple[int, int]]) -> bytes:
    masked = bytearray(code)
    for start, length in immutables:
        masked[start : start + length] = bytes(length)
    return bytes(masked)


def _misplaced(wiring: Wiring) -> list[Misfit]:
    """Return the contracts that are of another kind than their key; two that are swapped are one misfit."""
    misfits: list[Misfit] = []
    kinds = {key: answers.kind(wiring.network) for key, answers in wiring.found.items()}
    for key, kind in kinds.items():
        if kind == key or any(key in misfit.keys for misfit in misfits):
            continue
        if kind is not None and kinds[kind] == key:
            misfits.append(Misfit((key, kind), _swapped(key, kind, wiring.at)))
        else:
            misfits.append(Misfit((key,), _of_other_kind(wiring, key, kind)))
    return misfits


def _swapped(key: str, kind: str, at: Mapping[str, Address]) -> InputError:
    return InputError(
        f"contracts.{key} and contracts.{kind} are swapped",
        expected=f'{key} = "{to_hex(at[kind])}" and {kind} = "{to_hex(at[key])}"',
        got="each in the place of the other",
        where="[contracts]",
        remedy="swap them",
    )


def _of_other_kind(wiring: Wiring, key: str, kind: str | None) -> InputError:
    silent = [view for view in wiring.network.of[key] if wiring.found[key].views.get(view) is None]
    got = f"no answer to {', '.join(silent)}" if kind is None else f"a contract that answers as {kind} does"
    return InputError(
        f"contracts.{key} is not a contract of that kind",
        expected=f"the {key}",
        got=got,
        where=to_hex(wiring.at[key]),
        remedy=f"correct contracts.{key}",
    )


def _named(wiring: Wiring) -> list[tuple[Edge, bool]]:
    """Return who names whom, and whether that is the configured one."""
    return [((key, peer), named == wiring.at[peer]) for key in wiring.found for _, peer, named in wiring.peers_of(key)]


def _as_bytes(answer: ViewAnswer) -> bytes:
    return answer if isinstance(answer, bytes) else b""


def _slashing(wiring: Wiring) -> list[tuple[Edge, bool]]:
    edge = wiring.network.slashing
    slashes = wiring.found[edge[1]].slashes
    return [] if slashes is None else [(edge, slashes)]


def _blamed(keys: Sequence[str], contradicted: Sequence[Edge], confirmed: Mapping[str, int]) -> list[str]:
    """Return the fewest keys that explain all contradictions; of equally many those that others name the least."""
    for size in range(len(keys) + 1):
        covers = [
            chosen
            for chosen in combinations(keys, size)
            if all(one in chosen or other in chosen for one, other in contradicted)
        ]
        if covers:
            return list(min(covers, key=lambda chosen: sum(confirmed.get(key, 0) for key in chosen)))
    return []


def _foreign(wiring: Wiring, key: str) -> InputError:
    """Return the error that names what others call the right one, and what speaks against the configured one."""
    at, own = wiring.at, wiring.found[key]
    named = {
        address for other in wiring.found if other != key for _, peer, address in wiring.peers_of(other) if peer == key
    }
    right = sorted(to_hex(each) for each in named if each != at[key])
    says = [f"its {view} is {to_hex(address)}" for view, peer, address in wiring.peers_of(key) if address != at[peer]]
    if own.slashes is False:
        says.append(f"{wiring.network.slashing[0]} does not let it slash")
    if key in wiring.other_clocks:
        says.append("it holds another clock, " + ", ".join(map(str, own.clock(wiring.network))))
    named_by_dao = ", or let the DAO call setSlasher" if own.slashes is False else ""
    return InputError(
        f"contracts.{key} is of another network than the others",
        expected=" or ".join(right) or "the one that the others were deployed with",
        got="; ".join([to_hex(at[key]), *says]),
        remedy=f"correct contracts.{key}{named_by_dao}",
    )
