import pytest

from indexer.words.errors import InputError
from settlement.rules.shadow.vesting import VestingAmount, amount_after, read_transactions, read_vesting

HEAD = "block,account,amount,end\n"
ROW = "5,0x00000000000000000000000000000000000000a1,70,0\n"


def test_read_vesting__rows__as_written():
    assert read_vesting((HEAD + ROW + "\n").encode(), "f") == [VestingAmount(5, bytes(19) + b"\xa1", 70, 0)]
    assert read_vesting(HEAD.encode(), "f") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "another head"),
        ("a,b\n", "another head"),
        (HEAD + "5,0xa1,70,0\n", "account is malformed.*line 2"),
        (HEAD + ROW + ROW.replace("70", "-7"), "amount is malformed.*line 3"),
        (HEAD + ROW.replace("70", "1" * 39), "amount is malformed"),
        (HEAD + "5\n", "a line is malformed"),
        (HEAD.encode() + b"\xff", "no text"),
    ],
)
def test_read_vesting__malformed__names_the_line(text, said):
    with pytest.raises(InputError, match=said):
        read_vesting(text if isinstance(text, bytes) else text.encode(), "f")


def test_read_transactions__hashes__each_once_and_none_for_amounts():
    name = "0x" + "aB" * 32
    assert read_transactions(f"transaction\n{name}\n\n{name.lower()}\n".encode(), "f") == [name.lower()]
    assert read_transactions((HEAD + ROW).encode(), "f") is None
    with pytest.raises(InputError, match=r"a transaction is malformed.*line 2"):
        read_transactions(b"transaction\n0x12\n", "f")


def test_amount_after__rows__the_last_until_its_end():
    rows = [VestingAmount(5, b"a", 7, 0), VestingAmount(6, b"b", 8, 0), VestingAmount(9, b"a", 3, 50)]
    assert [amount_after(rows, b"a", now) for now in (49, 50)] == [3, 0]
    assert (amount_after(rows, b"b", 99), amount_after(rows, b"c", 0)) == (8, 0)
