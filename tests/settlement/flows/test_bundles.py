"""An outvoted oracle: where its report differs from the executed one, and how it comes back."""

from dataclasses import replace

import pytest

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Epoch
from settlement.flows.bundles import compare_bundles, compare_with_executed, judge_bundle
from settlement.rules.facts.epoch_facts import RulesetChoice
from tests.settlement.flows.oracles import finish, oracle_of, working_chain

pytestmark = pytest.mark.database
RIGHT = RulesetChoice("paper-v2", "rollover")


@pytest.fixture
def outvoted(postgres, lake_template, tmp_path):
    """The settler of an oracle with another toml, the bundle of one that was in the majority, and the executed hash."""
    for name in ("right", "wrong"):
        (tmp_path / name).mkdir()
    with oracle_of(finish(working_chain()), postgres, lake_template, tmp_path / "right", toml=RIGHT) as right:
        report_hash = next(right.settle_all()).report_hash
        bundle = right.artifacts.load_epoch(Epoch(0))
    chain = working_chain()
    chain.emit("root_proposed", epoch=0, root=bytes([7]) * 32, report_hash=report_hash, active_at=1)
    with oracle_of(finish(chain), postgres, lake_template, tmp_path / "wrong") as settler:
        list(settler.settle_all())
        yield settler, bundle


def test_compare_with_executed__outvoted_oracle__names_the_stage_and_comes_back(outvoted):
    settler, executed = outvoted
    ours = settler.artifacts.load_epoch(Epoch(0))
    with pytest.raises(UnsoundError, match=r"still differs from the executed one, .* give --bundle"):
        compare_with_executed(Epoch(0), ours, settler.facts, None)
    with pytest.raises(UnsoundError, match="still differs from the executed one in amounts") as caught:
        compare_with_executed(Epoch(0), ours, settler.facts, executed)
    assert "stored token" in caught.value.where
    assert settler.forget_from(Epoch(0)) == 3
    list(replace(settler, configured=RIGHT).settle_up_to(Epoch(0)))
    again = settler.artifacts.load_epoch(Epoch(0))
    assert compare_with_executed(Epoch(0), again, settler.facts, executed) == "epoch 0: our report is the executed one"
    assert compare_bundles(executed, again).is_ok
    assert judge_bundle(again).is_ok


def test_compare_with_executed__nothing_executed__says_so(outvoted):
    settler, _ = outvoted
    ours = settler.artifacts.load_epoch(Epoch(1))
    assert compare_with_executed(Epoch(1), ours, settler.facts, None) == "epoch 1: no report is executed yet"
