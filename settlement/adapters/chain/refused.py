"""A call that all nodes say would revert, as the error of whoever wanted to send it."""

from indexer.words.errors import PozkError, RetryLaterError, UnsoundError
from indexer.words.faults import RevertFault
from indexer.words.quantities import Address, to_hex
from settlement.rules.contracts.refusals import ContractRefusal, read_refusal


def refusal_of(fault: RevertFault) -> ContractRefusal:
    """Return why a call reverts, in the contract's words, or the node's where the contract says nothing."""
    refusal = read_refusal(fault.data)
    return refusal if fault.data else ContractRefusal(fault.got, refusal.passes)


def refused_call(what: str, fault: RevertFault, contract: Address) -> PozkError:
    """Return RetryLaterError where the contract names what passes, else UnsoundError; nothing was sent."""
    refusal, where = refusal_of(fault), to_hex(contract)
    if refusal.passes:
        remedy = "nothing was sent; call again later"
        return RetryLaterError(f"the contract refuses for now: {what}", got=refusal.words, where=where, remedy=remedy)
    return UnsoundError(
        f"the contract refuses: {what}",
        expected="a call that succeeds",
        got=refusal.words,
        where=where,
        remedy="nothing was sent; `pozk check` compares the configuration with the contract",
    )
