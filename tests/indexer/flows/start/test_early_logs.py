from dataclasses import replace

import pytest

from deploy.faults.plan import FaultPlan
from deploy.faults.server import FaultyNode
from indexer.flows.start.early_logs import verify_none_earlier
from indexer.rules.protocols.reference import REFERENCE
from indexer.words.contracts import ContractSpan
from indexer.words.errors import InputError
from tests.simulation.simulated import CONTRACTS, make_chain, patient_chain, settings

pytestmark = pytest.mark.slow  # calls compiled kernels

CHAIN = make_chain(41, 30, finality_lag=2)


def looked(plan=None, **changes):
    with FaultyNode(CHAIN, plan or FaultPlan(0, {})) as node:
        return verify_none_earlier(patient_chain(node.url, rounds=1).nodes[0], settings(**changes))


def spans(**entries):
    return {role: tuple(entries.get(role, [ContractSpan(at)])) for role, at in CONTRACTS.items()}


def test_verify_none_earlier__every_block_is_read__asks_nothing():
    assert looked() == "every block is read"


def test_verify_none_earlier__start_above_a_log__names_the_key_and_the_first_block():
    with pytest.raises(InputError, match=r"chain.start_block is above the first log of .*; lower chain.start_block"):
        looked(start_block=25)


def test_verify_none_earlier__contract_read_too_late__names_its_key():
    late = spans(parameters=[ContractSpan(CONTRACTS["parameters"], 28)])
    with pytest.raises(InputError, match=r"contracts.parameters is above the first log of parameters"):
        looked(contracts=late)


def test_verify_none_earlier__second_contract_of_a_role__begins_where_it_is_told():
    replaced = spans(parameters=[ContractSpan(b"\xab" * 20), ContractSpan(CONTRACTS["parameters"], 28)])
    assert looked(contracts=replaced) == "every block is read"


def test_verify_none_earlier__nothing_before_the_start__passes():
    strangers = {role: (ContractSpan(bytes([99, number]) * 10),) for number, role in enumerate(CONTRACTS)}
    assert looked(contracts=strangers, start_block=25).startswith("no log of ours lies before")


def test_verify_none_earlier__contract_whose_kinds_do_not_count__is_not_looked_at():
    counted = tuple(kind for kind in REFERENCE.counted if "task_market" not in kind.emitters)
    protocol = replace(REFERENCE, counted=counted)
    strangers = {role: (ContractSpan(bytes([99, number]) * 10),) for number, role in enumerate(CONTRACTS)}
    contracts = strangers | {"task_market": (ContractSpan(CONTRACTS["task_market"]),)}
    assert looked(protocol=protocol, contracts=contracts, start_block=25).startswith("no log of ours lies before")


def test_verify_none_earlier__vouched_for__says_that_it_is_false():
    with pytest.raises(InputError, match=r"chain.vouch_start answers for what is false"):
        looked(start_block=25, vouch_start=True)
