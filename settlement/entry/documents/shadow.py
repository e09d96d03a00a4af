"""The document of `pozk shadow`: what a deployed PoZK network paid beside its rule, and what it owes."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from indexer.words.quantities import Address, to_hex
from settlement.flows.shadow import ShadowResult
from settlement.rules.rulesets.registry import paid_on_chain
from settlement.rules.shadow.extra_payments import ExtraCompared, states_of
from settlement.rules.shadow.fold import DIFFERENT, EQUAL, UNDETERMINED, Compared, OpenedPool, Owed
from settlement.rules.shadow.opening import ExtraOwed
from settlement.rules.shadow.seen import FAMILY, AppLabor, EpochLabor, role_name


def shadow_document(result: ShadowResult, account: Address | None = None) -> dict[str, Any]:
    """Return the document, of one account alone where one is given; amounts are decimal strings of wei."""
    rows = _collects(result)
    owed = [each for each in result.found.owed if account in (None, each.account)]
    extras = [each for each in result.extras if account in (None, each.account)]
    return {
        "ruleset": paid_on_chain(FAMILY).name,
        "as_of": result.seen.finalized,
        "current_epoch": result.seen.current_epoch,
        "vesting": result.seen.vesting or None,
        "totals": _totals(result),
        "exact": {
            "worst": str(result.distance.worst),
            "beyond_bound": result.distance.beyond,
            "distribution": result.distance.distribution(),
        },
        "epochs": [_epoch(result, epoch, rows, account) for epoch in result.seen.epochs],
        "accounts": _accounts(owed),
        "extras": [_extra(each) for each in extras],
        "extra_payments": [_extra_payment(each) for each in result.extra_payments if account in (None, each.account)],
    }


def _totals(result: ShadowResult) -> dict[str, Any]:
    found = result.found
    counts = {state: sum(each.state == state for each in found.compared) for state in (EQUAL, DIFFERENT, UNDETERMINED)}
    return (
        {"collects": len(found.compared), "pools_different": len(result.wrong_pools)}
        | counts
        | {f"extras_{state}": count for state, count in states_of(result.extra_payments).items()}
        | {
            "paid": str(sum(each.collect.amount for each in found.compared)),
            "rule": str(sum(each.rule for each in found.compared)),
            "returned": str(sum(found.returned.values())),
            "owed": str(sum(each.amount for each in found.owed)),
            "blocked": str(sum(each.amount for each in found.owed if each.block)),
        }
    )


def _collects(result: ShadowResult) -> list[tuple[Compared, dict[str, Any]]]:
    distance = result.distance
    columns = zip(distance.compared, distance.exact, distance.differences, distance.bounds, strict=True)
    known = {
        id(each): {"exact": str(exact), "from_exact": str(difference), "bound": str(bound)}
        for each, exact, difference, bound in columns
    }
    unknown = {"exact": None, "from_exact": None, "bound": None}
    return [(each, _collect(each) | known.get(id(each), unknown)) for each in result.found.compared]


def _collect(each: Compared) -> dict[str, Any]:
    """Return one collect with everything by which it can be computed again."""
    collect = each.collect
    return {
        "app": to_hex(collect.app),
        "role": role_name(collect.role),
        "account": to_hex(collect.account),
        "paid": str(collect.amount),
        "rule": str(each.rule),
        "difference": str(collect.amount - each.rule),
        "state": each.state,
        "block": collect.place[0],
        "log_index": collect.place[1],
        "transaction": to_hex(collect.tx_hash),
        "pool": str(each.split.pool),
        "labor": str(each.labor),
        "labor_total": str(each.split.x_total),
        "stake": str(each.stake),
        "stake_total": str(each.split.stake_total),
        "exponent": _fraction(each.split.exponent),
    }


def _epoch(
    result: ShadowResult,
    epoch: EpochLabor,
    rows: Sequence[tuple[Compared, dict[str, Any]]],
    account: Address | None,
) -> dict[str, Any]:
    mine = [row for each, row in rows if each.collect.epoch == epoch.epoch and account in (None, each.collect.account)]
    owed = [each for each in result.found.owed if each.epoch == epoch.epoch and account in (None, each.account)]
    return {
        "epoch": epoch.epoch,
        "work": str(epoch.work),
        "stake": str(epoch.stake),
        "apps": [_app(result, epoch.epoch, app, labor, account) for app, labor in epoch.apps.items()],
        "collects": mine,
        "owed": [_owed(each) for each in owed],
    }


def _app(result: ShadowResult, epoch: int, app: Address, labor: AppLabor, account: Address | None) -> dict[str, Any]:
    paid = [
        each.collect.amount for each in result.found.compared if (each.collect.epoch, each.collect.app) == (epoch, app)
    ]
    owed = [each.amount for each in result.found.owed if (each.epoch, each.app) == (epoch, app)]
    pools = [_pool(each) for each in result.found.pools if (each.epoch, each.app) == (epoch, app)]
    return {
        "app": to_hex(app),
        "work": str(labor.work),
        "stake": str(labor.stake),
        "labor": str(labor.proofs),
        "pools": pools,
        "paid": str(sum(paid)),
        "owed": str(sum(owed)),
        "returned": str(result.found.returned.get((epoch, app), 0)),
        "labors": [
            {"role": role_name(role), "account": to_hex(each), "labor": str(own), "stake": str(stake)}
            for role in (0, 1)
            for each, (own, stake) in sorted(labor.by_role[role].items())
            if account in (None, each)
        ],
    }


def _pool(each: OpenedPool) -> dict[str, Any]:
    pool = each.pool
    most, least, full = pool.percent
    return {
        "block": each.place[0],
        "log_index": each.place[1],
        "n": str(pool.total),
        "alpha": _fraction(pool.alpha),
        "miner_max_per": str(most),
        "miner_min_per": str(least),
        "player_max_num": str(full),
        "phi": str(pool.phi),
        "transferred": None if each.transferred is None else str(each.transferred),
        "miners": str(pool.miners),
        "players": str(pool.players),
    }


def _owed(each: Owed) -> dict[str, Any]:
    return {
        "app": to_hex(each.app),
        "role": role_name(each.role),
        "account": to_hex(each.account),
        "amount": str(each.amount),
        "pool": "opened" if each.is_opened else "not opened",
        "blocked": each.block or None,
        "state": "determined" if each.state != UNDETERMINED else UNDETERMINED,
    }


def _accounts(owed: Sequence[Owed]) -> list[dict[str, Any]]:
    """Return what each account is owed altogether, and what of it the contracts refuse."""
    sums: dict[Address, list[int]] = {}
    for each in owed:
        of = sums.setdefault(each.account, [0, 0])
        of[0] += each.amount
        of[1] += each.amount if each.block else 0
    return [
        {"account": to_hex(account), "owed": str(whole), "blocked": str(blocked)}
        for account, (whole, blocked) in sorted(sums.items())
    ]


def _extra(each: ExtraOwed) -> dict[str, Any]:
    return {
        "epoch": each.epoch,
        "app": to_hex(each.app),
        "token": to_hex(each.token),
        "account": None if each.account is None else to_hex(each.account),
        "amount": str(each.amount),
    }


def _extra_payment(each: ExtraCompared) -> dict[str, Any]:
    return {
        "epoch": each.epoch,
        "app": to_hex(each.app),
        "what": each.what,
        "account": None if each.account is None else to_hex(each.account),
        "token": to_hex(each.token),
        "rule": str(each.rule),
        "seen": None if each.seen is None else str(each.seen),
        "state": each.state,
    }


def opening_members(path: str, sha256: bytes, balances: Mapping[tuple[Address, Address], int]) -> dict[str, Any]:
    """Return what the document says of a file of opening balances: what OpeningAdded must name, token by token."""
    sums: dict[Address, int] = {}
    for (token, _), amount in balances.items():
        sums[token] = sums.get(token, 0) + amount
    tokens = [{"token": to_hex(token), "amount": str(amount)} for token, amount in sorted(sums.items())]
    return {"file": path, "rows": len(balances), "sha256": to_hex(sha256), "tokens": tokens}


def _fraction(value: Fraction) -> list[str]:
    return [str(value.numerator), str(value.denominator)]
