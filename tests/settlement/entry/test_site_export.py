"""An export is what the API answers, as files: claims and checks outlive their operator."""

import hashlib
import json
import re

import pytest

from indexer.words.errors import InputError
from settlement.entry.site_export import MANIFEST, export_site
from settlement.rules.entitlements.merkle import is_proven, leaf_hash
from tests.settlement.entry.http.conftest import client, served_settings, store

__all__ = ["client", "served_settings", "store"]
pytestmark = [pytest.mark.chain, pytest.mark.database]


def test_export_site__of_a_devnet__holds_proofs_of_every_leaf_and_what_the_api_says(client, store, tmp_path):
    target = tmp_path / "site"
    manifest = export_site(store, target)
    assert json.loads((target / MANIFEST).read_text()) == manifest
    for path, said in manifest["files"].items():
        content = (target / path).read_bytes()
        assert (len(content), "0x" + hashlib.sha256(content).hexdigest()) == (said["bytes"], said["sha256"])
    report = client.get("/v1/epochs/1/report.json").content
    assert (target / "v1" / "epochs" / "1" / "report.json").read_bytes() == report
    assert json.loads((target / "v1" / "epochs.json").read_bytes()) == client.get("/v1/epochs?limit=500").json()
    leaves = 0
    for place in sorted((target / "v1" / "proofs").iterdir()):
        document = json.loads(place.read_bytes())
        for account, rows in document["accounts"].items():
            assert account[2:4] == place.stem
            for row in rows:
                leaf = leaf_hash(*(bytes.fromhex(text[2:]) for text in (account, row["token"])), int(row["cumulative"]))
                proof = [bytes.fromhex(node[2:]) for node in row["proof"]]
                assert is_proven(bytes.fromhex(document["root"][2:]), leaf, proof)
                leaves += 1
    assert leaves == len(store.artifacts.load_epoch(store.journal.last_epoch()).load_leaves())
    export_site(store, target)  # over an older one
    for page in sorted(target.glob("**/*.html")):  # none where the page was not built
        text = page.read_text()
        assert 'data-source="static"' in text
        assert all((page.parent / path).exists() for path in re.findall(r'href="([^":]+?\.[a-z]+)"', text)), page


def test_export_site__folder_of_something_else__is_refused(store, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(InputError, match="not a folder for an export"):
        export_site(store, tmp_path)
