"""The words of a traffic plan: named values, contract calls, blocks at fixed times. No chain is touched here."""

from dataclasses import dataclass, field

PlainValue = int | bytes | str


@dataclass(frozen=True, slots=True)
class Name:
    """A value known only while the plan is driven: an account, a contract, an app or a task id."""

    text: str


@dataclass(frozen=True, slots=True)
class CodeHash:
    """The Keccak-256 hash of the code of a named contract, as governance repeats it after a review."""

    of: Name


@dataclass(frozen=True, slots=True)
class AppFlag:
    """The market's pause flag `word` of an app: 20 bytes of the app's address, then the word."""

    app: Name
    word: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as contracts count it, seconds since 1970 UTC, given relative to genesis."""

    offset_seconds: int


@dataclass(frozen=True, slots=True)
class OrderSignature:
    """What the user of an order, the order's first word, signs off chain (EIP-712)."""

    order: "tuple[PlannedArgument, ...]"


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a late prover commits to before it shows its proof."""

    task: Name
    prover: Name
    proof: bytes
    salt: bytes


PlannedArgument = (
    PlainValue | Name | CodeHash | AppFlag | Moment | OrderSignature | Commitment | tuple["PlannedArgument", ...]
)


@dataclass(frozen=True, slots=True)
class Learned:
    """What a call teaches: the first indexed argument of `event`, from then on called `name`.

    Several of one event are read from its logs in their order.
    """

    event: str
    name: Name


@dataclass(frozen=True, slots=True)
class StepCall:
    """One contract call: `sender` and `contract` are named, `learns` is read from the receipt."""

    sender: Name
    contract: Name
    function: str
    arguments: tuple[PlannedArgument, ...] = ()
    learns: tuple[Learned, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectedRefusal:
    """A call that the contracts must refuse, with the name of their custom error."""

    call: StepCall
    error: str


@dataclass(frozen=True, slots=True)
class PlannedBlock:
    """One block: its timestamp in seconds relative to genesis, its calls in order, refusals tried on top of it."""

    offset_seconds: int
    calls: tuple[StepCall, ...] = ()
    refusals: tuple[ExpectedRefusal, ...] = field(default=())
