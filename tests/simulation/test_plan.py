import pytest

from deploy.faults.plan import ALL_FAULTS, parse_plan
from deploy.faults.refusals import RANGE_REFUSALS, refuse_range
from deploy.faults.server import FaultyNode
from deploy.faults.source import RefusalError, Upstream
from indexer.flows.runs.ingest import ingest
from indexer.rules.nodes.error_shapes import NodeRefusal, read_error
from tests.indexer.conftest import anvil
from tests.indexer.traffic import emit_random, settings_for
from tests.simulation.simulated import contents, patient_chain

__all__ = ["anvil"]


def test_parse_plan__names_rates_and_lasting_ones__kept():
    plan = parse_plan("omit=0.2, 503=0.1,refuse!=1", seed=4)
    assert plan.rates == {"omit": 0.2, "503": 0.1, "refuse": 1.0}
    assert plan.lasting == {"refuse"}
    assert set(parse_plan("all=0.5").rates) == set(ALL_FAULTS)


@pytest.mark.parametrize("text", ["", "nonsense=0.5", "omit=2", "omit=x"])
def test_parse_plan__no_plan__refused(text):
    with pytest.raises(ValueError, match=r"fault=rate,\.\. with a"):
        parse_plan(text)


def test_choose__same_seed_and_calls__same_faults_whatever_their_order():
    calls = [["eth_getLogs", [number]] for number in range(50)] * 2
    first, second = parse_plan("omit=0.5,null=0.5", 9), parse_plan("omit=0.5,null=0.5", 9)
    one = {number: first.choose(("omit", "null"), call)[0] for number, call in enumerate(calls)}
    turned = [(n + 50) % 100 if n < 50 else n - 50 for n in range(100)]
    other = {number: second.choose(("omit", "null"), calls[number])[0] for number in turned}
    assert sorted(map(str, one.values())) == sorted(map(str, other.values()))
    assert len(set(one.values())) == 3


@pytest.mark.parametrize("shape", range(len(RANGE_REFUSALS)))
def test_refuse_range__every_shape__read_as_a_smaller_range(shape):
    hint = read_error(*refuse_range(shape, 100, 7))
    assert hint.refusal in (NodeRefusal.RANGE, NodeRefusal.UNKNOWN)
    assert hint.max_blocks in (None, 7, 2000, 3000)


@pytest.mark.chain
@pytest.mark.database
def test_ingest__faults_before_a_real_node__same_tables(new_lake, anvil):
    emit_random(anvil, seed=9, transactions=5)
    with new_lake("plain") as lake:
        ingest(patient_chain(anvil.url), lake, settings_for(anvil))
        expected = contents(lake)
    with FaultyNode(Upstream(anvil.url), parse_plan("all=0.03", 9)) as node, new_lake("faulty") as lake:
        for _ in range(30):  # its newest block may be an old one
            ingest(patient_chain(node.url), lake, settings_for(anvil))
            if lake.last_block().number == anvil.height():
                break
        assert contents(lake) == expected


def test_upstream__nobody_there__an_error_of_the_node():
    with pytest.raises(RefusalError, match="upstream"):
        Upstream("http://127.0.0.1:1").answer("eth_chainId", [])
