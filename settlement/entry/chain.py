"""A node and the distributor on it, for the commands that need the contracts' state or send something."""

import time
from dataclasses import dataclass
from functools import cached_property

from web3 import Web3

from settlement.adapters.distributor import DistributorContract, connect_node
from settlement.adapters.wallet import KeyWallet
from settlement.entry.settings import Settings
from settlement.flows.send import Sender
from settlement.ports.journal import TransactionJournal


@dataclass
class Chain:
    """A node, and the distributor on it; both are reached when first used."""

    settings: Settings

    @cached_property
    def web3(self) -> Web3:
        """Return web3 on a node that answers and serves the configured chain."""
        return connect_node(self.settings.chain.rpc, self.settings.chain.chain_id)

    @cached_property
    def distributor(self) -> DistributorContract:
        """Return the distributor contract."""
        return DistributorContract(self.web3, self.settings.contracts.distributor)

    def wallet(self) -> KeyWallet:
        """Return the signer's wallet; InputError without a key."""
        settings = self.settings
        return KeyWallet(
            self.web3, settings.contracts.distributor, settings.signer.private_key, settings.chain.finality
        )

    def sender(self, journal: TransactionJournal) -> Sender:
        """Return a sender that signs with the configured key and remembers in the journal."""
        return Sender(self.wallet(), journal, time.monotonic, time.sleep)
