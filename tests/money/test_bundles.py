"""Bundles: copied, read back, verified by others, and told apart from tampered ones."""

import json
import shutil

import pyarrow.parquet as pq
import pytest

from settlement.entry.cli import run
from tests.support.operator import operator_of, reports_of

pytestmark = [pytest.mark.chain, pytest.mark.database]


@pytest.fixture
def operator(settled_operator):
    return settled_operator


def verify_alone(capsys, *arguments):
    capsys.readouterr()
    code = run(["bundle", "verify", *map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)["epochs"][0]


def test_bundle__published_to_two_places__verifies_with_no_chain_and_no_database(operator, tmp_path, capsys):
    places = [tmp_path / "a", "memory://mirror"]
    arguments = [part for place in places for part in ("--to", str(place))]
    published = operator.pozk("bundle", "publish", "--dump", *arguments).document["bundles"]
    assert len(published) == 2 * len(reports_of(operator))
    before, last = (tmp_path / "a" / f"{epoch:08d}" for epoch in (3, 4))
    code, verdict = verify_alone(capsys, last, "--before", before)
    assert (code, verdict["ok"], verdict["epoch"]) == (0, True, 4)
    assert verify_alone(capsys, "memory://mirror/00000004")[0] == 0
    dump = json.loads((last / "tree.json").read_text())
    assert dump["tree"][0] == json.loads((last / "report.json").read_text())["root"]


def test_bundle_verify__no_bundle_or_not_the_epoch_before__is_2(operator, tmp_path, capsys):
    folders = [operator.data_dir / "epochs" / f"{epoch:08d}" for epoch in range(5)]
    for arguments, words in (([tmp_path], "no bundle is there"), ([folders[2], "--before", folders[0]], "epoch 1")):
        capsys.readouterr()
        assert run(["bundle", "verify", *map(str, arguments)]) == 2
        assert words in capsys.readouterr().err


def test_bundle_verify__before_with_another_report__is_found(operator, tmp_path, capsys):
    folder = operator.data_dir / "epochs"
    before = tmp_path / "before"
    shutil.copytree(folder / "00000003", before)
    text = (before / "report.json").read_text()
    (before / "report.json").write_text(text.replace('"31337"', '"31338"'))
    code, verdict = verify_alone(capsys, folder / "00000004", "--before", before)
    assert (code, verdict["stage"]) == (1, "report previous_report")


@pytest.mark.parametrize("stage", ["aggregates", "amounts", "leaves"])
def test_bundle_verify__one_row_missing__names_the_stage(operator, tmp_path, capsys, stage):
    copy = tmp_path / "copy"
    shutil.copytree(operator.data_dir / "epochs" / "00000002", copy)
    path = copy / f"{stage}.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    code, verdict = verify_alone(capsys, copy)
    assert (code, verdict["stage"]) == (1, stage)


def test_bundle_verify__report_edited__is_found(operator, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(operator.data_dir / "epochs" / "00000002", copy)
    text = (copy / "report.json").read_text()
    root = json.loads(text)["root"]
    (copy / "report.json").write_text(text.replace(root, "0x" + "11" * 32))
    assert verify_alone(capsys, copy)[1]["stage"] == "root"
    (copy / "report.json").write_text(text.replace(",", ", ", 1))
    assert verify_alone(capsys, copy)[1]["stage"] == "report"
    (copy / "report.json").write_text("{}")
    capsys.readouterr()
    assert run(["bundle", "verify", str(copy)]) == 1


def test_verify__bundle_of_another_oracle__names_the_first_row_that_differs(operator, tmp_path):
    theirs = operator.data_dir / "epochs" / "00000002"
    assert operator.pozk("verify", "--bundle", str(theirs)).document["epochs"][0]["ok"]
    other = forged_bundle(theirs, tmp_path / "forged")
    verdict = operator.pozk("verify", "--bundle", str(other), code=1).document["epochs"][0]
    assert (verdict["epoch"], verdict["stage"]) == (2, "amounts")
    assert "amount" in verdict["row"]


def test_verify__from_chain_with_an_empty_data_directory__recomputes_everything(operator, devnet, tmp_path, capsys):
    empty = operator_of(devnet, tmp_path / "empty", capsys)
    verdicts = empty.pozk("verify", "--from-chain").document["epochs"]
    assert [(verdict["epoch"], verdict["ok"]) for verdict in verdicts] == [(epoch, True) for epoch in range(5)]
    path = operator.data_dir / "epochs" / "00000001" / "leaves.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    verdicts = operator.pozk("verify", "--from-chain", "--epoch", "1", code=1).document["epochs"]
    assert [verdict["stage"] for verdict in verdicts] == ["stored leaves"]


def forged_bundle(source, target):
    """Return a bundle that is sound in itself, with one wei more for one row than the rules give."""
    import pyarrow as pa

    from settlement.adapters.store.bundle import PublishedBundle
    from settlement.rules.columns.conversions import words_from_amounts
    from settlement.rules.entitlements.merkle import build_tree
    from settlement.rules.epoch.digests import digest_rows
    from settlement.rules.epoch.report import encode_canonical
    from settlement.rules.epoch.stages import amount_rows, leaf_rows

    shutil.copytree(source, target)
    for name, column in (("amounts", "amount"), ("leaves", "cumulative")):
        table = pq.read_table(target / f"{name}.parquet")
        values = table[column].to_pylist()
        raised = pa.array([values[0] + 1, *values[1:]], type=table[column].type)
        pq.write_table(table.set_column(table.column_names.index(column), column, raised), target / f"{name}.parquet")
    bundle = PublishedBundle(str(target))
    report, leaves = json.loads(bundle.load_document()), bundle.load_leaves()
    for stage, rows in (("amounts", amount_rows(bundle.load_amounts())), ("leaves", leaf_rows(leaves))):
        report["stages"][stage]["sha256"] = "0x" + digest_rows(rows).sha256.hex()
    tree = build_tree(leaves.account, leaves.token, words_from_amounts(leaves.cumulative))
    report["root"] = "0x" + tree.root.hex()
    (target / "report.json").write_bytes(encode_canonical(report))
    return target
