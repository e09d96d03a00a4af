"""What the configured contracts answer about each other, read of one state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from indexer.rules.protocols.contract_views import ContractViews
from indexer.words.faults import RevertFault
from indexer.words.quantities import Address
from settlement.adapters.chain.chain_state import StateAt
from settlement.rules.contracts.call_data import encode_call
from settlement.rules.contracts.wiring import Answers, ViewAnswer, Wiring

_WORD_BYTES, _ADDRESS_BYTES = 32, 20


def read_wiring(state: StateAt, network: ContractViews, at: Mapping[str, Address]) -> Wiring:
    """Return what the contract of each key in `at` answers; one that is not of its key is asked for all others."""
    found = {key: Answers(_ask(state, network, address, network.of[key])) for key, address in at.items()}
    for key, answers in found.items():
        if answers.kind(network) != key or network.is_part(key):
            found[key] = Answers(_ask(state, network, at[key], network.all_views))
    keeper, slasher = network.slashing
    if all(key in found and found[key].kind(network) == key for key in network.slashing):
        found[slasher] = Answers(found[slasher].views, _slashes(state, at[keeper], at[slasher]))
    return Wiring(network, found, at)


def read_codes(state: StateAt, at: Mapping[str, Address]) -> dict[str, bytes]:
    """Return the code of the contract of each role; empty where there is none."""
    return {role: state.code_of(address) for role, address in at.items()}


def read_desk(state: StateAt, market: Address) -> bytes:
    """Return the code of the second half of a market (`TaskMarket.desk`); empty where it names none."""
    word = _call(state, market, "desk")
    desk = None if word is None else _as_address(word)
    return b"" if desk is None else state.code_of(Address(desk))


def read_opening_file(state: StateAt, parameters: Address) -> bytes:
    """Return the sha256 of the opening balances that the network has announced; zeros, or nothing, without."""
    return _call(state, parameters, "openingFile") or b""


def _ask(state: StateAt, network: ContractViews, address: Address, views: tuple[str, ...]) -> dict[str, ViewAnswer]:
    words = {view: _call(state, address, view) for view in views}
    return {view: _as_answer(word, is_address=view in network.peers) for view, word in words.items()}


def _slashes(state: StateAt, keeper: Address, slasher: Address) -> bool:
    answer = _call(state, keeper, "isSlasher", ("address",), (slasher,))
    return answer is not None and any(answer)


def _call(
    state: StateAt, address: Address, view: str, types: Sequence[str] = (), arguments: Sequence[bytes] = ()
) -> bytes | None:
    """Return the word that a view returns, None where the contract has no such view."""
    try:
        answer = state.call(address, encode_call(view, types, arguments))
    except RevertFault:
        return None
    return answer if len(answer) == _WORD_BYTES else None


def _as_answer(word: bytes | None, *, is_address: bool) -> ViewAnswer:
    if word is None:
        return None
    return _as_address(word) if is_address else int.from_bytes(word, "big")


def _as_address(word: bytes) -> bytes | None:
    padding = _WORD_BYTES - _ADDRESS_BYTES
    return None if any(word[:padding]) else word[padding:]
