"""What the configured contracts answer about each other, read of one state."""

from __future__ import annotations

from collections.abc import Mapping

from indexer.rules.consensus.keccak import keccak256
from indexer.words.faults import RevertFault
from indexer.words.quantities import Address
from settlement.adapters.chain.chain_state import StateAt
from settlement.rules.contracts.wiring import PEERS, VIEWS, Answer, Answers

_WORD_BYTES, _ADDRESS_BYTES = 32, 20
_EVERY_VIEW = tuple(dict.fromkeys(view for views in VIEWS.values() for view in views))


def read_wiring(state: StateAt, at: Mapping[str, Address]) -> dict[str, Answers]:
    """Return what the contract of each role in `at` answers; one that is not of its role is asked for all others."""
    found = {role: Answers(_ask(state, address, VIEWS[role])) for role, address in at.items()}
    for role, answers in found.items():
        if answers.kind != role or role == "staking":  # a market answers all that staking does
            found[role] = Answers(_ask(state, at[role], _EVERY_VIEW))
    if all(role in found and found[role].kind == role for role in ("staking", "task_market")):
        found["task_market"] = Answers(found["task_market"].views, _slashes(state, at["staking"], at["task_market"]))
    return found


def read_codes(state: StateAt, at: Mapping[str, Address]) -> dict[str, bytes]:
    """Return the code of the contract of each role; empty where there is none."""
    return {role: state.code_of(address) for role, address in at.items()}


def read_desk(state: StateAt, market: Address) -> bytes:
    """Return the code of the second half of a market (`TaskMarket.desk`); empty where it names none."""
    word = _call(state, market, "desk()")
    desk = None if word is None else _as_address(word)
    return b"" if desk is None else state.code_of(Address(desk))


def read_opening_file(state: StateAt, parameters: Address) -> bytes:
    """Return the sha256 of the opening balances that the network has announced; zeros, or nothing, without."""
    return _call(state, parameters, "openingFile()") or b""


def _ask(state: StateAt, address: Address, views: tuple[str, ...]) -> dict[str, Answer]:
    return {view: _as_answer(view, _call(state, address, f"{view}()")) for view in views}


def _slashes(state: StateAt, staking: Address, market: Address) -> bool:
    answer = _call(state, staking, "isSlasher(address)", market.rjust(_WORD_BYTES, b"\0"))
    return answer is not None and any(answer)


def _call(state: StateAt, address: Address, signature: str, arguments: bytes = b"") -> bytes | None:
    """Return the word that a view returns, None where the contract has no such view."""
    try:
        answer = state.call(address, keccak256(signature.encode("ascii"))[:4] + arguments)
    except RevertFault:
        return None
    return answer if len(answer) == _WORD_BYTES else None


def _as_answer(view: str, word: bytes | None) -> Answer:
    if word is None:
        return None
    return _as_address(word) if view in PEERS else int.from_bytes(word, "big")


def _as_address(word: bytes) -> bytes | None:
    padding = _WORD_BYTES - _ADDRESS_BYTES
    return None if any(word[:padding]) else word[padding:]
