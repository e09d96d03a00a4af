"""Seats: committee members that are contracts, for which a hot key votes that their owner has named."""

from collections.abc import Sequence

from eth_utils.crypto import keccak

from indexer.words.faults import RevertFault
from indexer.words.quantities import Address
from settlement.adapters.chain.chain_state import ChainState, StateAt

_HOT_KEY, _DISTRIBUTOR = (keccak(text=f"{view}()")[:4] for view in ("hotKey", "distributor"))
_WORD, _PADDING = 32, 12


def find_seats(state: ChainState, distributor: Address, members: Sequence[Address], account: Address) -> list[Address]:
    """Return the members that are seats at this distributor and whose hot key is the account."""

    def is_seat(newest: StateAt, member: Address) -> bool:
        return _answered(newest, member, _HOT_KEY) == account and _answered(newest, member, _DISTRIBUTOR) == distributor

    return state.at_newest(lambda newest: [member for member in members if is_seat(newest, member)])


def _answered(newest: StateAt, member: Address, call: bytes) -> Address | None:
    """Return the address that a view answers; None for an account without code, or of another kind."""
    try:
        answer = newest.call(member, call)
    except RevertFault:
        return None
    is_address = len(answer) == _WORD and not any(answer[:_PADDING])
    return Address(answer[_PADDING:]) if is_address else None
