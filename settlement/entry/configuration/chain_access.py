"""The nodes and the distributor on them, for the commands that need the contracts' state or send something."""

import time
from dataclasses import dataclass, replace
from functools import cached_property
from types import TracebackType
from typing import Self

from indexer.adapters.nodes.pool import NodePool
from indexer.words.blocks import BlockHead
from indexer.words.errors import InputError
from settlement.adapters.chain.chain_state import ChainState
from settlement.adapters.chain.distributor import DistributorContract
from settlement.adapters.chain.wallet import ChainWallet
from settlement.entry.configuration.assembly import open_nodes
from settlement.entry.configuration.settings import Settings
from settlement.entry.configuration.signing import open_signer
from settlement.entry.views.output import note
from settlement.flows.claim import AccountProofs
from settlement.flows.sending.send import Sender
from settlement.ports.journal import TransactionJournal
from settlement.ports.signer import Signer
from settlement.words.claim_state import PaidSoFar

GWEI = 10**9
STATE_SECONDS = 15.0
"""One answer about the newest state is small: a node that takes longer is left for another."""


@dataclass
class ChainAccess:
    """The configured nodes, and the distributor on them; they are reached when first used."""

    settings: Settings
    key: str = "signer"
    """Whose key signs: `signer`, or `relayer` for the distribution of the service."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections to the nodes: a service asks again and again, and collects garbage rarely."""
        if "pool" in self.__dict__:
            self.pool.close()

    @cached_property
    def pool(self) -> NodePool:
        """Return the nodes, asked as for indexing but for the time that one answer may take."""
        chain = self.settings.chain
        access = replace(chain.access, answer_seconds=min(chain.access.answer_seconds, STATE_SECONDS))
        return open_nodes(replace(self.settings, chain=replace(chain, access=access)))

    @cached_property
    def state(self) -> ChainState:
        """Return the newest state of the configured chain."""
        return ChainState(self.pool, self.settings.chain.chain_id)

    @cached_property
    def distributor(self) -> DistributorContract:
        """Return the distributor contract."""
        return DistributorContract(self.state, self.settings.contracts.distributor)

    def fetch_final_head(self) -> BlockHead:
        """Return the final block of the healthiest node."""
        return self.pool.attempt(lambda node: node.fetch_head(self.settings.chain.finality))

    def wallet(self) -> ChainWallet:
        """Return the signer's wallet; without a key it only reads."""
        settings = self.settings
        return ChainWallet(self.state, settings.contracts.distributor, self.signer, settings.chain.finality)

    @cached_property
    def signer(self) -> Signer | None:
        """Return who signs, None where no key is configured."""
        return open_signer(self.settings.relayer if self.key == "relayer" else self.settings.signer)

    def require_signer(self) -> Signer:
        """Return who signs; InputError where no key is configured."""
        if self.signer is None:
            raise InputError(
                "no key to sign with",
                expected="signer.private_key, signer.keystore or signer.url",
                got="none",
                remedy="set one, e.g. POZK_SIGNER_PRIVATE_KEY_FILE",
            )
        return self.signer

    def sender(self, journal: TransactionJournal, *, is_dry: bool = False, max_fee_gwei: int | None = None) -> Sender:
        """Return a sender that signs with the configured key and remembers in the journal; no key means dry run."""
        wallet, cap = self.wallet(), max_fee_gwei or self.settings.signer.max_fee_gwei
        if not wallet.can_sign and not is_dry:
            note("no key (signer.private_key or signer.keystore): this is a dry run, nothing will be sent")
        return Sender(wallet, journal, time.time, time.sleep, cap * GWEI, is_dry or not wallet.can_sign)

    def paid_so_far(self, owed: AccountProofs) -> PaidSoFar:
        """Return what the contract says an account was paid of each token that it is owed, and of the root."""
        block = self.distributor.newest_block()
        paid = self.distributor.claimed_amounts([(each.account, each.token) for each in owed.proofs])
        held = self.distributor.root_at(owed.epoch)
        by_token = {each.token: amount for each, amount in zip(owed.proofs, paid, strict=True)}
        return PaidSoFar("chain", block, by_token, held.state == "active" and held.root == owed.root)
