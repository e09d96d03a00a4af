import threading

from indexer.rules.kernels.memory import MARGIN
from indexer.rules.scan.body import body_of, empty_body, scratch


def test_body_of__bytes__the_same_with_zeros_behind():
    body = body_of(b"abc")
    assert len(body) == 3
    assert body.copied() == b"abc"
    assert not body.buffer[3:].any()
    assert len(body.buffer) >= 3 + MARGIN


def test_empty_body__after_a_longer_one__zeros_behind_the_shorter():
    empty_body(5000).view()[:] = b"x" * 5000
    body = empty_body(10)
    body.view()[:] = b"y" * 10
    assert body.copied() == b"y" * 10
    assert not body.buffer[10:].any()


def test_copied__another_answer_later__is_a_value_of_its_own():
    kept = body_of(b"first").copied()
    body_of(b"other")
    assert kept == b"first"


def test_scratch__two_threads__two_buffers():
    mine, theirs = scratch("probe", (4,), int), []
    thread = threading.Thread(target=lambda: theirs.append(scratch("probe", (4,), int)))
    thread.start()
    thread.join()
    assert mine.ctypes.data != theirs[0].ctypes.data


def test_scratch__asked_for_less__the_same_memory():
    assert scratch("kept", (100, 2), float).ctypes.data == scratch("kept", (50, 2), float).ctypes.data
