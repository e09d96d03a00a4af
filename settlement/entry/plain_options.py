"""Values of options that are what they were typed as, taken so: typer imports pydantic to convert one, 0.05 CPU s.

Whatever is not plainly right is left to typer, and so are its words for what is wrong.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from typer.core import TyperCommand, TyperGroup


class PlainCommand(TyperCommand):
    """A command that takes the plain values of its options as they are."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line into the context."""
        take_plainly(self.get_params(ctx), getattr(self.callback, "__annotations__", {}))
        return super().parse_args(ctx, args)


class PlainGroup(TyperGroup):
    """Commands under one name, whose own options are taken likewise."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the command line into the context."""
        take_plainly(self.get_params(ctx), getattr(self.callback, "__annotations__", {}))
        return super().parse_args(ctx, args)


def take_plainly(options: list[Any], annotations: Mapping[str, Any]) -> None:
    """Let options take plain values as they are, and typer all others; `annotations` are those of the command."""
    for option in options:
        if not option.multiple and option.nargs == 1:
            _take_plainly(option, get_args(annotations.get(option.name)))


def _take_plainly(option: Any, described: tuple[Any, ...]) -> None:
    """Let one option do so; it is described by its type, and by what typer is told of it."""
    kind, by_typer = described[0] if described and described[-1].parser is None else None, option.process_value

    def process_value(ctx: Any, value: Any) -> Any:
        if value is None and not option.required:
            return None if option.callback is None else option.callback(ctx, option, None)
        if option.callback is None and kind in (str, str | None) and _is_plain(value):
            return value
        if option.callback is None and kind is Path and _asks_little(described[-1]) and _is_usable(value):
            return Path(value)
        return by_typer(ctx, value)

    option.process_value = process_value


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and value != "" and value.isascii()


def _asks_little(told: Any) -> bool:
    """Return whether a path is asked for no more than that it can be read where it is there."""
    is_any = told.file_okay and told.dir_okay and told.readable and told.path_type is None
    return is_any and not (told.exists or told.writable or told.resolve_path or told.allow_dash)


def _is_usable(value: Any) -> bool:
    return (isinstance(value, Path) or _is_plain(value)) and (not os.path.exists(value) or os.access(value, os.R_OK))
