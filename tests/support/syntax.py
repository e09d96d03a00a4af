"""The syntax trees of our modules, for the tests that hold how these are built."""

import ast
import gc
from functools import cache
from pathlib import Path


@cache
def syntax_of(path: Path) -> ast.Module:
    """Return the tree of a module; each is read once in a process and shared by all who ask: do not alter it.

    While it is built the collector rests: what a collected object runs may build another tree in the middle of this
    one, and Python before 3.11.9 then counts wrong and raises SystemError (python/cpython issue 106905).
    """
    text = path.read_text()
    was_on = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        if was_on:
            gc.enable()
