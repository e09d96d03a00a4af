"""Extra rewards, which no collect names, held against the token's transfers: what came in, was announced and was paid.

They are split as the pool is; what the split leaves is the app owner's. Only transfers of the network's own token are
seen: of another one nothing is determined.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.words.quantities import Address
from settlement.rules.facts.aggregates import ROLE_MINER
from settlement.rules.powers.fixed_point import cobb_douglas
from settlement.rules.shadow.fold import DIFFERENT, EQUAL, UNDETERMINED, Compared, OpenedPool, Shadow
from settlement.rules.shadow.pools import miners_share, split_of
from settlement.rules.shadow.seen import DEPOSIT, PAYMENT, AppLabor, Flow, NetworkSeen, Place, by_transaction, role_name

PoolKey = tuple[int, Address]
"""Epoch and app."""


@dataclass(frozen=True, slots=True)
class ExtraCompared:
    """An amount of extra rewards by the rule beside what is seen of it (None: nothing can be seen), in wei.

    `what` is deposit (the transfer to it), claim (what was announced as the pool opened), miner, player, or owner.
    """

    epoch: int
    app: Address
    what: str
    account: Address | None
    token: Address
    rule: int
    seen: int | None
    state: str


def compare_extras(seen: NetworkSeen, found: Shadow) -> list[ExtraCompared]:
    """Return every amount of extra rewards that a transfer or a log tells of, or should."""
    return [*_deposits(seen), *_Payments(seen, found).rows()]


def _deposits(seen: NetworkSeen) -> Iterator[ExtraCompared]:
    came = by_transaction([flow for flow in seen.flows if flow.kind == DEPOSIT])
    for each in seen.deposits:
        if each.token != seen.token:
            yield _row((each.epoch, each.app), "deposit", None, each.token, each.amount, None)
            continue
        queue = came.get((each.place[0], each.tx_index), [])
        taken = [flow for flow in queue if flow.place < each.place]
        for flow in taken:
            queue.remove(flow)
        amount, sender = (sum(flow.amount for flow in taken), taken[0].account) if taken else (None, None)
        yield _row((each.epoch, each.app), "deposit", sender, each.token, each.amount, amount)


class _Payments:
    """What is paid in the transactions of collects, of those (epoch, app) that have extra rewards."""

    def __init__(self, seen: NetworkSeen, found: Shadow) -> None:
        self._seen, self._found = seen, found
        self._labor = {(epoch.epoch, app): labor for epoch in seen.epochs for app, labor in epoch.apps.items()}
        self._opened: dict[PoolKey, OpenedPool] = {}
        for pool in found.pools:
            self._opened.setdefault((pool.epoch, pool.app), pool)
        self._payments = by_transaction([flow for flow in seen.flows if flow.kind == PAYMENT])
        self._to_owner: dict[PoolKey, list[Flow]] = {}
        self._shares: dict[tuple[PoolKey, Address], int] = {}

    def rows(self) -> Iterator[ExtraCompared]:
        """Yield what was announced, the part of every collect, and what the owners got."""
        keys = sorted({(each.epoch, each.app) for each in self._seen.deposits} & self._opened.keys())
        for key in keys:
            yield from self._claim(key)
        wanted = set(keys)
        for each in self._found.compared:
            key = (each.collect.epoch, each.collect.app)
            paid = self._paid(each, key)
            if key in wanted:
                for token, total in self._totals(key, self._opened[key].place).items():
                    yield self._collected(each, key, token, total, paid)
        for key in keys:
            yield from self._owner(key)

    def _totals(self, key: PoolKey, until: Place) -> dict[Address, int]:
        found: dict[Address, int] = {}
        for each in self._seen.deposits:
            if (each.epoch, each.app) == key and each.place < until:
                found[each.token] = found.get(each.token, 0) + each.amount
        return found

    def _claim(self, key: PoolKey) -> Iterator[ExtraCompared]:
        totals = self._totals(key, self._opened[key].place)
        if len(totals) == 1:  # the log names no token
            ((token, total),) = totals.items()
            yield _row(key, "claim", None, token, total, self._seen.claims.get(key))

    def _paid(self, each: Compared, key: PoolKey) -> int | None:
        """Return what the collector got beside the collect; None where no transfer to it is seen."""
        collect = each.collect
        queue = self._payments.get((collect.place[0], collect.tx_index), [])
        taken = [flow for flow in queue if flow.place < collect.place]
        for flow in taken:
            queue.remove(flow)
        own = [flow.amount for flow in taken if flow.account == collect.account]
        self._to_owner.setdefault(key, []).extend(flow for flow in taken if flow.account != collect.account)
        return sum(own) - collect.amount if own or not collect.amount else None

    def _collected(self, each: Compared, key: PoolKey, token: Address, total: int, paid: int | None) -> ExtraCompared:
        collect, labor = each.collect, self._labor[key]
        part = _part(total, self._opened[key], labor, collect.role)
        rule = cobb_douglas(split_of(part, labor, collect.role, each.split.exponent), each.labor, each.stake)
        self._shares[key, token] = self._shares.get((key, token), 0) + rule
        is_seen = token == self._seen.token and each.state != UNDETERMINED
        return _row(key, role_name(collect.role), collect.account, token, rule, paid if is_seen else None)

    def _owner(self, key: PoolKey) -> Iterator[ExtraCompared]:
        """Yield what the split leaves, once all staked labor is collected, beside what others than collectors got."""
        compared = [each for each in self._found.compared if (each.collect.epoch, each.collect.app) == key]
        collected = {(each.collect.role, each.collect.account) for each in compared}
        by_role = enumerate(self._labor[key].by_role)
        staked = {(role, account) for role, rows in by_role for account, (_, stake) in rows.items() if stake}
        if not staked <= collected:
            return
        flows, is_known = self._to_owner.get(key, []), all(each.state != UNDETERMINED for each in compared)
        account = flows[0].account if flows else self._seen.owners.get(key[1])
        for token, total in self._totals(key, self._opened[key].place).items():
            is_seen = bool(flows) and is_known and token == self._seen.token
            paid = sum(flow.amount for flow in flows) if is_seen else None
            yield _row(key, "owner", account, token, total - self._shares.get((key, token), 0), paid)


def _part(total: int, opened: OpenedPool, labor: AppLabor, role: int) -> int:
    miners = total * miners_share(opened.pool.percent, labor.proofs) // 100
    return miners if role == ROLE_MINER else total - miners


def _row(
    key: PoolKey, what: str, account: Address | None, token: Address, rule: int, seen: int | None
) -> ExtraCompared:
    state = UNDETERMINED if seen is None else EQUAL if seen == rule else DIFFERENT
    return ExtraCompared(key[0], key[1], what, account, token, rule, seen, state)


def states_of(rows: Sequence[ExtraCompared]) -> dict[str, int]:
    """Return how many are equal, different, undetermined."""
    return {state: sum(row.state == state for row in rows) for state in (EQUAL, DIFFERENT, UNDETERMINED)}
