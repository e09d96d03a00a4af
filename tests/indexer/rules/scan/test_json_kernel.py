import subprocess
import sys

import pytest

from indexer.rules.kernels.memory import MARGIN

pytestmark = pytest.mark.slow  # calls compiled kernels

# One page that can be read before one that cannot: a text is laid so that exactly `margin` zero bytes stand behind it.
GUARDED = """
import ctypes, mmap, sys
from indexer.rules.scan import json_kernel as kernel
margin = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
page, target = mmap.PAGESIZE, ctypes.create_string_buffer(4096)
base = libc.mmap(None, 2 * page, 3, 0x22, -1, 0)
assert libc.mprotect(base + page, page, 0) == 0
out = ctypes.addressof(target)
whole = {
    kernel.read_word: b'"0x' + b"a" * 64 + b'"',
    kernel.read_address: b'"0x' + b"a" * 40 + b'"',
    kernel.read_bloom: b'"0x' + b"a" * 512 + b'"',
    kernel.read_bytes: b'"0x' + b"a" * 130 + b'"',
}
alone = {
    kernel.skip_value: b'{"a": [1, true, false, null, "text"], "b": {"c": "0x12"}}',
    kernel.skip_string: b'"' + b"a" * 70 + b'"',
    kernel.read_number: b'"0x123456789abcdef0"',
    kernel.find_result: b'{"jsonrpc": "2.0", "error": null, "id": 0, "result": []}',
    kernel.read_id: b'"id": 123456',
}
def place(text):
    at = base + page - margin - len(text)
    ctypes.memset(base, 0, page)
    ctypes.memmove(at, text, len(text))
    return at
for function, text in whole.items():
    for size in range(len(text) + 1):
        function(place(text[:size]), out)
for function, text in alone.items():
    for size in range(len(text) + 1):
        function(place(text[:size]))
"""


def scan_with_margin(margin):
    return subprocess.run([sys.executable, "-c", GUARDED, str(margin)], capture_output=True, text=True)


def test_kernels__texts_cut_anywhere_before_a_page_that_cannot_be_read__stay_within_the_margin():
    assert scan_with_margin(MARGIN).returncode == 0


def test_kernels__one_byte_less_than_the_margin__is_too_few():
    assert scan_with_margin(MARGIN - 1).returncode == -11
