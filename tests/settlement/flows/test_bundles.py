"""An outvoted oracle: where its report differs from the executed one, and how it comes back."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Epoch, to_hex
from settlement.adapters.store.bundle import PublishedBundle
from settlement.adapters.store.peers import PeerBundles
from settlement.flows.bundles import compare_bundles, judge_bundle, mirror_bundle
from settlement.flows.dissent import compare_with_executed, dissent, no_bundle
from settlement.rules.epoch.open_data import PACKAGE_FILE
from settlement.rules.epoch.report import hash_report
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

    def compared(find):
        return compare_with_executed(Epoch(0), settler.artifacts, settler.facts, find)

    peers = PeerBundles([executed.url], pytest.fail)
    with pytest.raises(UnsoundError, match=r"still differs from the executed one, .* --bundle, or settlement.peers"):
        compared(no_bundle)
    with pytest.raises(UnsoundError, match="still differs from the executed one in amounts") as caught:
        compared(peers.find)
    assert "stored token" in caught.value.where
    assert settler.forget_from(Epoch(0)) == 3
    list(replace(settler, configured=RIGHT).settle_up_to(Epoch(0)))
    again = settler.artifacts.load_epoch(Epoch(0))
    assert compared(peers.find) == "epoch 0: our report is the executed one"
    assert compare_bundles(executed, again).is_ok
    assert judge_bundle(again).is_ok


def test_compare_with_executed__nothing_executed__says_so(outvoted):
    settler, _ = outvoted
    said = compare_with_executed(Epoch(1), settler.artifacts, settler.facts, no_bundle)
    assert said == "epoch 1: no report is executed yet"


def test_find__places_with_one_epoch_or_all__the_bundle_of_that_report_and_no_other(outvoted, tmp_path):
    settler, executed = outvoted
    wanted, told = hash_report(executed.load_document()), []
    ours = settler.artifacts.load_epoch(Epoch(0))
    places = [str(tmp_path / "nowhere"), "nosuch://place", ours.url, str(tmp_path / "right" / "epochs")]
    peers = PeerBundles(places, told.append)
    assert peers.find(Epoch(0), wanted).url == executed.url
    assert peers.find(Epoch(1), wanted) is None
    assert told
    assert all("nosuch://place" in line for line in told)


def test_dissent__bundle_whose_rows_are_not_its_reports__still_both_hashes_and_the_stage(outvoted):
    settler, executed = outvoted
    own = settler.artifacts.load_epoch(Epoch(0))
    theirs, ours = (hash_report(each.load_document()) for each in (executed, own))
    executed.store_file("amounts.parquet", own.load_file("amounts.parquet"))
    error = dissent(Epoch(0), theirs, ours, settler.artifacts, lambda *_: executed, what="another report")
    assert error.line().startswith("another report in amounts: expected ")
    assert "are not those of its report" in error.line()
    executed.store_file("amounts.parquet", b"PAR1")
    error = dissent(Epoch(0), theirs, ours, settler.artifacts, lambda *_: executed, what="another report")
    assert "its bundle cannot be compared" in error.line()
    for each in (theirs, ours):
        assert to_hex(each) in error.line()


def test_mirror_bundle__open_data_manifest__stands_beside_a_bundle_that_is_judged_the_same(outvoted, tmp_path):
    settler, _ = outvoted
    ours, copy = settler.artifacts.load_epoch(Epoch(0)), PublishedBundle(str(tmp_path / "copy"))
    mirror_bundle(ours, copy, with_dump=False)
    assert copy.load_file(PACKAGE_FILE) == ours.load_file(PACKAGE_FILE)
    for resource in json.loads(copy.load_file(PACKAGE_FILE))["resources"]:
        content = copy.load_file(resource["path"])
        assert (resource["bytes"], resource["hash"]) == (len(content), f"sha256:{sha256(content).hexdigest()}")
        if "schema" in resource:
            table = pq.read_table(pa.BufferReader(content))
            assert table.column_names == [field["name"] for field in resource["schema"]["fields"]]
            assert str(table.num_rows) == resource["rows"]
    copy.store_file(PACKAGE_FILE, b"anything")
    assert judge_bundle(copy).is_ok
    (Path(ours.url) / PACKAGE_FILE).unlink()
    mirror_bundle(ours, PublishedBundle(str(tmp_path / "again")), with_dump=False)  # of before there were manifests
    assert (tmp_path / "again" / PACKAGE_FILE).exists()
