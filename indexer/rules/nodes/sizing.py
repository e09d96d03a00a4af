"""How many blocks to ask for at a time: fewer after a refusal or a large answer, more after small ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

TARGET_LOGS = 8_000  # about 7 MB of JSON


@dataclass(frozen=True, slots=True)
class RangeSize:
    """The number of blocks to ask for, at most `most`; `ceiling` is what a node named as its limit."""

    blocks: int
    most: int
    ceiling: int | None = None


def after_refusal(size: RangeSize, asked: int, named: int | None) -> RangeSize:
    """Return the size after a node refused `asked` blocks and named a limit or none: the limit, else the half."""
    blocks = named if named is not None and named < asked else asked // 2
    blocks = max(1, min(size.blocks, blocks))
    return replace(size, blocks=blocks, ceiling=blocks if named is not None else size.ceiling)


def after_answer(size: RangeSize, asked: int, logs: int) -> RangeSize:
    """Return the size after `asked` blocks gave `logs` logs: towards the target, at most doubled, within the limit."""
    fitting = asked * TARGET_LOGS // max(logs, 1)
    blocks = min(2 * size.blocks, max(1, fitting), size.most, size.ceiling or size.most)
    if asked < size.blocks and blocks > size.blocks:
        return size  # a small remainder says nothing about a full range
    return replace(size, blocks=max(1, blocks))


_CALM_ANSWERS = 20


@dataclass(frozen=True, slots=True)
class BatchSize:
    """How many calls to put into one request, at most `most`; `answered` counts answers since the last change."""

    calls: int
    most: int
    answered: int = 0


def batch_after_refusal(size: BatchSize, asked: int) -> BatchSize:
    """Return the size after a node refused a batch of `asked` calls: a quarter of that."""
    return BatchSize(max(1, asked // 4), size.most)


def batch_after_answer(size: BatchSize) -> BatchSize:
    """Return the size after an answer: doubled after every 20, for one bad answer must not slow us down for good."""
    if size.answered + 1 < _CALM_ANSWERS or size.calls == size.most:
        return replace(size, answered=min(size.answered + 1, _CALM_ANSWERS))
    return BatchSize(min(size.most, 2 * size.calls), size.most)
