"""A deployed PoZK network recomputed from its logs: every collect, what is still owed, and how exact it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from settlement.rules.shadow.distance import Distance, measure_distance
from settlement.rules.shadow.extra_payments import ExtraCompared, compare_extras
from settlement.rules.shadow.fold import DIFFERENT, OpenedPool, Shadow, shadow_network
from settlement.rules.shadow.opening import ExtraOwed, list_extras
from settlement.rules.shadow.seen import NetworkSeen


@dataclass(frozen=True, slots=True)
class ShadowResult:
    """What was seen, what the rule says of it, how far the exact rule is, what extra rewards are owed and were paid."""

    seen: NetworkSeen
    found: Shadow
    distance: Distance
    extras: Sequence[ExtraOwed]
    extra_payments: Sequence[ExtraCompared]

    @property
    def wrong_pools(self) -> list[OpenedPool]:
        """The pools for which another amount was transferred than the rule gives."""
        return [each for each in self.found.pools if each.transferred not in (None, each.pool.phi)]

    @property
    def is_equal(self) -> bool:
        """Whether nothing that was determined differs."""
        states = {each.state for each in self.found.compared} | {each.state for each in self.extra_payments}
        return not self.wrong_pools and DIFFERENT not in states


def shadow(seen: NetworkSeen) -> ShadowResult:
    """Recompute a network; UnsoundError where its logs contradict the contracts' rule."""
    found = shadow_network(seen)
    distance = measure_distance(found.compared, found.pools, seen.epochs)
    return ShadowResult(seen, found, distance, list_extras(seen, found), compare_extras(seen, found))
