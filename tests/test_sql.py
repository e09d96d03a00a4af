"""What holds for every SQL file."""

import re
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parent.parent / "sql").rglob("*.sql"))
COMMENT_OR_TEXT = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", re.DOTALL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_sql__every_file__divides_nothing(path):
    code = COMMENT_OR_TEXT.sub(" ", path.read_text())
    assert "/" not in code
    assert not re.search(r"\b(divide|fdiv|round|trunc|floor|ceil|avg|mean|DOUBLE|FLOAT|REAL)\b", code, re.IGNORECASE)
