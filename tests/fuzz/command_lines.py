"""Command lines, configurations and environments as people, scripts and accidents write them: by a seed, for a fuzz.

The commands and their options are read from the application itself, so that a new one is tried without a line here.
"""

import json
import random
from dataclasses import dataclass, field

import typer

from settlement.entry.cli import make_app
from settlement.entry.configuration.config import KEYS

ENDLESS = {"serve", "run", "watch", "devnet"}
"""Commands that go on for ever, or start a chain, where nothing is wrong: they get something wrong."""
ENDLESS_OPTIONS = {"--follow"}
NEVER = {"--install-completion", "--show-completion", "--force"}
"""Options that write into the home of whoever runs the fuzz, or replace the configuration."""
WORDS = (
    *(
        "",
        "0",
        "1",
        "2",
        "3",
        "-1",
        "99",
        "1.5",
        "1e3",
        "nan",
        "x",
        "\u0661",
        "2" * 30,
        str(2**40),
        str(2**63),
        str(2**64),
    ),
    *(
        "0x",
        "0x" + "11" * 20,
        "0x" + "aB" * 20,
        "0x" + "00" * 20,
        "0x" + "22" * 19 + "  ",
        "0X" + "FF" * 20,
        "0x" + "3" * 64,
    ),
    *("--", "-", "[red]", ":x:", "\x1b[31m", "漢字", "a\u202eb", "\udcff", "%s", "{}", "$(id)", "'; --", "a" * 5000),
    *("5000,5000,5000,5000", "1,2,3", "a,b,c,d", "paper-v1", "paper-v2", "rollover", "normalize", "a", "table", "csv"),
    *(
        "0x" + "11" * 20 + ":0x" + "22" * 20 + ":miner=5",
        "0x" + "11" * 20 + ":0x" + "22" * 20 + "=7",
        "omit=2",
        "foo=1",
    ),
)
FILES = {
    "rows.csv": "account,token,cumulative\n0x" + "11" * 20 + ",0x" + "22" * 20 + ",5\n\n",
    "odd.csv": "\ufeffa,b\n1,2,3,4\n",
    "empty": "",
    "list.json": "[]",
    "object.json": '{"ruleset": "paper-v1", "ruleset": "x"}',
    "deep.json": "[" * 100_000,
    "huge.json": '{"pool": ' + "9" * 5000 + "}",
    "nan.json": '{"pool": NaN}',
}
PATHS = (*FILES, "bytes", "folder", "none/below", "/dev/null", "/dev/full", "rows.csv/below", "n" * 300, "-")
STATEMENTS = (
    *(
        "epochs",
        "claims",
        "quarantine",
        "nonsense",
        "SELECT 1 AS n",
        "SELECT 1 AS n, 2 AS n",
        "SELEC 1",
        "SELECT",
        ";",
        "''",
    ),
    *("SELECT * FROM lake.blocks LIMIT 3", "SELECT nothing FROM lake.blocks", "SELECT * FROM settled_leaves LIMIT 2"),
    *("DROP TABLE lake.blocks", "DELETE FROM lake.blocks", "SELECT 'nan'::DOUBLE AS a, [1] AS b", "SELECT 1/0 AS n"),
    *(
        "SELECT '\x1b[31m' AS \"[b]\"",
        "SELECT 1 AS n WHERE false",
        "SELECT 170141183460469231731687303715884105728",
        "-- x",
    ),
    *("SELECT error('boom')", "SELECT $p", "CREATE TABLE t (n int)", "BEGIN", "EXPLAIN SELECT 1", "SELECT 1; SELECT 2"),
    *(
        "SELECT CAST('x' AS INTEGER)",
        "COPY (SELECT 1) TO '/none/x'",
        "ATTACH '/none/x.db'",
        "SET threads = 0",
        "CALL none()",
    ),
)
VALUES = (
    *(
        "1",
        "-1",
        "0",
        '""',
        '"x"',
        "[]",
        "{}",
        "true",
        "1.5",
        "nan",
        "1979-05-27",
        "9" * 40,
        "0x" + "f" * 100,
        '"\\u0000"',
    ),
    *(
        '"http://127.0.0.1:1"',
        '["http://127.0.0.1:1", 7]',
        '"http://127.0.0.1:99999"',
        '"ws://x"',
        '"none"',
        '"receipts"',
    ),
    *(
        '"0x' + "11" * 20 + '"',
        '"0x' + "aB" * 20 + '"',
        '[{address = "0x' + "11" * 20 + '"}]',
        '"quorum:2"',
        '"/dev/null/x"',
    ),
    *(
        '"postgresql://nobody:pw@127.0.0.1:1/none"',
        '"mysql://x"',
        '"paper-v9"',
        '"normalize"',
        '"a b"',
        '"' + "p" * 300 + '"',
    ),
)


@dataclass
class Case:
    """One command as it is typed, the bytes of its configuration (None: no file), and what is set around it."""

    arguments: list[str]
    config: bytes | None
    environment: dict[str, str] = field(default_factory=dict)


def draw_case(rng: random.Random, config: str) -> Case:
    """Return a case; about half of the configurations and environments are as they should be."""
    return Case(_draw_arguments(rng), _draw_config(rng, config), _draw_environment(rng))


def _commands():
    """Return the words of each command and its parameters."""
    found, waiting = [], [([], typer.main.get_command(make_app()))]
    while waiting:
        words, command = waiting.pop()
        inner = getattr(command, "commands", {})
        waiting += [([*words, name], inner[name]) for name in sorted(inner)]
        if not inner:
            found.append((words, command.params))
    return sorted(found, key=lambda entry: entry[0])


COMMANDS = _commands()


def _draw_arguments(rng):
    if rng.random() < 0.03:
        return rng.choices([*WORDS, "--version", "-h", "--json", "settle", "bundle"], k=rng.randrange(4))
    words, parameters = rng.choice(COMMANDS)
    arguments = list(words)
    for parameter in parameters:
        arguments += _draw_parameter(rng, parameter)
    if rng.random() < 0.4:
        arguments.append("--json")
    if rng.random() < 0.05:
        arguments.insert(rng.randrange(1, len(arguments) + 1), rng.choice(["--nonsense", "-x", *WORDS]))
    if words[0] in ENDLESS or ENDLESS_OPTIONS & set(arguments):
        arguments.append(rng.choice(["--nonsense", "--epochs=1", "--port=99999"]))
    return arguments


def _draw_parameter(rng, parameter):
    if not parameter.opts[0].startswith("-"):
        count = rng.choices((0, 1, 2), (1, 20, 1))[0]
        return [_draw_value(rng, parameter.name) for _ in range(count)]
    option = rng.choice(parameter.opts)
    if option in ("--json", "--config", *NEVER) or rng.random() > (0.6 if parameter.required else 0.15):
        return []
    return [option] if parameter.is_flag else [option, _draw_value(rng, parameter.name)]


def _draw_value(rng, name):
    if rng.random() < 0.15:
        return rng.choice(WORDS)
    if name == "statement":
        return rng.choice(STATEMENTS)
    if name in ("file", "out", "plot", "export", "receipts", "place", "before", "bundle", "to"):
        return rng.choice(PATHS)
    return rng.choice(WORDS)


def _draw_config(rng, config):
    if rng.random() < 0.5:
        return config.encode()
    if rng.random() < 0.1:
        return rng.choice([None, b"", b"\xff\xfe\x00", b"\xef\xbb\xbf" + config.encode(), rng.randbytes(200)])
    lines = config.splitlines()
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(lines))
        key = lines[at].split("=")[0].strip() if "=" in lines[at] else rng.choice(["chain_idd", "[chian]", "["])
        lines[at : at + 1] = rng.choice([[], [lines[at]] * 2, [f"{key} = {rng.choice(VALUES)}"], [lines[at][:-2]]])
    return "\n".join(lines).encode()


def _draw_environment(rng):
    found = {}
    while rng.random() < 0.25:
        section = rng.choice(sorted(KEYS))
        name = rng.choice([*sorted(KEYS[section]), "rcp", "private_key_file"])
        found[f"POZK_{section}_{name}".upper()] = rng.choice(VALUES).strip('"')
    if rng.random() < 0.2:
        found[rng.choice(["POZK_X", "COLUMNS", "LANG", "NO_COLOR", "TZ", "POZK_CONFIG"])] = rng.choice(
            ["", "1", "x", "folder"]
        )
    if found.get("POZK_STORE_DATABASE_URL") == "":
        del found["POZK_STORE_DATABASE_URL"]  # an embedded server takes seconds to create
    return {name: value for name, value in found.items() if "\0" not in value}


def write_files(folder):
    """Write the files that the command lines name."""
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "bytes").write_bytes(bytes(range(256)))
    (folder / "folder").mkdir()
    (folder / "input.json").write_text(json.dumps({"ruleset": "paper-v1"}))
