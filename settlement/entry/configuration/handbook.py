"""The texts of docs/configuration.md and .env.example, out of the table of keys; `make docs` writes them."""

import sys

from indexer.rules.protocols.registry import PROTOCOLS
from settlement.entry.configuration.keys import (
    FOREIGN_VARIABLES,
    KEYS,
    OTHER_VARIABLES,
    REQUIRED,
    Key,
    keys_of,
    variable_of,
)
from settlement.entry.configuration.template import shown_default

_HEAD = """\
# Configuration

Made from the table in `settlement/entry/configuration/keys.py` by `make docs`; a test holds it equal.

`pozk init` writes a commented `pozk.toml`. A value is taken from the environment variable of its key where that is set,
else from the file, else it is the default. In a variable lists have commas and tables are JSON. Relative paths are
taken from the folder of the file. An unknown section, key or variable of a known section is refused (exit 2), with the
name that is near. Secrets may lie in a file that `VARIABLE_FILE` names; both at once are refused, and a file that
others can read is worth a warning.

`pozk check` tests all of it against the nodes, the contracts and the database before anything else is done.
"""


_ENVIRONMENT_HEAD = """\
# Every variable of pozk, for compose files and units; made by `make docs`. A variable wins over pozk.toml. Leave out
# what has its default. Secrets: better a file, named by VARIABLE_FILE.
"""


def handbook() -> str:
    """Return docs/configuration.md."""
    parts = [_HEAD]
    for section, keys in KEYS.items():
        rows = [_row(section, name, key) for name, key in keys.items()]
        parts.append(_section(f"[{section}]", rows))
    for protocol in PROTOCOLS[1:]:
        rows = [_row("contracts", name, key) for name, key in keys_of(protocol)["contracts"].items()]
        parts.append(_section(f"[contracts] of protocol {protocol.name}", rows))
    parts.append("\n## Other variables\n\n| variable | what |\n|---|---|\n")
    parts += [f"| `{name}` | {says} |\n" for name, says in (OTHER_VARIABLES | FOREIGN_VARIABLES).items()]
    return "".join(parts)


def _section(title: str, rows: list[str]) -> str:
    return f"\n## {title}\n\n| key | default | unit | variable | what |\n|---|---|---|---|---|\n" + "".join(rows)


def _row(section: str, name: str, key: Key) -> str:
    default = "none, required" if key.default is REQUIRED else _shown(shown_default(key))
    variable = f"`{variable_of(section, name)}`" + (", `.._FILE`" if key.secret else "")
    says = key.says.replace("|", "\\|")
    return f"| `{name}` | {default} | {key.unit} | {variable} | {says} |\n"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return ", ".join(f"`{each}`" for each in value) or "none"
    return f"`{value}`" if value != "" else "none"


def environment_example() -> str:
    """Return .env.example: every variable, its unit, its default; all of them commented out."""
    parts = [_ENVIRONMENT_HEAD]
    for section, keys in KEYS.items():
        parts.append(f"\n# [{section}]\n")
        for name, key in keys.items():
            unit = f" ({key.unit})" if key.unit else ""
            parts.append(f"# {key.says}{unit}\n# {_assignment(section, name, key)}\n")
    return "".join(parts)


def _assignment(section: str, name: str, key: Key) -> str:
    variable = variable_of(section, name)
    if key.secret and key.default == "":
        return f"{variable}_FILE=/run/secrets/{name}"
    value = shown_default(key)
    if isinstance(value, bool):
        value = str(value).lower()
    return f"{variable}={','.join(value) if isinstance(value, list | tuple) else value}"


if __name__ == "__main__":
    sys.stdout.write({"docs": handbook, "environment": environment_example}[sys.argv[1]]())
