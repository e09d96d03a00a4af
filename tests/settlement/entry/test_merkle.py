"""Files of leaves as people export them, and what is wrong with others."""

import pytest

from indexer.words.errors import InputError
from settlement.entry.commands.epochs.merkle import read_rows

ACCOUNT, TOKEN = "0x" + "11" * 20, "0x" + "22" * 20
ROW = f"{ACCOUNT},{TOKEN},5"


@pytest.mark.parametrize(
    "content",
    [
        ROW,
        f"\ufeffaccount,token,cumulative\r\n{ROW}\r\n\r\n",
        f" Account , TOKEN, cumulative\n {ACCOUNT} ,{TOKEN}, 5 \n",
        f'"{ACCOUNT}","{TOKEN}","5"\n',
    ],
)
def test_read_rows__as_programs_write_them__are_the_same(content, tmp_path):
    file = tmp_path / "leaves.csv"
    file.write_text(content, newline="")
    assert list(read_rows(file)) == [(b"\x11" * 20, b"\x22" * 20, 5)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"{ROW},6".encode(), "wrong number of fields, expected account,token,cumulative"),
        (ROW.replace(",", ";").encode(), "wrong number of fields"),
        (f"{ACCOUNT},{TOKEN},1e3".encode(), "not an amount, expected a decimal uint256, got '1e3'"),
        (f"{ACCOUNT},{TOKEN},-5".encode(), "not an amount"),
        (f"{ACCOUNT},{TOKEN},{2**256}".encode(), "not an amount"),
        (f"{ACCOUNT},0x{'2' * 38} 22,5".encode(), "not an address"),
        (b"Account,Token,Amount\n" + ROW.encode(), "not an address"),
        (ROW.encode("utf-16"), "the file is not CSV"),
        (b"\0", "wrong number of fields"),
    ],
)
def test_read_rows__anything_else__names_the_line(content, said, tmp_path):
    file = tmp_path / "leaves.csv"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        list(read_rows(file))
    assert said in caught.value.line()
    assert "leaves.csv" in caught.value.line()
