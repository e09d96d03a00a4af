import pytest

from indexer.rules.consensus.address_checksum import checksum_address, read_address

KNOWN = ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"]


@pytest.mark.parametrize("text", KNOWN)
def test_checksum_address__examples_of_the_standard__are_as_it_writes_them(text):
    assert checksum_address(bytes.fromhex(text[2:])) == text


@pytest.mark.parametrize("text", KNOWN)
def test_read_address__checksum_or_one_case__is_read(text):
    for typed in (text, text.lower(), "0x" + text[2:].upper(), text.upper()):
        assert read_address(typed) == bytes.fromhex(text[2:])


def test_read_address__wrong_checksum__says_the_right_one():
    with pytest.raises(ValueError, match=f"EIP-55 checksum {KNOWN[0]}"):
        read_address(KNOWN[0].replace("aA", "Aa"))


@pytest.mark.parametrize(
    "text",
    [
        *("", "0x", "11" * 20, "0x" + "11" * 19, "0x" + "11" * 21, "0x" + "11" * 19 + "  ", "0x" + "11 " * 13 + "1"),
        *("0x" + "\u0661" * 40, " 0x" + "11" * 20, "0x" + "11" * 20 + "\n", "0x" + "1_" * 20),
    ],
)
def test_read_address__anything_else__says_what_is_expected(text):
    with pytest.raises(ValueError, match="an address: 0x and 40 hex digits"):
        read_address(text)
