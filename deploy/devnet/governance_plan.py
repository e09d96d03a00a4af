"""Governance's and sponsors' part of the traffic: parameters of later epochs, apps, corrections, bonuses."""

import hashlib
import random

from deploy.devnet.calendar import Calendar
from deploy.devnet.plan_words import CodeHash, ExpectedRefusal, Name, PlannedBlock, StepCall
from deploy.devnet.players import GROTH16, App, Players, odd_amount, participant
from deploy.wiring.settings import WEI
from indexer.rules.protocols.reference import REFERENCE
from settlement.rules.rulesets.registry import names_of

DAO = Name("dao")
PARAMETERS, REGISTRY, DISTRIBUTOR = Name("Parameters"), Name("AppRegistry"), Name("RewardDistributor")
TOKEN, BONUS_TOKEN = Name("token"), Name("bonus_token")
_GOVERNANCE_MINUTE, _BONUS_MINUTE = 1, 5
_LATER_EMISSION_WEI = 900_000 * WEI + 7
_LATER_ALPHA_MILLI = 250
_LATER_RULESET, _NORMALIZE = names_of(REFERENCE.family)[1].encode().ljust(32, b"\0"), 1


def plan_governance(calendar: Calendar, epochs: int, players: Players) -> list[PlannedBlock]:
    """Return the DAO's blocks: in epoch 0 what changes with the last epoch, later the apps and a quarantine word.

    The last epoch has another ruleset. One busy epoch is voided ahead, where there are enough of them; a void of the
    first busy one comes after its end, when it changes nothing.
    """
    last, busy = epochs - 1, calendar.busy_epochs
    early = (
        _set("setWeights", last, 6_000, 4_000, 2_500, 7_500, 50_000_000),
        _set("setSchemeWeight", last, GROTH16, _LATER_ALPHA_MILLI),
        _set("setEmission", last, _LATER_EMISSION_WEI),
        _set("setRuleset", last, _LATER_RULESET, _NORMALIZE),
        _set("addCorrection", busy[0], participant(5), TOKEN, 123 * WEI + 4),
        _set("addCorrection", last, Name("outsider"), TOKEN, 5 * WEI),
        *_voids_ahead(calendar.voided_epoch),
    )
    unseen = hashlib.sha256(b"a block that no chain has").digest()
    apps = [call for app in players.apps for call in _app_changes(app, calendar)]
    early_refusal = ExpectedRefusal(
        StepCall(Name("outsider"), PARAMETERS, "setEmission", (last, 1)), "OwnableUnauthorizedAccount"
    )
    unlisted = ExpectedRefusal(_set("setRuleset", last, b"unknown".ljust(32, b"\0"), 0), "RulesetNotAllowed")
    late_refusal = ExpectedRefusal(_set("setEmission", busy[0], 1), "EpochNotInFuture")
    return [
        PlannedBlock(calendar.minute(0, _GOVERNANCE_MINUTE), early + tuple(apps), (early_refusal, unlisted)),
        PlannedBlock(
            calendar.minute(busy[0], _GOVERNANCE_MINUTE),
            (_set("decideQuarantine", unseen, 0, 0),),
            (late_refusal,),
        ),
        *_late_void(calendar),
    ]


def plan_bonuses(calendar: Calendar, epochs: int, players: Players, random_: random.Random) -> list[PlannedBlock]:
    """Return one block of deposits in epoch 0 and every busy epoch, for that epoch and the next one.

    Two sponsors share each pool. The idle app's pool of the first busy epoch returns to them, and so does what
    falls into an epoch without traffic.
    """
    working, idle = players.apps[0], players.apps[-1]
    blocks = []
    for epoch in calendar.busy_epochs:
        apps = [working, players.apps[2]] + ([idle] if epoch == calendar.busy_epochs[0] else [])
        pools = [(app, epoch) for app in apps]
        if epoch + 1 < epochs:
            pools.append((working, epoch + 1))
        calls = tuple(_deposit(app, at, sponsor, random_) for app, at in pools for sponsor in (0, 1))
        past = StepCall(Name("sponsor0"), DISTRIBUTOR, "depositBonus", (working.name, epoch - 1, BONUS_TOKEN, WEI))
        blocks.append(
            PlannedBlock(calendar.minute(epoch, _BONUS_MINUTE), calls, (ExpectedRefusal(past, "EpochIsOver"),))
        )
    return blocks


def _set(function: str, *arguments: int | bytes | Name) -> StepCall:
    return StepCall(DAO, PARAMETERS, function, arguments)


def _voids_ahead(epoch: int | None) -> tuple[StepCall, ...]:
    """Return the void of an epoch to come, in which a correction counts all the same."""
    if epoch is None:
        return ()
    return _set("voidEpoch", epoch), _set("addCorrection", epoch, participant(6), TOKEN, 7 * WEI + 1)


def _late_void(calendar: Calendar) -> list[PlannedBlock]:
    """Return a void of the first busy epoch in the last one: it could be settled, so nothing changes."""
    if calendar.voided_epoch is None:
        return []
    again = ExpectedRefusal(_set("voidEpoch", calendar.voided_epoch), "AlreadyVoided")
    last = calendar.minute(calendar.busy_epochs[-1], _GOVERNANCE_MINUTE)
    return [PlannedBlock(last, (_set("voidEpoch", calendar.busy_epochs[0]),), (again,))]


def _app_changes(app: App, calendar: Calendar) -> list[StepCall]:
    """Return the approval of the upgraded circuit (a half more gates) and the stop, each for its epoch."""
    calls = []
    if app.upgraded_from is not None:
        verifier = Name(f"verifier{app.scheme}")
        terms = (app.scheme, app.gates * 3 // 2, verifier, calendar.prove_window_seconds, CodeHash(verifier))
        calls.append(StepCall(DAO, REGISTRY, "approveApp", (app.name, app.upgraded_from, *terms)))
    if app.stopped_from is not None:
        calls.append(StepCall(DAO, REGISTRY, "stopApp", (app.name, app.stopped_from)))
    return calls


def _deposit(app: App, epoch: int, sponsor: int, random_: random.Random) -> StepCall:
    amount = odd_amount(random_, 100, 2_000)
    return StepCall(Name(f"sponsor{sponsor}"), DISTRIBUTOR, "depositBonus", (app.name, epoch, BONUS_TOKEN, amount))
