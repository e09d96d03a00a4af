"""The open-data manifest of an epoch: what it says of report, tables and columns."""

import json

import pytest

from settlement.rules.epoch.open_data import column_meanings, data_package, digest_bytes
from settlement.rules.epoch.read_report import ROW_STAGES, parse_report
from settlement.rules.epoch.stage_words import LAYOUTS
from tests.settlement.report_vector import VECTOR

DOCUMENT = json.loads(VECTOR.read_text())["reports"][0]["document"].encode()
REPORT = parse_report(DOCUMENT, "here")
FILES = {f"{stage}.parquet": digest_bytes(stage.encode()) for stage in ROW_STAGES} | {
    "report.json": digest_bytes(DOCUMENT)
}


def test_data_package__of_a_report__names_licence_columns_units_keys_and_digests():
    found = json.loads(data_package(REPORT, FILES))
    content = json.loads(DOCUMENT)
    assert [each["name"] for each in found["licenses"]] == ["CC0-1.0"]
    assert (found["epoch"], found["chain_id"], found["root"]) == ("0", content["chain_id"], content["root"])
    resources = {each["path"]: each for each in found["resources"]}
    assert list(resources) == sorted(FILES)
    assert resources["report.json"]["hash"] == f"sha256:{digest_bytes(DOCUMENT).sha256.hex()}"
    for stage in ROW_STAGES:
        table = resources[f"{stage}.parquet"]
        assert [field["name"] for field in table["schema"]["fields"]] == [name for name, _ in LAYOUTS[stage]]
        assert set(table["schema"]["primaryKey"]) < {name for name, _ in LAYOUTS[stage]}
        assert (table["rows"], table["rows_sha256"]) == tuple(content["stages"][stage][k] for k in ("count", "sha256"))
        assert table["bytes"] == len(stage)
        for field in table["schema"]["fields"]:
            assert field["description"]
            assert field["unit"] or field["name"] in ("app", "account", "token", "kind", "role")


def test_data_package__the_same_bytes__give_the_same_manifest_in_any_order():
    backwards = dict(reversed(FILES.items()))
    assert data_package(REPORT, FILES) == data_package(parse_report(DOCUMENT, "elsewhere"), backwards)


@pytest.mark.parametrize("stage", ROW_STAGES)
def test_column_meanings__of_each_table__say_units(stage):
    amounts = [said for name, said in column_meanings(stage).items() if name in ("amount", "cumulative", "stake")]
    assert all("base units of the token" in said for said in amounts)
