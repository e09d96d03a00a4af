"""The memory contract of kernels that read and write by address (docs/kernels.md)."""

MARGIN = 64
"""Zero bytes that stand behind every text a kernel reads. A zero is in no value: reading stops at the first.
The widest load takes this many bytes and may begin where the text ends."""
AHEAD = 32
"""Bytes that `read_bytes` may write behind what the text holds, before it knows how much that is."""
