import random
from collections import Counter

import pytest

from deploy.devnet import DevnetSettings
from deploy.devnet.statements import PreimageStatements
from deploy.devnet.traffic_plan import plan_traffic
from tests.devnet.market_steps import steps_of

_SEEDS = range(30)
_SHAPES = [
    DevnetSettings(),
    DevnetSettings(epochs=2, quiet_epochs=(), participants=12, tasks_per_epoch=20),
    DevnetSettings(epochs=6, quiet_epochs=(2, 3, 5), length_seconds=7_200, participants=17),
]


def _plan(settings, seed):
    shape = DevnetSettings(
        seed=seed,
        epochs=settings.epochs,
        quiet_epochs=settings.quiet_epochs,
        participants=settings.participants,
        tasks_per_epoch=settings.tasks_per_epoch,
        length_seconds=settings.length_seconds,
    )
    return plan_traffic(shape, PreimageStatements(random.Random(seed)))


@pytest.mark.parametrize("settings", _SHAPES)
def test_plan_traffic__any_seed__times_rise_and_quiet_epochs_stay_empty(settings):
    for seed in _SEEDS:
        offsets = [block.offset_seconds for block in _plan(settings, seed).blocks]
        assert offsets == sorted(set(offsets)), f"seed {seed}"
        epochs = {offset // settings.length_seconds for offset in offsets}
        assert not epochs & set(settings.quiet_epochs), f"seed {seed}"
        assert max(epochs) == settings.busy_epochs[-1], f"seed {seed}"


@pytest.mark.parametrize("settings", _SHAPES)
def test_plan_traffic__any_seed__every_proof_follows_its_own_acceptance(settings):
    for seed in _SEEDS:
        holder = {}
        calls = [call for block in _plan(settings, seed).blocks for call in block.calls]
        for function, task, sender in steps_of(calls):
            if function == "acceptTask":
                holder[task] = sender
            if function == "submitProof":
                assert holder.pop(task) == sender, f"seed {seed}"


@pytest.mark.parametrize("settings", _SHAPES)
def test_plan_traffic__any_seed__counts_its_proofs(settings):
    for seed in _SEEDS:
        plan = _plan(settings, seed)
        counted = Counter()
        for block in plan.blocks:
            proofs = sum(function in ("submitProof", "submitLate") for function, _, _ in steps_of(block.calls))
            counted[block.offset_seconds // settings.length_seconds] += proofs
        assert {epoch: count for epoch, count in counted.items() if count} == {
            epoch: count for epoch, count in plan.proofs.items() if count
        }, f"seed {seed}"


def test_plan_traffic__same_seed__same_plan():
    assert _plan(_SHAPES[0], 7) == _plan(_SHAPES[0], 7)
    assert _plan(_SHAPES[0], 7) != _plan(_SHAPES[0], 8)
