import numpy as np
import pytest

from indexer.rules.kernels.memory import MARGIN
from indexer.rules.scan.field_names import field, is_named

pytestmark = pytest.mark.slow  # calls compiled kernels


def address_of(text):
    buffer = np.frombuffer(text + bytes(MARGIN), dtype=np.uint8).copy()
    return buffer, int(buffer.ctypes.data)


NAMES = ["id", "logs", "address", "logsBloom", "blockNumber", "transactionHash", "cumulativeGasUsed"]


@pytest.mark.parametrize("name", [*NAMES, "depositReceiptVersion"])
def test_is_named__the_name_changed_in_any_one_byte_or_longer__is_another(name):
    whole = f'{name}"'.encode()
    known = field(name)
    assert known.length == len(whole)
    _keep, at = address_of(whole)
    assert is_named(at, known)
    for place in range(len(whole)):
        _keep, at = address_of(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert not is_named(at, known)
    for other in (f'{name}s"', f'x{name}"', name[:-1] + '"'):
        _keep, at = address_of(other.encode())
        assert not is_named(at, known)


@pytest.mark.parametrize("name", ["", "a" * 24])
def test_field__a_name_that_three_words_do_not_hold__is_refused(name):
    with pytest.raises(ValueError, match="1 to 23"):
        field(name)
