"""Every path, make target and command line that a document names exists."""

import re
from pathlib import Path

import pytest
import typer

from settlement.entry.cli import make_app

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md"))
    if "node_modules" not in path.parts
)
TOPS = ("indexer", "settlement", "sql", "tests", "deploy", "docs", "benchmarks", "pozk")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(rf"^(?:{'|'.join(TOPS)})/[\w./*{{}},-]*$")
FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
HISTORY = {"CHANGELOG.md"}
"""Tells what was; paths in it may be gone."""
PROMISES = {"docs/specification.md"}
"""Tells what the product is to be; a command in it may be still to come."""


def commands(click, prefix=()):
    """Every command and sub-command by its words, with its options."""
    found = {prefix: {name for each in click.params for name in (*each.opts, *each.secondary_opts)} | {"--help", "-h"}}
    for name, each in getattr(click, "commands", {}).items():
        found |= commands(each, (*prefix, name))
    return found


COMMANDS = commands(typer.main.get_command(make_app()))
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def code_of(path):
    """The pieces of code in a document: between backticks, and the lines of blocks."""
    text = path.read_text()
    blocks = [line for block in FENCE.findall(text) for line in block.splitlines()]
    return CODE.findall(FENCE.sub("", text)) + blocks


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_documents__paths_that_they_name__exist(path):
    if path.name in HISTORY:
        return
    for code in code_of(path):
        if PATH.match(code) and "NNNN" not in code and "__pycache__" not in code:
            for each in expand(code.rstrip("/")):
                assert list(ROOT.glob(each)), f"{path.name} names {code}"


def expand(text):
    """`a/{b,c}.py` as two paths."""
    inner = re.search(r"\{([^}]*)\}", text)
    if inner is None:
        return [text]
    return [text[: inner.start()] + each.strip() + text[inner.end() :] for each in inner[1].split(",")]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_documents__make_targets_that_they_name__exist(path):
    for code in code_of(path):
        for target in re.findall(r"^(?:\$ )?make ([a-z][a-z0-9-]*)", code):
            assert target in TARGETS, f"{path.name} names make {target}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_documents__commands_and_options_that_they_name__exist(path):
    if path.relative_to(ROOT).as_posix() in PROMISES:
        return
    for code in code_of(path):
        for line in re.findall(r"(?:^|[;&(] *|/)pozk ([a-z][^|;&)#`]*)", code):
            words = line.split()
            known = max((name for name in COMMANDS if tuple(words[: len(name)]) == name), key=len)
            assert known, f"{path.name} names pozk {line}"
            options = {re.split(r"[=\]]", word)[0].strip("[],.") for word in words if re.match(r"\[?--[a-z]", word)}
            assert options <= COMMANDS[known], f"{path.name} names pozk {line}: {sorted(options - COMMANDS[known])}"
