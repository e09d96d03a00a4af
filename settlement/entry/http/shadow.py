"""Routes of a deployed PoZK network: what it paid beside its rule, and what it owes an account or in an app."""

import threading
import time
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request, Response

from indexer.adapters.store.lake import Lake
from indexer.words.errors import RetryLaterError
from indexer.words.quantities import Address, to_hex
from settlement.adapters.chain.token_units import NETWORK_DECIMALS, ask_token
from settlement.entry.configuration.chain_access import ChainAccess
from settlement.entry.configuration.settings import Settings
from settlement.entry.configuration.shadow_access import load_seen
from settlement.entry.documents.amounts import ShownAmounts
from settlement.entry.documents.shadow import shadow_document
from settlement.entry.http.answering.answers import answer_document
from settlement.entry.http.answering.parameters import AccountText, AppText, EpochNumber, address_in
from settlement.entry.http.answering.readings import ASK_AGAIN_SECONDS, PATIENCE_SECONDS
from settlement.entry.http.layers.app import create_app
from settlement.entry.http.layers.counts import Counted, RequestCounts
from settlement.entry.http.layers.errors import ERRORS, UnknownError
from settlement.entry.http.pages import page
from settlement.entry.http.pages.plain import plain_router
from settlement.entry.http.pages.shadow_pages import SHADOW_SITE
from settlement.entry.http.probing.probes import create_server_probes
from settlement.entry.http.probing.readiness import Readiness
from settlement.entry.http.site import options_of
from settlement.flows.shadow import ShadowResult, shadow
from settlement.rules.columns.units import TokenUnits

router = APIRouter(prefix="/v1/shadow", tags=["shadow"], responses=ERRORS)


class ShadowNow:
    """The network as of the newest final block; computed anew when there is another one."""

    def __init__(self, settings: Settings, lake: Lake) -> None:
        self._settings, self._lake, self._lock = settings, lake, threading.Lock()
        self._result: ShadowResult | None = None
        self._symbol: tuple[float, TokenUnits] = (float("-inf"), TokenUnits("", NETWORK_DECIMALS))

    def result(self) -> ShadowResult:
        """Return what was recomputed."""
        with self._lock, self._lake.cursor() as own:
            head = own.finalized_head()
            if self._result is None or head is None or self._result.seen.finalized != head.number:
                self._result = shadow(load_seen(self._settings, own, self._settings.vesting))
            return self._result

    def amounts(self) -> ShownAmounts:
        """Return how amounts are said; as long as the token's symbol is not known, it is asked for now and then."""
        token, (asked, known) = self._settings.contracts.token, self._symbol
        if not known.symbol and time.monotonic() - asked > ASK_AGAIN_SECONDS:
            known = ask_units(self._settings, token) or known
            self._symbol = (time.monotonic(), known)
        return ShownAmounts(token, {token: known})


@dataclass(frozen=True, slots=True)
class ShadowSaid:
    """What was recomputed, and how its amounts are said."""

    result: ShadowResult
    amounts: ShownAmounts

    def document(self, account: Address | None = None) -> dict[str, Any]:
        """Return the document of `pozk shadow`, of one account alone where one is given."""
        return self.amounts.mark(shadow_document(self.result, account))

    def named(self) -> dict[str, Any]:
        """Return which token amounts are of."""
        return self.amounts.mark({})


def _shadow_of(request: Request) -> ShadowSaid:
    now: ShadowNow = request.app.state.shadow
    return ShadowSaid(now.result(), now.amounts())


ShadowOf = Annotated[ShadowSaid, Depends(_shadow_of)]


@router.get("")
def totals(request: Request, found: ShadowOf) -> Response:
    """Return sums, the distance to the exact rule, what each account is owed, and the epochs there are."""
    document = found.document()
    epochs = [{"epoch": each["epoch"], "work": each["work"], "stake": each["stake"]} for each in document["epochs"]]
    return answer_document(request, document | {"epochs": epochs})


@router.get("/epochs/{epoch}")
def one_epoch(request: Request, found: ShadowOf, epoch: EpochNumber) -> Response:
    """Return an epoch: its apps with their pools and labor, each collect beside the rule, what is owed."""
    rows = [each for each in found.document()["epochs"] if each["epoch"] == epoch]
    if not rows:
        raise UnknownError("no such epoch", expected=f"at most {found.result.seen.current_epoch}", got=str(epoch))
    return answer_document(request, found.named() | rows[0])


@router.get("/accounts/{account}")
def one_account(request: Request, found: ShadowOf, account: AccountText) -> Response:
    """Return an account's labor, collects, and what it is owed; empty for one that never did anything."""
    document = found.document(address_in(account, "path.account"))
    epochs = [_without_others(each) for each in document["epochs"]]
    return answer_document(request, document | {"epochs": [each for each in epochs if each["apps"]]})


@router.get("/apps/{app}")
def one_app(request: Request, found: ShadowOf, app: AppText) -> Response:
    """Return an app by epochs: pools, labor, collects, what is owed and what went back."""
    wanted = to_hex(address_in(app, "path.app"))
    epochs = [_of_app(each, wanted) for each in found.document()["epochs"]]
    epochs = [each for each in epochs if each["apps"]]
    if not epochs:
        raise UnknownError("no such app", expected="one with labor", got=wanted)
    said = {"app": wanted, "as_of": found.result.seen.finalized, "epochs": epochs}
    return answer_document(request, found.named() | said)


def create_shadow_site(settings: Settings, lake: Lake) -> FastAPI:
    """Return the application over the lake of a deployed PoZK network, which is open."""
    counts = RequestCounts(settings.alerts)

    def ask_database() -> None:
        with lake.cursor() as own:
            own.finalized_head()

    served = create_server_probes(Readiness(settings, ask_database), counts)
    routers = (router, served, plain_router(SHADOW_SITE), page.router)
    app = create_app(options_of(settings.serve), *routers)
    app.add_middleware(Counted, counts=counts)
    app.state.shadow = ShadowNow(settings, lake)
    return app


def ask_units(settings: Settings, token: Address) -> TokenUnits | None:
    """Return what a token says of itself; None where it says nothing, or no node answers now."""
    short = replace(settings.chain, patience_seconds=min(settings.chain.patience_seconds, PATIENCE_SECONDS))
    try:
        with ChainAccess(replace(settings, chain=short)) as chain:
            return ask_token(chain.state, token)
    except RetryLaterError:
        return None


def _of_app(epoch: dict[str, Any], app: str) -> dict[str, Any]:
    return {"epoch": epoch["epoch"]} | {
        name: [row for row in epoch[name] if row["app"] == app] for name in ("apps", "collects", "owed")
    }


def _without_others(epoch: dict[str, Any]) -> dict[str, Any]:
    return epoch | {"apps": [each for each in epoch["apps"] if each["labors"]]}
