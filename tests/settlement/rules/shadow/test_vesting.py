import pytest

from indexer.words.errors import InputError
from settlement.rules.shadow.vesting import VestingAmount, read_vesting

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
