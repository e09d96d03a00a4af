"""Routes of one account: what it is owed, was paid and can claim now, and the proofs of it."""

from fastapi import APIRouter, Request, Response

from indexer.words.faults import RevertFault
from indexer.words.quantities import Address, Epoch, Hash32, parse_address
from settlement.adapters.chain.chain_state import StateAt
from settlement.adapters.chain.refused import refusal_of
from settlement.entry.documents.account import ReadyCall, account_document, claim_members
from settlement.entry.documents.amounts import token_members
from settlement.entry.documents.proof import Asked, proof_document
from settlement.entry.http.answering.answers import answer_document
from settlement.entry.http.answering.parameters import AccountText, EpochQuery, address_in
from settlement.entry.http.answering.readings import Readings, ReadingsNow, root_of
from settlement.entry.http.layers.errors import ERRORS
from settlement.flows.claimable import Claimable, Provable, decide_claim, find_provable
from settlement.words.claim_state import ChainMoment, PaidSoFar

router = APIRouter(prefix="/v1/accounts", tags=["accounts"], responses=ERRORS)
EPOCHS_BACK = 16
"""How far an older active root is looked for where the newest one is not ours."""


@router.get("/{account}")
def one_account(request: Request, readings: ReadingsNow, account: AccountText) -> Response:
    """Return what an account is owed, was paid by the newest block, and the call that claims what is claimable now."""
    found = find_claimable(readings, address_in(account, "path.account"))
    call, reason = offer_claim(readings, found)
    units = readings.units([each.token for each in found.tokens])
    return answer_document(request, account_document(found, call, units) | {"reason": reason})


@router.get("/{account}/proof")
def account_proof(request: Request, readings: ReadingsNow, account: AccountText, epoch: EpochQuery = None) -> Response:
    """Return the proofs of an account under the newest active root, or after --epoch, and the call that claims."""
    who = address_in(account, "path.account")
    found = find_claimable(readings, who)
    at = Epoch(epoch) if epoch is not None else found.epoch
    root = found.root if at == found.epoch else None
    proofs = readings.prove(who, at, root) if at is not None else None
    state, is_active = found.state, found.is_active and at == found.epoch
    paid = {each.token: each.paid for each in found.tokens}
    seen = PaidSoFar("chain", state.moment.block, paid, is_active) if state else None
    units = readings.units(list(paid))
    document = proof_document(Asked(who, None, at), proofs, seen, readings.chain.distributor.address, ())
    rows = [row | token_members(parse_address(row["token"]), units) for row in document["tokens"]]
    call, reason = offer_claim(readings, found)
    if at != found.epoch:
        call, reason = None, f"the proofs of epoch {at} are not those of the newest active root"
    more = {"tokens": rows, "claim": claim_members(call), "reason": reason, "disagreement": found.disagreement}
    return answer_document(request, document | more)


def find_claimable(readings: Readings, account: Address) -> Claimable:
    """Return what an account can claim by the newest block; where the chain cannot be asked, why."""
    last = readings.last_epoch()
    settled = readings.prove(account, last) if last is not None else None
    tokens = [proof.token for proof in settled.proofs] if settled else []
    ours = last if last is not None else readings.network.first
    state, trouble = readings.ask_chain(lambda: readings.claims.of_account(account, tokens, ours))
    provable = find_root(readings, state.moment) if state else Provable(None)
    active = readings.prove(account, provable.epoch, provable.root) if provable.epoch is not None else None
    return decide_claim(account, settled, active, provable, state, trouble)


def find_root(readings: Readings, moment: ChainMoment) -> Provable:
    """Return which active root to prove against."""
    if moment.active is None:
        return Provable(None)
    newest, root = moment.active
    ours = root_of(readings, newest)
    if ours == root:
        return Provable(newest)
    first = max(readings.network.first, newest - EPOCHS_BACK)
    epochs = [Epoch(epoch) for epoch in range(first, newest)]
    roots = {epoch: held for epoch in [*epochs, newest] if (held := root_of(readings, epoch)) is not None}
    return find_provable(moment, roots, _accepted(readings, epochs), readings.accepted_root(newest))


def _accepted(readings: Readings, epochs: list[Epoch]) -> dict[Epoch, Hash32]:
    distributor = readings.chain.distributor

    def read(state: StateAt, _: object) -> dict[Epoch, Hash32]:
        answers = distributor.read_batch(state, [("rootAt", (epoch,)) for epoch in epochs])
        return {epoch: Hash32(answer[1]) for epoch, answer in zip(epochs, answers, strict=True)}

    return readings.claims.once(("accepted", *epochs), read) if epochs else {}


def offer_claim(readings: Readings, found: Claimable) -> tuple[ReadyCall | None, str | None]:
    """Return the transaction that claims what the contract would pay now, or why there is none.

    A leaf that the contract would leave out (not funded yet, a token that refuses) is no part of it.
    """
    epoch = found.epoch
    if not found.payable or epoch is None:
        return None, found.reason
    distributor = readings.chain.distributor

    def try_claim(state: StateAt, _: object) -> tuple[ReadyCall | None, str | None]:
        try:
            paid = distributor.payable_at(state, epoch, found.payable)
        except RevertFault as fault:
            return None, f"the contract refuses claims now: {refusal_of(fault).words}"
        leaves = [leaf for leaf, amount in zip(found.payable, paid, strict=True) if amount]
        if not leaves:
            return None, "the contract would pay nothing now: it is not funded for these claims, or a token refuses"
        data = distributor.encode_claims(epoch, leaves)
        return ReadyCall(distributor.address, data, _gas(state, found.account, distributor.address, data)), None

    call, trouble = readings.ask_chain(lambda: readings.claims.once(("offer", epoch, found.payable), try_claim))
    return call if call is not None else (None, trouble)


def _gas(state: StateAt, sender: Address, to: Address, data: bytes) -> int | None:
    """Return what a node estimates; None where it refuses to."""
    try:
        return state.estimate_gas(sender, to, data)
    except RevertFault:
        return None
