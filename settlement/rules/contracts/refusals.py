"""Why the distributor refuses a call: its custom errors by name, and which of them pass by themselves."""

from dataclasses import dataclass

from indexer.rules.consensus.keccak import keccak256

_PASSING = """
    Paused(bytes32,uint64)
    EpochNotActive(uint64)
    EpochNotEnded(uint64)
    NothingPending(uint64)
    NotNextEpoch(uint64,uint64)
    TooEarly(uint64,uint64)
    TreasuryShort(uint256,uint256)
    AboveAccepted(address,uint256,uint256)
    TransferRefused(address,address,uint256)
    SafeERC20FailedOperation(address)
    ERC20InsufficientAllowance(address,uint256,uint256)
    ERC20InsufficientBalance(address,uint256,uint256)
"""
_LASTING = """
    NotMember(address)
    BannedBallot(bytes32)
    EmptyReportHash()
    BadTokenList(uint256)
    TotalMissing(address)
    TotalFalls(address,uint256,uint256)
    GrowthAboveCap(address,uint256,uint256)
    AmountOutOfRange(uint256,uint256)
    BadProof(address,address,uint256)
    BadSharedProof()
"""
_SELECTOR_BYTES, _WORD_BYTES = 4, 32


@dataclass(frozen=True, slots=True)
class ContractRefusal:
    """What a contract said, in words; `passes` where the same call may succeed later."""

    words: str
    passes: bool


def read_refusal(data: bytes) -> ContractRefusal:
    """Return what the data of a revert say; data that are no error we know are shown as they are.

    Worked: `Paused("claims", 1800000000)` is "Paused claims" and passes.
    """
    name = _NAMES.get(data[:_SELECTOR_BYTES])
    if name is None:
        return ContractRefusal("0x" + data.hex(), passes=False)
    words = f"{name} {_flag(data)}" if name == "Paused" else name
    return ContractRefusal(words, passes=name in _PASSING_NAMES)


def _flag(data: bytes) -> str:
    word = data[_SELECTOR_BYTES : _SELECTOR_BYTES + _WORD_BYTES]
    return word.rstrip(b"\0").decode("ascii", errors="replace")


def _by_selector(signatures: str) -> dict[bytes, str]:
    lines = signatures.split()
    return {keccak256(line.encode("ascii"))[:_SELECTOR_BYTES]: line.partition("(")[0] for line in lines}


_PASSING_NAMES = frozenset(_by_selector(_PASSING).values())
_NAMES = _by_selector(_PASSING) | _by_selector(_LASTING)
SIGNATURES: tuple[str, ...] = (*_PASSING.split(), *_LASTING.split())
"""The errors that are known by name, as their selectors are made of."""
