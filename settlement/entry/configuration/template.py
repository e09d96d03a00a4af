"""The commented text of a configuration file."""

import json
import textwrap
from collections.abc import Mapping
from typing import Any

from indexer.rules.protocols.reference import REFERENCE
from settlement.entry.configuration.keys import KEYS, REQUIRED, Key
from settlement.rules.rulesets.registry import meanings_of

HEADER = """\
# Configuration of pozk. Every key may also come from an environment variable POZK_SECTION_KEY,
# e.g. POZK_CHAIN_RPC; secrets also from a file named by POZK_SECTION_KEY_FILE.
"""

DEVELOPMENT_SIGNER = """\
# One of anvil's published development keys: everybody knows it. Never send anything to it on a real chain.
private_key = "{}"
"""


def render_config(values: Mapping[tuple[str, str], Any]) -> str:
    """Return the text of a configuration with `values` by (section, key) in place of the defaults."""
    lines = [HEADER]
    for section, keys in KEYS.items():
        lines += [f"\n[{section}]\n", *map(_comment, _notes(section))]
        lines += [_line(name, key, values.get((section, name))) for name, key in keys.items()]
    return "".join(lines)


def shown_default(key: Key) -> Any:
    """Return what the template has in place of a value: the default, or an example where there is none."""
    return key.example if key.default is REQUIRED else key.default


def _notes(section: str) -> list[str]:
    """Return what is said at the head of a section."""
    if section != "settlement":
        return []
    meanings = meanings_of(REFERENCE.family)
    return [
        "What the rulesets mean for a network (`pozk simulate --ruleset NAME` compares them on its data):",
        *(f"{name}: {meaning}" for name, meaning in meanings.items()),
    ]


def _line(name: str, key: Key, value: Any) -> str:
    """Return a line of the file; a secret of the signer is only shown as a comment, a well-known one is said to be."""
    if name == "private_key" and value:
        return DEVELOPMENT_SIGNER.format(value)
    shown = key.example if key.secret and key.example else shown_default(key) if value is None else value
    mark = "# " if key.secret and key.example else ""
    return f"{f'{mark}{name} = {json.dumps(shown)}':<44} # {key.says}\n"


def _comment(text: str) -> str:
    return textwrap.fill(text, width=112, initial_indent="# ", subsequent_indent="#   ") + "\n"
