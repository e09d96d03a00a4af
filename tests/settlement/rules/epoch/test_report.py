import pytest

from settlement.rules.epoch.report import encode_canonical, hash_report


def test_encode_canonical__nested_document__is_sorted_ascii_without_spaces():
    assert encode_canonical({"b": [{"z": "1", "a": "é"}], "a": {}}) == b'{"a":{},"b":[{"a":"\\u00e9","z":"1"}]}'


@pytest.mark.parametrize("value", [1, 1.5, None, True, [2], {"x": 3}])
def test_encode_canonical__anything_but_strings__is_refused(value):
    with pytest.raises(TypeError):
        encode_canonical({"key": value})


def test_hash_report__known_bytes__is_keccak256():
    assert hash_report(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
