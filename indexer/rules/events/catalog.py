"""The kinds of events that count, and further ones that are only kept, as data parsed from their signatures.

A line more in `_FURTHER` is a kind more that is kept in a table of its own, which is made when the lake is next opened
for writing. It touches no digest, no `our_logs`, no quarantine and no report. A line more in `_SIGNATURES` is a new
report format (SPEC section 3).
"""

# ruff: noqa: E501 - a signature stays on one line, as the specification writes it

import re
from dataclasses import dataclass
from types import MappingProxyType

from indexer.rules.consensus.keccak import keccak256
from indexer.words.quantities import Hash32

ROLES = ("app_registry", "staking", "task_market", "parameters", "distributor")
"""The five contracts whose logs are ours, by their names in the configuration."""

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
    """,
    "staking distributor": """
        Rescued(address indexed token, address to, uint256 amount)
    """,
    "task_market distributor": """
        PauseSet(bytes32 indexed flag, uint64 until, address by)
        PauserSet(address indexed pauser)
    """,
}  # fmt: skip
"""What more the contracts say that people ask for, by the roles of whoever emits it."""

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

_COLUMN_NAMES = {
    "from": "from_account",  # words that SQL reserves
    "to": "to_account",
    "by": "by_account",
    "blockHash": "decided_block_hash",  # arguments that name another log than the one they stand in
    "logIndex": "decided_log_index",
}
_OPAQUE = {"taskId"}  # a number on chain, an opaque word here
_AMOUNT_TYPES = {"uint256", "int256", "uint128"}
_TYPE = r"address|bool|u?int\d*|bytes\d*|string"
_SIGNATURE = re.compile(r"\s*([A-Za-z_]\w*)\s*\((.*)\)\s*")
_ARGUMENT = re.compile(rf"\s*({_TYPE})\s+(indexed\s+)?([A-Za-z_]\w*)\s*")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of an event: its name and ABI type on chain, its column in the lake."""

    name: str
    abi_type: str
    indexed: bool
    column: str

    @property
    def is_dynamic(self) -> bool:
        """Whether the data section holds an offset to it rather than its value."""
        return self.abi_type in ("bytes", "string")

    @property
    def is_amount(self) -> bool:
        """Whether it is stored as DECIMAL(38,0) and limited to 10^38 - 1."""
        return self.abi_type in _AMOUNT_TYPES and self.name not in _OPAQUE


@dataclass(frozen=True, slots=True)
class EventType:
    """One kind of event: who emits it (roles, a blank between), its arguments in order, its topic0, its lake table."""

    name: str
    role: str
    arguments: tuple[Argument, ...]
    topic0: Hash32
    table: str

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the contracts that emit it."""
        return tuple(self.role.split())

    @property
    def indexed(self) -> tuple[Argument, ...]:
        """The arguments in topics 1, 2 and 3."""
        return tuple(argument for argument in self.arguments if argument.indexed)

    @property
    def plain(self) -> tuple[Argument, ...]:
        """The arguments in the data section."""
        return tuple(argument for argument in self.arguments if not argument.indexed)


def parse_signature(text: str, role: str = "") -> EventType:
    """Parse `Name(type [indexed] name, ..)`; ValueError where the text is not of that form.

    Worked: `Claimed(address indexed account, uint256 amount)` has topic0
    keccak256("Claimed(address,uint256)") and table `claimed`.
    """
    match = _SIGNATURE.fullmatch(text)
    if match is None:
        raise ValueError(f"expected an event signature Name(type name, ..), got {text!r}")
    name, body = match.groups()
    arguments = tuple(_parse_argument(part) for part in body.split(",")) if body.strip() else ()
    if sum(argument.indexed for argument in arguments) > 3:
        raise ValueError(f"expected at most 3 indexed arguments, got {text!r}")
    canonical = f"{name}({','.join(argument.abi_type for argument in arguments)})"
    return EventType(name, role, arguments, Hash32(keccak256(canonical.encode())), to_snake_case(name))


def to_snake_case(name: str) -> str:
    """Return `taskId` as `task_id`, `AppRegistered` as `app_registered`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _parse_argument(text: str) -> Argument:
    match = _ARGUMENT.fullmatch(text)
    if match is None:
        raise ValueError(f"expected `type [indexed] name`, got {text!r}")
    abi_type, indexed, name = match.groups()
    canonical = {"uint": "uint256", "int": "int256"}.get(abi_type, abi_type)
    return Argument(name, canonical, indexed is not None, _COLUMN_NAMES.get(name, to_snake_case(name)))


def _parse_all(signatures: dict[str, str]) -> tuple[EventType, ...]:
    return tuple(
        parse_signature(line, role) for role, lines in signatures.items() for line in lines.strip().splitlines()
    )


EVENTS: tuple[EventType, ...] = _parse_all(_SIGNATURES)
"""Every kind that counts, in the order of the specification."""

FURTHER: tuple[EventType, ...] = _parse_all(_FURTHER)
"""The kinds that are kept and do not count."""

KINDS = EVENTS + FURTHER
"""Every kind that is fetched and has a table."""

BY_NAME = MappingProxyType({event.name: event for event in KINDS})
BY_TOPIC = MappingProxyType({event.topic0: event for event in KINDS})
BY_TABLE = MappingProxyType({event.table: event for event in KINDS})
