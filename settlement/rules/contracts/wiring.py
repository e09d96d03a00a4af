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
"""The views by which the contract of a role is known, by role."""
PEERS = {
    "token": "token",
    "registry": "app_registry",
    "staking": "staking",
    "parameters": "parameters",
    "distributor": "distributor",
}
"""The views that return a contract of ours, and its role."""
_ROLES = ("token", "parameters", "app_registry", "staking", "distributor", "task_market")  # who others build on first
Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the contract of one role answered: by view, and whether staking lets it slash (None where not asked)."""

    views: Mapping[str, Answer]
    slashes: bool | None = None

    @property
    def kind(self) -> str | None:
        """Return the role whose views it answers; None where those of no role."""
        answered = {view for view, answer in self.views.items() if answer is not None}
        known = [role for role, views in VIEWS.items() if answered.issuperset(views)]
        return max(known, key=lambda role: len(VIEWS[role]), default=None)

    @property
    def clock(self) -> tuple[Answer, ...]:
        """Return genesis, length in seconds and first epoch."""
        return tuple(self.views[view] for view in CLOCK_VIEWS)


@dataclass(frozen=True, slots=True)
class Misfit:
    """Roles whose configured contract is not the one of the role, and the line that says so."""

    roles: tuple[str, ...]
    error: InputError


def find_misfits(found: Mapping[str, Answers], at: Mapping[str, Address]) -> list[Misfit]:
    """Return one misfit for each configured contract that is not the one of its role; each cause once.

    Worked: task_market names another staking, which itself names another registry and another token: four
    contradictions of one contract, contracts.staking.
    """
    if misplaced := _misplaced(found, at):
        return misplaced
    edges = [*_named(found, at), *_slashing(found)]
    wrong = _blamed([edge for edge, fits in edges if not fits], Counter(b for (_, b), fits in edges if fits))
    strangers = [role for role in _other_clocks(found) if role not in wrong]
    return [Misfit((role,), _foreign(role, found, at)) for role in [*wrong, *strangers]]


def clock_of(found: Mapping[str, Answers]) -> tuple[Answer, ...]:
    """Return the genesis, length and first epoch that most of the contracts hold."""
    return Counter(found[role].clock for role in CLOCKED).most_common(1)[0][0]


def is_code_of(code: bytes, deployed: bytes, immutables: Sequence[tuple[int, int]]) -> bool:
    """Return whether code on chain is that of a build, whatever stands at `immutables`, (start, length) each."""
    return len(code) == len(deployed) and _masked(code, immutables) == _masked(deployed, immutables)


def _masked(code: bytes, immutables: Sequence[tuple[int, int]]) -> bytes:
    masked = bytearray(code)
    for start, length in immutables:
        masked[start : start + length] = bytes(length)
    return bytes(masked)


def _misplaced(found: Mapping[str, Answers], at: Mapping[str, Address]) -> list[Misfit]:
    """Return the contracts that are of another kind than their role; two that are swapped are one misfit."""
    misfits: list[Misfit] = []
    for role, answers in found.items():
        kind = answers.kind
        if kind == role or any(role in misfit.roles for misfit in misfits):
            continue
        if kind is not None and found[kind].kind == role:
            misfits.append(Misfit((role, kind), _swapped(role, kind, at)))
        else:
            misfits.append(Misfit((role,), _of_other_kind(role, kind, answers, at)))
    return misfits


def _swapped(role: str, kind: str, at: Mapping[str, Address]) -> InputError:
    return InputError(
        f"contracts.{role} and contracts.{kind} are swapped",
        expected=f'{role} = "{to_hex(at[kind])}" and {kind} = "{to_hex(at[role])}"',
        got="each in the place of the other",
        where="[contracts]",
        remedy="swap them",
    )


def _of_other_kind(role: str, kind: str | None, answers: Answers, at: Mapping[str, Address]) -> InputError:
    silent = [view for view in VIEWS[role] if answers.views.get(view) is None]
    got = f"no answer to {', '.join(silent)}" if kind is None else f"a contract that answers as {kind} does"
    return InputError(
        f"contracts.{role} is no contract of that role",
        expected=f"the {role}",
        got=got,
        where=to_hex(at[role]),
        remedy=f"correct contracts.{role}",
    )


def _named(found: Mapping[str, Answers], at: Mapping[str, Address]) -> list[tuple[Edge, bool]]:
    """Return who names whom, and whether that is the configured one; a peer that is not named yet says nothing."""
    return [
        ((role, PEERS[view]), answers.views[view] == at[PEERS[view]])
        for role, answers in found.items()
        for view in VIEWS[role]
        if view in PEERS and any(_as_bytes(answers.views[view]))
    ]


def _as_bytes(answer: Answer) -> bytes:
    return answer if isinstance(answer, bytes) else b""


def _slashing(found: Mapping[str, Answers]) -> list[tuple[Edge, bool]]:
    slashes = found["task_market"].slashes
    return [] if slashes is None else [(("staking", "task_market"), slashes)]


def _blamed(contradicted: Sequence[Edge], confirmed: Mapping[str, int]) -> list[str]:
    """Return the fewest roles that explain all contradictions; of equally many those that others name the least."""
    for size in range(len(_ROLES) + 1):
        covers = [
            roles
            for roles in combinations(_ROLES, size)
            if all(one in roles or other in roles for one, other in contradicted)
        ]
        if covers:
            return list(min(covers, key=lambda roles: sum(confirmed.get(role, 0) for role in roles)))
    return []


def _other_clocks(found: Mapping[str, Answers]) -> list[str]:
    usual = clock_of(found)
    return [role for role in CLOCKED if found[role].clock != usual]


def _foreign(role: str, found: Mapping[str, Answers], at: Mapping[str, Address]) -> InputError:
    """Return the error that names what others call the right one, and what speaks against the configured one."""
    view = next((view for view, of in PEERS.items() if of == role), "")
    named = {each.views[view] for other, each in found.items() if other != role and view in VIEWS[other]}
    right = sorted(to_hex(each) for each in named if isinstance(each, bytes) and each != at[role])
    says = [
        f"its {view} is {to_hex(_as_bytes(found[role].views[view]))}"
        for view in VIEWS[role]
        if view in PEERS and found[role].views[view] != at[PEERS[view]] and any(_as_bytes(found[role].views[view]))
    ]
    if found[role].slashes is False:
        says.append("staking does not let it slash")
    if role in CLOCKED and found[role].clock != clock_of(found):
        says.append("it holds another clock, " + ", ".join(map(str, found[role].clock)))
    named_by_dao = ", or let the DAO call setSlasher" if found[role].slashes is False else ""
    return InputError(
        f"contracts.{role} is of another network than the others",
        expected=" or ".join(right) or "the one that the others were deployed with",
        got="; ".join([to_hex(at[role]), *says]),
        remedy=f"correct contracts.{role}{named_by_dao}",
    )
