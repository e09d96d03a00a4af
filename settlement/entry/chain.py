"""The nodes and the distributor on them, for the commands that need the contracts' state or send something."""

import time
from dataclasses import dataclass, replace
from functools import cached_property

from indexer.adapters.chain import NodePool
from settlement.adapters.chain_state import ChainState
from settlement.adapters.distributor import DistributorContract
from settlement.adapters.wallet import KeyWallet
from settlement.entry.settings import Settings
from settlement.entry.world import open_nodes
from settlement.flows.send import Sender
from settlement.ports.journal import TransactionJournal

STATE_SECONDS = 15.0
"""One answer about the newest state is small: a node that takes longer is left for another."""


@dataclass
class Chain:
    """The configured nodes, and the distributor on them; they are reached when first used."""

    settings: Settings

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

    def wallet(self) -> KeyWallet:
        """Return the signer's wallet; InputError without a key."""
        settings = self.settings
        return KeyWallet(
            self.state, settings.contracts.distributor, settings.signer.private_key, settings.chain.finality
        )

    def sender(self, journal: TransactionJournal) -> Sender:
        """Return a sender that signs with the configured key and remembers in the journal."""
        return Sender(self.wallet(), journal, time.monotonic, time.sleep)
