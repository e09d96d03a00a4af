"""What a network owes, as the opening balances of a network of our contracts (SPEC section 7): by the rule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from indexer.words.errors import InputError
from indexer.words.quantities import Address
from settlement.rules.powers.fixed_point import cobb_douglas
from settlement.rules.shadow.fold import UNDETERMINED, Shadow
from settlement.rules.shadow.pools import SettingsInForce, miners_share, split_of
from settlement.rules.shadow.seen import NetworkSeen


@dataclass(frozen=True, slots=True)
class ExtraOwed:
    """What of an app's extra rewards in an epoch is owed: to whom, in wei; no account for what has no known owner."""

    epoch: int
    app: Address
    token: Address
    account: Address | None
    amount: int


def list_extras(seen: NetworkSeen, found: Shadow) -> list[ExtraOwed]:
    """Return what extra rewards are owed: split as the pool is, the rest to the app's owner."""
    settings = SettingsInForce()
    for setting in seen.settings:
        settings.take(setting)
    pools = {(each.epoch, each.app): each.pool for each in found.pools}
    collected = {(c.epoch, c.app, c.role, c.account) for c in (each.collect for each in found.compared)}
    epochs = {each.epoch: each for each in seen.epochs if each.epoch < seen.current_epoch}
    owed: list[ExtraOwed] = []
    for (epoch, app, token), amount in sorted(seen.extras.items()):
        if epoch not in epochs or app not in epochs[epoch].apps:
            owed.append(ExtraOwed(epoch, app, token, seen.owners.get(app), amount))
            continue
        labor, pool = epochs[epoch].apps[app], pools.get((epoch, app))
        percent = pool.percent if pool is not None else settings.get("percent")
        miners = amount * miners_share(percent, labor.proofs) // 100
        rest = amount
        for role, part in enumerate((miners, amount - miners)):
            split = split_of(part, labor, role, settings.exponent(role))
            for account, (own, stake) in sorted(labor.by_role[role].items()):
                share = cobb_douglas(split, own, stake)
                rest -= share
                if share and (epoch, app, role, account) not in collected:
                    owed.append(ExtraOwed(epoch, app, token, account, share))
        if rest > 0 and pool is None:
            owed.append(ExtraOwed(epoch, app, token, seen.owners.get(app), rest))
    return owed


def opening_balances(
    found: Shadow, extras: Sequence[ExtraOwed], token: Address
) -> Mapping[tuple[Address, Address], int]:
    """Return what is owed by (token, account); InputError where amounts hang on vesting amounts that nobody knows."""
    unknown = sum(each.state == UNDETERMINED for each in found.owed)
    if unknown:
        raise InputError(
            "opening balances cannot be computed",
            expected="the miners' vesting amounts",
            got=f"{unknown} amounts that hang on them",
            remedy="give them with --vesting FILE (docs/pozk-network.md)",
        )
    balances: dict[tuple[Address, Address], int] = {}
    for key, amount in _credits(found, extras, token):
        balances[key] = balances.get(key, 0) + amount
    return dict(sorted(balances.items()))


def _credits(
    found: Shadow, extras: Sequence[ExtraOwed], token: Address
) -> Iterator[tuple[tuple[Address, Address], int]]:
    for owed in found.owed:
        yield (token, owed.account), owed.amount
    for extra in extras:
        if extra.account is not None:
            yield (extra.token, extra.account), extra.amount


def opening_bytes(balances: Mapping[tuple[Address, Address], int]) -> bytes:
    """Return the file: rows `token | account | amount`, ascending, numbers of 32 bytes."""
    return b"".join(
        token + account + amount.to_bytes(32, "big") for (token, account), amount in sorted(balances.items())
    )
