import os
from pathlib import Path

import pytest

from indexer.words.errors import InputError
from settlement.entry.cli import run
from settlement.entry.configuration.input_files import open_text, read_input


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/full", "/dev/null"])
def test_read_input__device__is_refused_before_it_is_read(device):
    with pytest.raises(InputError, match="got a device"):
        read_input(Path(device), 10)


@pytest.mark.parametrize(
    "arguments",
    [
        ["allocate"],
        ["merkle"],
        ["settle", "--config"],
        ["query", "epochs", "--config"],
        ["evidence", "verify", "--rpc", "x"],
    ],
)
def test_commands__endless_device__is_refused(arguments, capsys):
    assert run([*arguments, "/dev/zero"]) == 2
    assert "got a device" in capsys.readouterr().err


def test_evidence_verify__brackets_without_end__is_refused(tmp_path, capsys):
    (tmp_path / "deep.json").write_bytes(b"[" * 1_000_000)
    assert run(["evidence", "verify", str(tmp_path / "deep.json"), "--rpc", "http://127.0.0.1:9"]) == 2
    assert "nested more than 200 deep" in capsys.readouterr().err


def test_read_input__longer_than_it_may_be__is_refused(tmp_path):
    (tmp_path / "long").write_bytes(b"x" * 11)
    with pytest.raises(InputError, match="at most 10 bytes"):
        read_input(tmp_path / "long", 10)
    assert read_input(tmp_path / "long", 11) == b"x" * 11


def test_read_input__pipe__is_read():
    reading, writing = os.pipe()
    os.write(writing, b"abc")
    os.close(writing)
    assert read_input(Path(f"/dev/fd/{reading}"), 10) == b"abc"
    os.close(reading)


def test_open_text__byte_order_mark__is_no_part_of_the_text(tmp_path):
    (tmp_path / "text").write_bytes(b"\xef\xbb\xbfa\r\n")
    with open_text(tmp_path / "text") as file:
        assert file.read() == "a\r\n"
