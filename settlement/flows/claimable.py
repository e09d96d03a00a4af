"""What an account can claim now: never 0, never under a root that is not active, never by a root that is not ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexer.words.quantities import Address, Epoch, Hash32, to_hex
from settlement.flows.claim import AccountProofs
from settlement.rules.entitlements.tree_layout import LeafProof
from settlement.words.claim_state import ChainMoment, ClaimState


@dataclass(frozen=True, slots=True)
class Provable:
    """The newest active epoch whose accepted root can be proven here.

    disagreement: that the committee accepted another root than ours; lag: that it accepted one we have not settled.
    root: the accepted one, where it is another than ours and its leaves are kept here; None for ours.
    """

    epoch: Epoch | None
    disagreement: str | None = None
    lag: str | None = None
    root: Hash32 | None = None


@dataclass(frozen=True, slots=True)
class TokenClaim:
    """Of one token, in wei: owed after the newest settled epoch, of that under the active root, paid, what is left."""

    token: Address
    entitled: int
    active: int
    paid: int
    claimable: int
    claimable_next: int


@dataclass(frozen=True, slots=True)
class Claimable:
    """What an account is owed and may claim; `payable` are the leaves of a claim, `reason` why there is none."""

    account: Address
    epoch: Epoch | None
    root: Hash32 | None
    tokens: tuple[TokenClaim, ...]
    payable: tuple[LeafProof, ...]
    reason: str | None
    disagreement: str | None
    state: ClaimState | None
    is_active: bool


def find_provable(
    moment: ChainMoment, roots: Mapping[Epoch, Hash32], accepted: Mapping[Epoch, Hash32], kept: Hash32 | None
) -> Provable:
    """Return which active root to prove against.

    `roots` are ours by epoch, `accepted` those that the chain holds as active, the newest ones. Where ours is another
    than the newest one, its own leaves prove it where somebody's bundle of it is `kept`; else an older one that is the
    same still pays what it holds.
    """
    if moment.active is None:
        return Provable(None)
    newest, root = moment.active
    if roots.get(newest) == root:
        return Provable(newest)
    older = max((epoch for epoch, held in accepted.items() if roots.get(epoch) == held), default=None)
    best = newest if kept == root else older
    shown = "" if best is None else f"; what is proven here is the accepted root of epoch {best}"
    known = root if kept == root else None
    if newest not in roots:
        return Provable(best, lag=f"the active root of epoch {newest} is not settled here yet{shown}", root=known)
    theirs, ours = to_hex(root), to_hex(roots[newest])
    text = f"WARNING: the committee accepted root {theirs} of epoch {newest}, this server computed {ours}{shown}"
    return Provable(best, disagreement=text, root=known)


def decide_claim(
    account: Address,
    settled: AccountProofs | None,
    active: AccountProofs | None,
    provable: Provable,
    state: ClaimState | None,
    trouble: str | None,
) -> Claimable:
    """Return what an account can claim now.

    settled: its leaves after the newest settled epoch; active: those under the root that can be proven; trouble: why
    the chain could not be asked, which leaves `state` out.
    """
    owed = {proof.token: proof.cumulative for proof in settled.proofs} if settled else {}
    under = {proof.token: proof for proof in active.proofs} if active else {}
    paid = state.paid if state else {}
    tokens = tuple(_token(token, owed.get(token, 0), under.get(token), paid) for token in sorted(owed | under))
    payable = tuple(under[each.token] for each in tokens if each.claimable) if state else ()
    return Claimable(
        account=account,
        epoch=active.epoch if active else settled.epoch if settled else None,
        root=active.root if active else settled.root if settled else None,
        tokens=tokens,
        payable=payable,
        reason=None if payable else trouble or _reason(tokens, settled, provable, state),
        disagreement=provable.disagreement,
        state=state,
        is_active=active is not None,
    )


def _token(token: Address, entitled: int, proof: LeafProof | None, paid: Mapping[Address, int]) -> TokenClaim:
    already = paid.get(token, 0)
    now = proof.cumulative if proof else 0
    return TokenClaim(token, entitled, now, already, max(0, now - already), max(0, entitled - max(now, already)))


def _reason(
    tokens: Sequence[TokenClaim], settled: AccountProofs | None, provable: Provable, state: ClaimState | None
) -> str:
    if settled is None:
        return "no epoch is settled yet"
    if not tokens:
        return f"nothing is owed to this account up to epoch {settled.epoch}"
    if provable.epoch is None:
        return provable.disagreement or provable.lag or f"no root is active yet{_when(state)}"
    if any(each.claimable_next for each in tokens):
        return f"all that is active was claimed; more becomes claimable with the next root{_when(state)}"
    return "all of it was claimed"


def _when(state: ClaimState | None) -> str:
    if state is None or state.moment.settled.state != "pending":
        return ""
    return f": that of a pending epoch can be activated from time {state.moment.settled.active_at} on"
