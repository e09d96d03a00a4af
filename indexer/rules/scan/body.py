"""The bytes of an answer and a thread's other buffers, kept from one answer to the next.

Memory that is asked for anew has to be zeroed page by page, which costs more than scanning it.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer.rules.columns.arrays import U8
from indexer.rules.kernels.memory import MARGIN

_buffers = threading.local()


@dataclass(frozen=True, slots=True)
class Body:
    """An answer of `size` bytes in its thread's own buffer, zeros behind it: good until that thread's next answer."""

    buffer: U8
    size: int

    def __len__(self) -> int:
        return self.size

    @property
    def address(self) -> int:
        """Where the text begins."""
        return int(self.buffer.ctypes.data)

    def view(self) -> memoryview:
        """Return the bytes to be written to."""
        return self.buffer.data[: self.size]

    def copied(self) -> bytes:
        """Return the bytes as a value of their own."""
        return self.buffer[: self.size].tobytes()


def empty_body(size: int) -> Body:
    """Return room for an answer of `size` bytes; what it holds is not known."""
    buffer = scratch("body", (size + MARGIN,), np.uint8)
    buffer[size:] = 0
    return Body(buffer, size)


def body_of(data: bytes) -> Body:
    """Return an answer that was read otherwise."""
    body = empty_body(len(data))
    body.view()[:] = data
    return body


def scratch(name: str, shape: tuple[int, ...], kind: type[np.generic]) -> NDArray[Any]:
    """Return an array of this thread's buffer of that name."""
    held: NDArray[Any] | None = getattr(_buffers, name, None)
    if held is None or len(held) < shape[0]:
        held = np.empty((shape[0] + shape[0] // 4, *shape[1:]), dtype=kind)
        setattr(_buffers, name, held)
    return held[: shape[0]]
