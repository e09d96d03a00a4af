import io
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from indexer.words.errors import InputError
from settlement.entry.cli import run
from settlement.entry.commands.epochs.allocate import load_document

DOCUMENT = Path(__file__).parents[3] / "docs" / "allocate.md"
INPUT = re.search(r"```json\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)[1]


def stdin_of(text):
    return SimpleNamespace(buffer=io.BytesIO(text.encode()))


def test_allocate__example_of_the_documentation__is_read_from_a_file_and_from_stdin(tmp_path, monkeypatch, capsys):
    (tmp_path / "input.json").write_text("\ufeff" + INPUT, encoding="utf-8")
    assert run(["allocate", str(tmp_path / "input.json")]) == 0
    first = capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", stdin_of(INPUT))
    assert run(["allocate", "-"]) == 0
    assert capsys.readouterr().out == first
    output = json.loads(first)
    assert sum(int(row["amount"]) for row in output["amounts"]) == int(output["distributed"]) > 0
    assert [row["role"] for row in output["amounts"]] == ["miner", "user"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"pool": "1", "pool": "2"}', "the name 'pool' stands twice"),
        ('[{"input": {"apps": [{"app": 1, "app": 2}]}}]', "the name 'app' stands twice"),
        ('{"pool": NaN}', "NaN is no number of JSON"),
        ('{"pool": ' + "9" * 5000 + "}", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("", "not JSON"),
        ("\udcff", "not JSON"),
    ],
)
def test_load_document__what_json_does_not_settle__is_refused_with_its_place(text, words, tmp_path):
    path = tmp_path / "in.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=words) as caught:
        load_document(path)
    assert str(path) in caught.value.line()


def test_load_document__stdin_that_is_no_json__says_stdin(monkeypatch):
    monkeypatch.setattr("sys.stdin", stdin_of("{"))
    with pytest.raises(InputError, match="at stdin"):
        load_document(Path("-"))
