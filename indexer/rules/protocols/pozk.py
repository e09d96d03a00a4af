"""The deployed PoZK network: what its contracts say, of which no argument but the token's is indexed.

How they behave is in docs/deployed-pozk.md. What a reward is made of counts; the rest is only kept.
"""

# ruff: noqa: E501 - a signature stays on one line, as the interface writes it

from indexer.rules.protocols.protocol import EventEpochs, Protocol
from indexer.rules.protocols.signatures import parse_signatures

_COUNTED = {
    "epoch": """
        NewEpoch(uint256 height, uint256 startTime)
    """,
    "prover": """
        RegisterProver(address prover, uint8 ptype, uint256 work, uint256 version, uint256 overtime, address verifier, string name, string types)
        UpgradeProver(address prover, uint8 ptype, uint256 work, uint256 version, uint256 overtime, address verifier, string name, string types)
        ApproveProver(address prover, uint8 ptype, uint256 work, uint256 epoch, uint256 version, uint256 overtime, address verifier, string types, bool minable, bool approved)
        TransferProver(address prover, address owner)
    """,
    "stake": """
        ProverStakeChange(uint256 epoch, address prover, address account, int256 changed, uint256 staking, uint256 total)
        MinerStakeChange(uint256 epoch, address prover, address account, int256 changed, uint256 staking, uint256 total)
        PlayerStakeChange(uint256 epoch, address account, int256 changed, uint256 staking, uint256 total)
    """,
    "reward": """
        MinerLabor(uint256 epoch, address prover, address miner, uint256 work)
        PlayerLabor(uint256 epoch, address prover, address player, uint256 play)
        MinerCollect(uint256 epoch, address prover, address miner, uint256 amount)
        PlayerCollect(uint256 epoch, address prover, address player, uint256 amount)
        Alpha(int256 n, int256 d)
        Beta(int256 n, int256 d)
        Gamma(int256 n, int256 d)
        MinerPlayerPer(uint256 minerMaxPer, uint256 minerMinPer, uint256 playerMaxNum)
        DepositExtraProverRewards(address prover, uint256 epoch, address token, uint256 amount)
        ClaimExtraProverRewards(address prover, uint256 epoch, uint256 remain)
    """,
    "vesting": """
        NewMineReward(uint256 epoch, uint256 amount)
    """,
    "token": """
        Transfer(address indexed from, address indexed to, uint256 amount)
    """,
}  # fmt: skip

_FURTHER = {
    "prover": """
        StopProver(address prover)
    """,
    "stake": """
        AddUnstaking(uint256 epoch, address account, uint256 amount)
        ClaimUnstaking(address account, uint256 amount)
    """,
    "task": """
        CreateTask(uint256 id, address prover, address player, uint256 fee, bytes inputs, bytes publics)
        AcceptTask(uint256 id, address miner, uint256 overtime, string url)
        SubmitTask(uint256 id, bytes proof)
        ProxyTask(uint256 id, address prover, address player, address miner)
        DisputeTask(uint256 id, address sender, uint256 deposit)
        AdjudicateTask(uint256 id, address sender, uint256 playerAmount, uint256 minerAmount, uint256 daoAmount, bool slash)
    """,
}  # fmt: skip

POZK = Protocol(
    name="pozk",
    contracts={
        "epoch": "where epochs begin (NewEpoch)",
        "prover": "where apps are registered, upgraded and approved",
        "stake": "where apps, miners and players stake",
        "task": "where tasks are posted, accepted and proven",
        "reward": "where labor is counted and rewards are collected",
        "vesting": "where the pool of an epoch comes from (NewMineReward)",
        "token": "the token that rewards are paid in; its transfers show what pools opened with and what went back",
    },
    counted=parse_signatures(_COUNTED),
    further=parse_signatures(_FURTHER),
    epochs=EventEpochs(),
    family="pozk",
    steps=("epoch_starts", "labors", "works"),
    reads=("the miners' vesting amounts, which no event tells: a file, or the call data of an archive node",),
)
