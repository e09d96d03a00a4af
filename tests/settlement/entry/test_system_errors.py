import errno

import pytest

from indexer.words.errors import InputError, RetryLaterError
from settlement.entry.system_errors import operating_system_error


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
