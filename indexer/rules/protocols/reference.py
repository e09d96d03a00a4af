"""The network of our own contracts: the kinds of events that count, and further ones that are only kept.

A line more in `_FURTHER` is a kind more that is kept in a table of its own, which is made when the lake is next opened
for writing. It touches no digest, no `our_logs`, no quarantine and no report. A line more in `_SIGNATURES` is a new
report format (SPEC section 3).
"""

# ruff: noqa: E501 - a signature stays on one line, as the specification writes it

from indexer.rules.protocols.contract_views import ContractViews
from indexer.rules.protocols.protocol import Protocol
from indexer.rules.protocols.signatures import parse_signatures

_SIGNATURES = {
    "app_registry": """
        AppRegistered(address indexed app, address indexed owner, uint8 scheme, uint64 gates, address verifier, uint32 proveWindow, string name)
        AppApproved(address indexed app, uint64 indexed fromEpoch, uint8 scheme, uint64 gates, address verifier, uint32 proveWindow)
        AppStopped(address indexed app, uint64 indexed fromEpoch)
    """,
    "staking": """
        StakeChanged(address indexed app, address indexed account, uint8 indexed role, int256 delta, uint64 effectiveEpoch)
    """,
    "task_market": """
        TaskPosted(uint256 indexed taskId, address indexed app, address indexed user, uint256 fee, bytes inputs, bytes publics)
        TaskAccepted(uint256 indexed taskId, address indexed miner, uint64 deadline)
        TaskCancelled(uint256 indexed taskId)
        ProofVerified(uint256 indexed taskId, address indexed app, address indexed miner, address user, uint8 scheme, uint64 gates, uint64 epoch)
    """,
    "parameters": """
        WeightsSet(uint64 indexed fromEpoch, uint16 a, uint16 b, uint16 c, uint16 d, uint128 usageUnit)
        SchemeWeightSet(uint64 indexed fromEpoch, uint8 indexed scheme, uint32 alphaMilli)
        EmissionSet(uint64 indexed fromEpoch, uint256 amount)
        RulesetSet(uint64 indexed fromEpoch, bytes32 ruleset, uint8 residual)
        QuarantineDecided(bytes32 indexed blockHash, uint32 indexed logIndex, uint8 decision)
        CorrectionAdded(uint64 indexed epoch, address indexed account, address indexed token, uint256 amount)
        EpochVoided(uint64 indexed epoch)
        OpeningAdded(address indexed token, uint256 amount, bytes32 sha256)
    """,
    "distributor": """
        BonusDeposited(address indexed app, uint64 indexed epoch, address indexed token, uint256 amount, address from)
        ReportVoted(uint64 indexed epoch, address indexed oracle, bytes32 indexed reportHash, bytes32 root)
        RootProposed(uint64 indexed epoch, bytes32 indexed root, bytes32 reportHash, uint64 activeAt)
        RootVetoed(uint64 indexed epoch, bytes32 indexed root, address by)
        Claimed(address indexed account, address indexed token, uint256 amount, uint256 cumulative, address to)
    """,
}  # fmt: skip

_FURTHER = {
    "app_registry": """
        UpgradeRequested(address indexed app, uint8 scheme, uint64 gates, address verifier, uint32 proveWindow)
        AppOwnershipTransferred(address indexed app, address indexed from, address indexed to)
    """,
    "staking": """
        Slashed(address indexed app, address indexed account, uint8 indexed role, uint256 amount, address beneficiary)
        Withdrawn(address indexed app, address indexed account, uint8 indexed role, uint256 amount)
    """,
    "task_market": """
        TaskExpired(uint256 indexed taskId, address indexed miner, uint256 slashed)
        FeePaid(uint256 indexed taskId, uint256 toMiner, uint256 burned, uint256 rebated)
        DisputeOpened(uint256 indexed taskId, address indexed opener, uint32 serial, uint256 bond, uint64 lapsesAt)
        DisputeResolved(uint256 indexed taskId, uint8 ruling, uint256 slashed, address bondTo)
        DisputeLapsed(uint256 indexed taskId, address indexed opener, uint256 returned, uint256 burned)
        SlashSplit(uint256 indexed taskId, uint256 burned, uint256 kept)
        SlashReleased(uint256 indexed taskId, address indexed to, uint256 amount)
        MinFeeSet(uint8 indexed scheme, uint256 fee)
        AppMinFeeSet(address indexed app, uint256 fee)
        FeeSharesSet(uint16 burnBps, uint16 rebateBps, uint128 rebateStake)
        ArbiterSet(address indexed arbiter)
        TaskWishes(uint256 indexed taskId, uint64 finalAt, uint32 lockSeconds, address callback, uint32 callbackGas)
        OrderLocked(uint256 indexed taskId, bytes32 indexed orderHash, uint8 priority)
        OrderCancelled(uint256 indexed taskId, address indexed user)
        TaskSkipped(uint256 indexed taskId, address indexed caller, bytes32 reason)
        ProofCommitted(bytes32 indexed commitment, address indexed prover)
        CallbackMade(uint256 indexed taskId, address indexed callback, bool success)
    """,
    "parameters": """
        RulesetAllowed(bytes32 indexed ruleset, uint8 residuals, bytes32 specification)
        DistributorSet(address indexed distributor)
    """,
    "distributor": """
        RootActivated(uint64 indexed epoch, bytes32 indexed root)
        RootRevoked(uint64 indexed epoch, bytes32 indexed root, address by)
        Dissented(uint64 indexed epoch, address indexed oracle, bytes32 indexed reportHash)
        BallotBanned(uint64 indexed epoch, bytes32 indexed ballot)
        BallotReadmitted(bytes32 indexed ballot)
        TreasuryOffered(address indexed treasury)
        RecipientSet(address indexed account, address to)
        Funded(address indexed token, uint256 amount)
        Shortfall(address indexed token, uint256 missing)
        Disputed(uint64 indexed epoch, bytes32 indexed evidenceHash, address indexed by)
        ActivationPostponed(uint64 indexed epoch, bytes32 indexed root, uint64 activeAt)
        ChallengeClosed(uint64 indexed epoch, address indexed by, uint256 returned, uint256 burned)
        ReportLocated(uint64 indexed epoch, bytes32 indexed reportHash, address indexed by, string location)
    """,
    "staking distributor": """
        Rescued(address indexed token, address to, uint256 amount)
    """,
    "task_market distributor": """
        PauseSet(bytes32 indexed flag, uint64 until, address by)
        PauserSet(address indexed pauser)
    """,
}  # fmt: skip
"""What more the contracts say that people ask for, by the contract that emits it."""

FIRST_KINDS = (
    "AppRegistered",
    "AppApproved",
    "AppStopped",
    "StakeChanged",
    "TaskPosted",
    "TaskAccepted",
    "TaskCancelled",
    "ProofVerified",
    "WeightsSet",
    "SchemeWeightSet",
    "EmissionSet",
    "RulesetSet",
    "QuarantineDecided",
    "CorrectionAdded",
    "BonusDeposited",
    "ReportVoted",
    "RootProposed",
    "RootVetoed",
    "Claimed",
)
"""What lakes were filled with that did not say for which kinds; it never changes."""

_CLOCK = ("genesis", "lengthSeconds", "first")
_VIEWS = ContractViews(
    of={
        "app_registry": ("parameters", "approvalCount", *_CLOCK),
        "staking": ("token", "registry", *_CLOCK),
        "task_market": ("token", "registry", "staking", *_CLOCK),
        "parameters": ("distributor", "grantTokenCount", *_CLOCK),
        "distributor": ("token", "parameters", "nextEpoch", *_CLOCK),
        "token": ("totalSupply", "decimals"),
    },
    clock=_CLOCK,
    clocked=("app_registry", "staking", "task_market", "parameters", "distributor"),
    peers={
        "token": "token",
        "registry": "app_registry",
        "staking": "staking",
        "parameters": "parameters",
        "distributor": "distributor",
    },
    order=("token", "parameters", "app_registry", "staking", "distributor", "task_market"),
    slashing=("staking", "task_market"),
)

REFERENCE = Protocol(
    name="reference",
    contracts={
        "app_registry": "where applications are registered and approved",
        "staking": "where stakes lie",
        "task_market": "where tasks are posted, accepted and proven",
        "parameters": "where the DAO sets pool, weights and ruleset",
        "distributor": "where roots are voted and rewards claimed",
    },
    addresses={"token": "the token that the emission is paid in"},
    counted=parse_signatures(_SIGNATURES),
    family="paper",
    further=parse_signatures(_FURTHER),
    first_kinds=FIRST_KINDS,
    unblocking=frozenset(
        {
            "AppRegistered",
            "TaskPosted",
            "TaskAccepted",
            "TaskCancelled",
            "ReportVoted",
            "RootProposed",
            "RootVetoed",
            "Claimed",
        }
    ),
    steps=("approvals", "alphas", "stakes", "suspects", "miners", "users"),
    limits={"role": 1},  # 0 miner, 1 user
    lean={"proof_verified": ("block_number", "log_index", "app", "miner", "user", "scheme", "gates", "epoch")},
    apart={"proof_verified": ("gates", "scheme"), "stake_changed": ("delta", "role")},
    history=(
        *("app_approved", "app_stopped", "weights_set", "scheme_weight_set", "emission_set", "ruleset_set"),
        *("bonus_deposited", "correction_added", "opening_added"),
    ),
    history_to_the_head=("epoch_voided", "quarantine_decided"),
    large=frozenset({"proof_verified", "stake_changed"}),
    views=_VIEWS,
)
