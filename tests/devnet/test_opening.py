import hashlib

import pytest

from deploy.wiring.opening import encode_opening, read_opening
from indexer.words.errors import InputError

TOKEN, OTHER = "0x" + "11" * 20, "0x" + "02" * 20
ALICE, BOB = "0x" + "0a" * 20, "0x" + "0b" * 20


def test_read_opening__file_that_was_encoded__sums_by_token(tmp_path):
    path = tmp_path / "opening.bin"
    path.write_bytes(encode_opening([(TOKEN, BOB, 5), (OTHER, ALICE, 2**250), (TOKEN, ALICE, 70)]))
    found = read_opening(path)
    assert found.sums == ((OTHER, 2**250), (TOKEN, 75))
    assert found.sha256 == hashlib.sha256(path.read_bytes()).digest()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        bytes(71),
        encode_opening([(TOKEN, ALICE, 1)]) + b"\0",
        encode_opening([(TOKEN, ALICE, 0)]),
        encode_opening([(TOKEN, ALICE, 1), (TOKEN, ALICE, 2)]),
        encode_opening([(TOKEN, ALICE, 1)]) + encode_opening([(OTHER, ALICE, 1)]),
    ],
    ids=["empty", "short", "a byte more", "nothing owed", "twice", "not ascending"],
)
def test_read_opening__malformed__is_refused(tmp_path, content):
    path = tmp_path / "opening.bin"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a file of opening balances"):
        read_opening(path)


def test_read_opening__no_file__is_refused(tmp_path):
    with pytest.raises(InputError, match="unreadable file of opening balances"):
        read_opening(tmp_path / "opening.bin")
