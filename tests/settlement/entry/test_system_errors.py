import errno
from pathlib import Path

import pytest

from indexer.words.errors import InputError, RetryLaterError
from settlement.entry.system_errors import made_data_dir, operating_system_error


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EACCES, InputError),
        (errno.ENOENT, InputError),
        (errno.ENOTDIR, InputError),
        (errno.ENAMETOOLONG, InputError),
        (errno.ENOSPC, RetryLaterError),
        (errno.EMFILE, RetryLaterError),
    ],
)
def test_operating_system_error__kinds__by_what_to_do(number, kind):
    error = operating_system_error(OSError(number, "said so", b"/a/file"))
    assert isinstance(error, kind)
    assert error.line() == "the operating system refuses, got said so, at /a/file"


def test_made_data_dir__a_folder__is_there(tmp_path):
    assert made_data_dir(tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize(
    ("name", "got"), [("file", "a file"), ("file/below", "Not a directory"), ("x" * 300, "too long")]
)
def test_made_data_dir__what_can_be_no_folder__names_the_setting(tmp_path: Path, name, got):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"store\.data_dir") as raised:
        made_data_dir(tmp_path / name)
    assert got in raised.value.got
