"""What the distributor says of one account after one block: a batch of calls, read once for each block."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from indexer.rules.consensus.header_forms import Block
from indexer.words.quantities import Address, Epoch, Hash32
from settlement.adapters.chain.chain_state import ChainState, StateAt
from settlement.adapters.chain.distributor import ROOT_STATES, DistributorContract
from settlement.words.claim_state import ChainMoment, ClaimState
from settlement.words.records import RootOnChain

T = TypeVar("T")
MOST_KEPT = 10_000
"""Answers that are kept of one block."""


class ClaimStates:
    """Reads through the nodes; what was read of a block is kept until there is another block."""

    def __init__(self, state: ChainState, distributor: DistributorContract) -> None:
        self._state, self._distributor = state, distributor
        self._lock = threading.Lock()
        self._kept: dict[object, object] = {}
        self._block: object = None

    def moment(self, settled: Epoch) -> ChainMoment:
        """Return how far the distributor is after the newest block, and what it holds for an epoch of ours."""
        return self.once(("moment", settled), lambda state, header: self._moment(state, header, settled, [])[0])

    def of_account(self, account: Address, tokens: Sequence[Address], settled: Epoch) -> ClaimState:
        """Return what an account was paid of each token, where it is paid, and whether it is a contract."""
        calls = [("recipientOf", (account,)), *(("claimed", (account, token)) for token in tokens)]

        def read(state: StateAt, header: Block) -> ClaimState:
            moment, ((recipient,), *paid) = self._moment(state, header, settled, calls)
            where = Address(bytes.fromhex(recipient.removeprefix("0x")))
            by_token = {token: int(amount) for token, (amount,) in zip(tokens, paid, strict=True)}
            return ClaimState(moment, by_token, where if any(where) else account, bool(state.code_of(account)))

        return self.once((account, *tokens, settled), read)

    def once(self, key: object, read: Callable[[StateAt, Block], T]) -> T:
        """Return what `read` gives of the newest state and its header, kept under `key` for this block."""

        def at(state: StateAt) -> T:
            header = state.header()
            with self._lock:
                if header.get("hash") != self._block or len(self._kept) > MOST_KEPT:
                    self._kept, self._block = {}, header.get("hash")
                if key in self._kept:
                    return cast("T", self._kept[key])
            found = read(state, header)
            with self._lock:
                if header.get("hash") == self._block:
                    self._kept[key] = found
            return found

        return self._state.at_newest(at)

    def _moment(
        self, state: StateAt, header: Block, settled: Epoch, more: Sequence[tuple[str, Sequence[Any]]]
    ) -> tuple[ChainMoment, list[tuple[Any, ...]]]:
        calls = [("latestActive", ()), ("nextEpoch", ()), ("rootAt", (settled,)), *more]
        (exists, epoch, root), (upcoming,), ours, *rest = self._distributor.read_batch(state, calls)
        kind, proposed, report_hash, active_at = ours
        moment = ChainMoment(
            block=state.block,
            timestamp=state.number_of(header.get("timestamp")),
            active=(Epoch(epoch), Hash32(root)) if exists else None,
            next_epoch=Epoch(upcoming),
            settled=RootOnChain(ROOT_STATES[kind], Hash32(proposed), Hash32(report_hash), active_at),
        )
        return moment, rest
