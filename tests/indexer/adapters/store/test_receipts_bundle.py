"""What a bundle of receipts is written over; what is in one is told by the audits that read it."""

import os

import pytest

from indexer.adapters.store.receipts_bundle import BundleWriter
from indexer.words.errors import InputError


@pytest.mark.parametrize(("make", "got"), [(os.mkdir, "a folder"), (os.mkfifo, "a pipe or a device")])
def test_bundle_writer__what_is_no_file__is_left_where_it_is(tmp_path, make, got):
    make(tmp_path / "bundle")
    with pytest.raises(InputError, match="cannot be written") as raised:
        BundleWriter(tmp_path / "bundle")
    assert raised.value.got == got
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    assert not (tmp_path / "bundle").is_file()


def test_bundle_writer__a_file_that_is_there__is_replaced_when_the_bundle_is_whole(tmp_path):
    (tmp_path / "bundle").write_text("old")
    writer = BundleWriter(tmp_path / "bundle")
    assert (tmp_path / "bundle").read_text() == "old"
    writer.finish()
    assert (tmp_path / "bundle").read_bytes()[:2] == b"PK"
