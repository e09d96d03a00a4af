"""How a command says amounts: --units asks the chain for symbol and decimals, without it nothing is asked."""

from collections.abc import Callable, Sequence

from indexer.words.quantities import Address
from settlement.entry.configuration.settings import Settings
from settlement.entry.documents.amounts import ShownAmounts


def read_amounts(
    settings: Settings, tokens: Callable[[], Sequence[Address]] = tuple[Address, ...], *, in_units: bool
) -> ShownAmounts:
    """Return how amounts of the network's token and of `tokens` are said.

    In units the chain is asked once for each token; RetryLaterError where no node answers.
    """
    network = settings.contracts.token
    if not in_units:
        return ShownAmounts(network)
    from settlement.adapters.chain.token_units import KnownTokens
    from settlement.entry.configuration.chain_access import ChainAccess

    known = KnownTokens(settings.store.data_dir, network)
    return ShownAmounts(network, known.learn(ChainAccess(settings).state, [network, *tokens()]))
