"""Which of the configured contracts is another one, by what the contracts say of each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from indexer.words.errors import InputError
from indexer.words.quantities import Address, to_hex

Answer = bytes | int | None
"""What a view without arguments returns: an address, a number, None where the contract does not answer it."""

CLOCK_VIEWS = ("genesis", "lengthSeconds", "first")
CLOCKED = ("app_registry", "staking", "task_market", "parameters", "distributor")
VIEWS: dict[str, tuple[str, ...]] = {
    "app_registry": ("parameters", "approvalCount", *CLOCK_VIEWS),
    "staking": ("token", "registry", *CLOCK_VIEWS),
    "task_market": ("token", "registry", "staking", *CLOCK_VIEWS),
    "parameters": ("distributor", "grantTokenCount", *CLOCK_VIEWS),
    "distributor": ("token", "parameters", "nextEpoch", *CLOCK_VIEWS),
    "token": ("totalSupply", "decimals"),
}
"""The views by which the contract of a key is known, by key."""
PEERS = {
    "token": "token",
    "registry": "app_registry",
    "staking": "staking",
    "parameters": "parameters",
    "distributor": "distributor",
}
"""The views that return a contract of ours, and its key."""
_KEYS = ("token", "parameters", "app_registry", "staking", "distributor", "task_market")  # who others build on first
Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the contract of one key answered: by view, and whether staking lets it slash (None where not asked)."""

    views: Mapping[str, Answer]
    slashes: bool | None = None

    @property
    def kind(self) -> str | None:
        """Return the key whose views it answers; None where those of no key."""
        answered = {view for view, answer in self.views.items() if answer is not None}
        known = [key for key, views in VIEWS.items() if answered.issuperset(views)]
        return max(known, key=lambda key: len(VIEWS[key]), default=None)

    @property
    def clock(self) -> tuple[Answer, ...]:
        """Return genesis, length in seconds and first epoch."""
        return tuple(self.views[view] for view in CLOCK_VIEWS)


@dataclass(frozen=True, slots=True)
class Misfit:
    """Keys whose configured contract is not the one of the key, and the line that says so."""

    keys: tuple[str, ...]
    error: InputError


def find_misfits(found: Mapping[str, Answers], at: Mapping[str, Address]) -> list[Misfit]:
    """Return one misfit for each configured contract that is not the one of its key; each cause once.

    Worked: task_market names another staking, which itself names another registry and another token: four
    contradictions of one contract, contracts.staking.
    """
    if misplaced := _misplaced(found, at):
        return misplaced
    edges = [*_named(found, at), *_slashing(found)]
    wrong = _blamed([edge for edge, fits in edges if not fits], Counter(b for (_, b), fits in edges if fits))
    strangers = [key for key in _other_clocks(found) if key not in wrong]
    return [Misfit((key,), _foreign(key, found, at)) for key in [*wrong, *strangers]]


def clock_of(found: Mapping[str, Answers]) -> tuple[Answer, ...]:
    """Return the genesis, length and first epoch that most of the contracts hold."""
    return Counter(found[key].clock for key in CLOCKED).most_common(1)[0][0]


def is_code_of(code: bytes, deployed: bytes, immutables: Sequence[tuple[int, int]]) -> bool:
    """Return whether code on chain is that of a build, whatever stands at `immutables`, (start, length) each."""
    return len(code) == len(deployed) and _masked(code, immutables) == _masked(deployed, immutables)


def _masked(code: bytes, immutables: Sequence[tuple[int, int]]) -> bytes:
    masked = bytearray(code)
    for start, length in immutables:
        masked[start : start + length] = bytes(length)
    return bytes(masked)


def _misplaced(found: Mapping[str, Answers], at: Mapping[str, Address]) -> list[Misfit]:
    """Return the contracts that are of another kind than their key; two that are swapped are one misfit."""
    misfits: list[Misfit] = []
    for key, answers in found.items():
        kind = answers.kind
        if kind == key or any(key in misfit.keys for misfit in misfits):
            continue
        if kind is not None and found[kind].kind == key:
            misfits.append(Misfit((key, kind), _swapped(key, kind, at)))
        else:
            misfits.append(Misfit((key,), _of_other_kind(key, kind, answers, at)))
    return misfits


def _swapped(key: str, kind: str, at: Mapping[str, Address]) -> InputError:
    return InputError(
        f"contracts.{key} and contracts.{kind} are swapped",
        expected=f'{key} = "{to_hex(at[kind])}" and {kind} = "{to_hex(at[key])}"',
        got="each in the place of the other",
        where="[contracts]",
        remedy="swap them",
    )


def _of_other_kind(key: str, kind: str | None, answers: Answers, at: Mapping[str, Address]) -> InputError:
    silent = [view for view in VIEWS[key] if answers.views.get(view) is None]
    got = f"no answer to {', '.join(silent)}" if kind is None else f"a contract that answers as {kind} does"
    return InputError(
        f"contracts.{key} is not a contract of that kind",
        expected=f"the {key}",
        got=got,
        where=to_hex(at[key]),
        remedy=f"correct contracts.{key}",
    )


def _named(found: Mapping[str, Answers], at: Mapping[str, Address]) -> list[tuple[Edge, bool]]:
    """Return who names whom, and whether that is the configured one; a peer that is not named yet says nothing."""
    return [
        ((key, PEERS[view]), answers.views[view] == at[PEERS[view]])
        for key, answers in found.items()
        for view in VIEWS[key]
        if view in PEERS and any(_as_bytes(answers.views[view]))
    ]


def _as_bytes(answer: Answer) -> bytes:
    return answer if isinstance(answer, bytes) else b""


def _slashing(found: Mapping[str, Answers]) -> list[tuple[Edge, bool]]:
    slashes = found["task_market"].slashes
    return [] if slashes is None else [(("staking", "task_market"), slashes)]


def _blamed(contradicted: Sequence[Edge], confirmed: Mapping[str, int]) -> list[str]:
    """Return the fewest keys that explain all contradictions; of equally many those that others name the least."""
    for size in range(len(_KEYS) + 1):
        covers = [
            keys
            for keys in combinations(_KEYS, size)
            if all(one in keys or other in keys for one, other in contradicted)
        ]
        if covers:
            return list(min(covers, key=lambda keys: sum(confirmed.get(key, 0) for key in keys)))
    return []


def _other_clocks(found: Mapping[str, Answers]) -> list[str]:
    usual = clock_of(found)
    return [key for key in CLOCKED if found[key].clock != usual]


def _foreign(key: str, found: Mapping[str, Answers], at: Mapping[str, Address]) -> InputError:
    """Return the error that names what others call the right one, and what speaks against the configured one."""
    view = next((view for view, of in PEERS.items() if of == key), "")
    named = {each.views[view] for other, each in found.items() if other != key and view in VIEWS[other]}
    right = sorted(to_hex(each) for each in named if isinstance(each, bytes) and each != at[key])
    says = [
        f"its {view} is {to_hex(_as_bytes(found[key].views[view]))}"
        for view in VIEWS[key]
        if view in PEERS and found[key].views[view] != at[PEERS[view]] and any(_as_bytes(found[key].views[view]))
    ]
    if found[key].slashes is False:
        says.append("staking does not let it slash")
    if key in CLOCKED and found[key].clock != clock_of(found):
        says.append("it holds another clock, " + ", ".join(map(str, found[key].clock)))
    named_by_dao = ", or let the DAO call setSlasher" if found[key].slashes is False else ""
    return InputError(
        f"contracts.{key} is of another network than the others",
        expected=" or ".join(right) or "the one that the others were deployed with",
        got="; ".join([to_hex(at[key]), *says]),
        remedy=f"correct contracts.{key}{named_by_dao}",
    )
