"""Settling: what the chain says wins, voided epochs, opening balances, and settling anew."""

import hashlib
import json
from dataclasses import replace

import pyarrow as pa
import pytest

from indexer.words.errors import InputError, UnsoundError
from indexer.words.quantities import Epoch
from settlement.adapters.lake.stake_bases import FolderStakeBases
from settlement.adapters.store.opening_file import OpeningFile
from settlement.flows.verify import judge_epoch
from settlement.rules.columns.conversions import amounts_to_ints
from settlement.rules.epoch.read_report import parse_stored
from settlement.rules.facts.epoch_facts import RulesetChoice
from tests.settlement.adapters.events import GENESIS, LENGTH, address
from tests.settlement.flows.oracles import (
    APP,
    DONOR,
    MINER,
    OTHER_TOKEN,
    PROOF,
    TOKEN,
    USER,
    finish,
    oracle_of,
    ruleset_set,
    working_chain,
)

pytestmark = pytest.mark.database


@pytest.fixture
def oracle(postgres, lake_template, tmp_path):
    """A function that opens an oracle over a chain, in a folder of its own."""
    number = iter(range(99))

    def opened(chain, **options):
        folder = tmp_path / f"oracle-{next(number)}"
        folder.mkdir()
        return oracle_of(chain, postgres, lake_template, folder, **options)

    return opened


def settle_all(settler):
    return [json.loads(settlement.document) for settlement in settler.settle_all()]


def bytes_of(settler, epochs):
    return [settler.journal.load_report(Epoch(epoch)).document for epoch in range(epochs)]


def verdict_of(settler, epoch):
    stored = settler.journal.load_report(Epoch(epoch))
    return judge_epoch(settler, Epoch(epoch), stored.document, settler.artifacts.load_epoch(Epoch(epoch)))


def amounts_of(settlement):
    rows = settlement.amounts
    keys = zip(rows.token, rows.account, rows.role.tolist(), amounts_to_ints(rows.amount), strict=True)
    return [(bytes(token), bytes(account), role, wei) for token, account, role, wei in keys]


def test_settle_all__ruleset_and_residual_changed_on_chain__one_toml_settles_and_verifies_all(oracle):
    def early(chain):
        ruleset_set(chain, "paper-v2", 0, from_epoch=1)
        ruleset_set(chain, "paper-v1", 1, from_epoch=2)

    with oracle(finish(working_chain(early=early))) as settler:
        reports = settle_all(settler)
        expected = [("paper-v1", "rollover"), ("paper-v2", "rollover"), ("paper-v1", "normalize")]
        assert [(report["ruleset"], report["residual"]) for report in reports] == expected
        other = replace(settler, configured=RulesetChoice("paper-v2", "normalize"))
        verdicts = [verdict_of(other, epoch) for epoch in range(3)]
        assert all(verdict.is_ok for verdict in verdicts)
        assert [verdict.note is not None for verdict in verdicts] == [True, False, False]
        with pytest.raises(UnsoundError, match="does not settle to its stored report again"):
            list(other.settle_up_to(Epoch(0)))  # only verifying takes the report's word


def test_settle_all__unknown_ruleset_in_force__stops_and_names_the_void(oracle):
    chain = working_chain(early=lambda chain: ruleset_set(chain, "pozk-v1", 0, from_epoch=1))
    with oracle(finish(chain)) as settler:
        with pytest.raises(UnsoundError, match=r"ruleset 'pozk-v1' is unknown.*voidEpoch\(1\)"):
            settle_all(settler)
        assert settler.journal.last_epoch() == 0


def test_settle_all__unknown_ruleset_in_the_toml__is_a_wrong_configuration(oracle):
    toml = RulesetChoice("pozk-v1", "rollover")
    with oracle(finish(working_chain()), toml=toml) as settler, pytest.raises(InputError, match="cannot settle this"):
        settle_all(settler)


def voided_chain(late, cause=None):
    """Return three epochs; 1 has a bonus, a correction and an EpochVoided, in time or in epoch 2."""
    chain = working_chain(1).mine_until(GENESIS + LENGTH)
    chain.emit("proof_verified", **PROOF, epoch=1)
    chain.emit("bonus_deposited", app=APP, epoch=1, token=OTHER_TOKEN, amount=77, from_account=DONOR)
    chain.emit("correction_added", epoch=1, account=USER, token=TOKEN, amount=5)
    if cause:
        cause(chain)
    if late:
        chain.mine_until(GENESIS + 2 * LENGTH)
    return chain.emit("epoch_voided", epoch=1)


def without_void(chain):
    """Return the same chain with another log in the place of the void, so that its blocks are the same."""
    void = chain.events.pop("epoch_voided")[0]
    chain.events["root_vetoed"].append(void | {"root": bytes(32), "by_account": USER})
    return chain


def break_weights(chain):
    chain.emit("weights_set", from_epoch=1, a=1, b=1, c=1, d=1, usage_unit=7)
    chain.emit("weights_set", from_epoch=2, a=2500, b=7500, c=5000, d=5000, usage_unit=7)


def overflow_usage(chain):
    chain.emit("proof_verified", **PROOF, epoch=1)
    chain.emit("weights_set", from_epoch=1, a=2500, b=7500, c=5000, d=5000, usage_unit=10**38 - 1)
    chain.emit("weights_set", from_epoch=2, a=2500, b=7500, c=5000, d=5000, usage_unit=7)


def overflow_stake(chain):
    for _ in range(3):
        chain.emit("stake_changed", app=APP, account=USER, role=1, delta=10**38 - 1, effective_epoch=1)
    for _ in range(3):
        chain.emit("stake_changed", app=APP, account=USER, role=1, delta=1 - 10**38, effective_epoch=2)


def overflow_total_staking(chain):
    for account in (address(21), address(22)):
        chain.emit("stake_changed", app=address(2), account=account, role=1, delta=10**38 - 1, effective_epoch=1)
        chain.emit("stake_changed", app=address(2), account=account, role=1, delta=1 - 10**38, effective_epoch=2)


def negative_stake(chain):
    chain.emit("stake_changed", app=APP, account=DONOR, role=0, delta=-1, effective_epoch=1)
    chain.emit("stake_changed", app=APP, account=DONOR, role=0, delta=1, effective_epoch=2)


def scheme_without_weight(chain):
    chain.emit("proof_verified", **PROOF | {"scheme": 2}, epoch=1)


def approval_without_weight(chain):
    chain.emit("app_approved", app=APP, from_epoch=1, scheme=2, gates=40)
    chain.emit("app_approved", app=APP, from_epoch=2, scheme=0, gates=40)


def unknown_ruleset(chain):
    ruleset_set(chain, "paper-v9", 0, from_epoch=1)
    ruleset_set(chain, "paper-v1", 0, from_epoch=2)


CAUSES = (
    break_weights,
    overflow_usage,
    overflow_stake,
    overflow_total_staking,
    negative_stake,
    scheme_without_weight,
    approval_without_weight,
    unknown_ruleset,
)


def assert_voided(settlement):
    report = json.loads(settlement.document)
    assert (report["voided"], report["pool"], report["distributed"]) == ("1", "0", "0")
    assert (report["ruleset"], report["residual"], report["parameters"]["emission"]) == ("", "", str(10**24))
    assert amounts_of(settlement) == [(TOKEN, USER, 3, 5), (OTHER_TOKEN, DONOR, 2, 77)]
    assert settlement.pools.kind.tolist() == [5]
    assert len(settlement.facts.aggregates) == 0


def test_settle_all__voided_in_time__pays_corrections_and_deposits_back(oracle):
    with oracle(finish(voided_chain(late=False))) as settler:
        settled = list(settler.settle_all())
        assert_voided(settled[1])
        assert [json.loads(one.document)["voided"] for one in settled] == ["0", "1", "0"]
        assert all(verdict_of(settler, epoch).is_ok for epoch in range(3))


def test_settle_all__stakes_that_overflow_and_no_void__refuses_naming_the_void(oracle):
    with oracle(finish(without_void(voided_chain(late=True, cause=overflow_stake)))) as settler:
        with pytest.raises(UnsoundError, match=r"is beyond 10\^38 - 1.*voidEpoch\(1\)"):
            settle_all(settler)
        assert settler.journal.last_epoch() == 0


@pytest.mark.parametrize("cause", CAUSES)
def test_settle_all__voided_late_with_a_cause__is_voided(oracle, cause):
    with oracle(finish(voided_chain(late=True, cause=cause))) as settler:
        settled = list(settler.settle_all())
        assert_voided(settled[1])
        assert json.loads(settled[2].document)["voided"] == "0"


def test_settle_all__voided_late_without_a_cause__gives_the_bytes_of_who_settled_before(oracle):
    before, after = finish(without_void(voided_chain(late=True))), finish(voided_chain(late=True))
    with oracle(before) as before, oracle(after) as after:
        reports = settle_all(before)
        assert [report["voided"] for report in reports] == ["0", "0", "0"]
        assert settle_all(after) == reports
        assert bytes_of(before, 3) == bytes_of(after, 3)


OPENING = [(TOKEN, MINER, 10**20), (TOKEN, USER, 3), (OTHER_TOKEN, MINER, 7)]


def opening_bytes(rows=OPENING):
    return b"".join(token + account + amount.to_bytes(32, "big") for token, account, amount in rows)


def opened_chain(content):
    def early(chain):
        for token, amount in ((OTHER_TOKEN, 7), (TOKEN, 10**20 + 3)):
            chain.emit("opening_added", token=token, amount=amount, sha256=hashlib.sha256(content).digest())

    return finish(working_chain(early=early))


def test_settle_all__opening_balances__are_paid_in_the_first_epoch_alone(oracle, tmp_path):
    file = tmp_path / "opening.bin"
    file.write_bytes(opening_bytes())
    with oracle(opened_chain(opening_bytes()), opening=file) as settler:
        settled = list(settler.settle_all())
        paid = [row for row in amounts_of(settled[0]) if row[2] == 4]
        assert paid == [(token, account, 4, wei) for token, account, wei in OPENING]
        first, second = (json.loads(one.document)["opening"] for one in settled[:2])
        digest = "0x" + hashlib.sha256(opening_bytes()).hexdigest()
        assert first == [
            {"amount": str(10**20 + 3), "sha256": digest, "token": "0x" + TOKEN.hex()},
            {"amount": "7", "sha256": digest, "token": "0x" + OTHER_TOKEN.hex()},
        ]
        assert second == []
        assert verdict_of(settler, 0).is_ok
        without = replace(settler, opening=OpeningFile(None))
        assert verdict_of(without, 1).is_ok
        with pytest.raises(InputError, match="file of opening balances is missing"):
            verdict_of(without, 0)


@pytest.mark.parametrize("content", [None, opening_bytes()[:-1], b""])
def test_settle_all__opening_file_missing_or_another__is_a_wrong_configuration(oracle, tmp_path, content):
    file = tmp_path / "opening.bin"
    if content is not None:
        file.write_bytes(content)
    said = r"file of opening balances is (missing|another one)"
    with oracle(opened_chain(opening_bytes()), opening=file) as settler, pytest.raises(InputError, match=said):
        settle_all(settler)


def propose(chain, epoch, report_hash):
    return chain.emit("root_proposed", epoch=epoch, root=bytes([7]) * 32, report_hash=report_hash, active_at=1)


def test_forget_from__committee_executed_another_report__is_allowed(oracle):
    chain = propose(working_chain(), 0, bytes([9]) * 32)
    with oracle(finish(chain)) as settler:
        settle_all(settler)
        assert settler.forget_from(Epoch(0)) == 3
        settle_all(settler)


def test_forget_from__our_report_stands__is_refused_unless_of_an_older_format(oracle):
    with oracle(finish(working_chain())) as settler:
        settle_all(settler)
        ours = settler.journal.load_report(Epoch(0)).report_hash
    with oracle(finish(propose(working_chain(), 0, ours))) as settler:
        settle_all(settler)
        with pytest.raises(InputError, match="epoch 0 stands on chain"):
            settler.forget_from(Epoch(0))
        reports = [settler.journal.load_report(Epoch(epoch)) for epoch in range(3)]
        settler.journal.forget_from(Epoch(0))
        for report in reports:
            old = report.document.replace(b'"format":"2"', b'"format":"1"')
            settler.journal.store_report(replace(report, document=old))
        assert settler.forget_from(Epoch(0)) == 3


def test_settle_all__kept_stakes_exchanged_and_named_by_their_own_digest__are_summed_anew(oracle, tmp_path):
    def early(chain):
        for place, delta in ((20, 3), (21, 4)):
            chain.emit("stake_changed", app=APP, account=address(place), role=0, delta=delta, effective_epoch=0)

    chain, bases = finish(working_chain(early=early)), FolderStakeBases(tmp_path / "stakes")
    chain.emit("proof_verified", **PROOF | {"miner": address(20)}, epoch=3)
    with oracle(finish(chain, 4), bases=bases) as settler:
        list(settler.settle_up_to(Epoch(2)))
        report, sha256 = settler.journal.load_report(Epoch(2)), settler.journal.load_stakes_digest(Epoch(2))
        block = parse_stored(report).reference_block
        sums = bases.load(Epoch(2), block.hash, sha256)
        stakes = sums["delta"].to_pylist()
        exchanged = pa.array([stakes[stakes.index({3: 4, 4: 3}.get(delta, delta))] for delta in stakes])
        bases.save(Epoch(2), block.hash, sums.set_column(sums.schema.get_field_index("delta"), "delta", exchanged))
        (settled,) = settler.settle_all()
        assert settled.document == settler.recompute(Epoch(3), settler.configured).document
