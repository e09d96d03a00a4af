import pytest

from settlement.rules.shadow.distance import measure_distance
from settlement.rules.shadow.fold import shadow_network
from tests.settlement.rules.shadow.made_up import seeded


@pytest.mark.parametrize("seed", range(100, 140))
def test_measure_distance__random_networks__the_fixed_rule_is_within_its_bound_of_the_exact_one(seed):
    seen = seeded(seed)
    found = shadow_network(seen)
    distance = measure_distance(found.compared, found.pools, seen.epochs)
    assert distance.beyond == 0
    assert sum(distance.distribution().values()) == len(seen.collects)
    assert distance.worst == max(map(abs, distance.differences))
