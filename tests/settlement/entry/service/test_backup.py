"""A folder that is no backup, before anything is opened; backups themselves are made and restored in tests/money."""

import json

import pytest

from indexer.words.errors import InputError
from settlement.entry.service.backup import MANIFEST, restore_backup

WHOLE = {"format": "1", "network": {}, "report": {}, "files": {"database/tables.json": "00"}}


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        "7",
        '{"format": "1", "format": "1"}',
        json.dumps(WHOLE | {"files": []}),
        json.dumps(WHOLE | {"files": 7}),
        json.dumps(WHOLE | {"files": {}}),
        json.dumps(WHOLE | {"report": None}),
        "[" * 5000,
        json.dumps(WHOLE)[:-1] + ', "n": ' + "9" * 5000 + "}",
    ],
)
def test_restore_backup__manifest_of_another_shape__is_no_backup(tmp_path, manifest):
    (tmp_path / MANIFEST).write_text(manifest)
    with pytest.raises(InputError, match="this is no backup"):
        restore_backup(None, tmp_path)
