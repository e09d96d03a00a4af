"""A network of one small contract whose epochs go by block height, as older documents have it: 43,200 blocks of 2 s."""

from indexer.rules.protocols.protocol import HeightEpochs, Protocol
from indexer.rules.protocols.signatures import parse_signatures

TINY = Protocol(
    name="tiny",
    contracts={"game": "the one contract there is"},
    addresses={"token": "what is paid"},
    counted=parse_signatures(
        {
            "game": """
                Played(address indexed app, address indexed miner, address indexed player, uint256 times)
                Staked(address indexed app, address indexed account, uint256 amount)
                RulesSet(uint256 pool, uint256 minerPercent)
            """
        }
    ),
    epochs=HeightEpochs(43_200),
    family="pozk",
    package="tests.tiny",
)
