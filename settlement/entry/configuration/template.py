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

SIGNER = """
[signer]
# private_key = "0x.."   # better: POZK_SIGNER_PRIVATE_KEY or POZK_SIGNER_PRIVATE_KEY_FILE; without it nothing is sent
"""

DEVELOPMENT_SIGNER = """
[signer]
# One of anvil's published development keys: everybody knows it. Never send anything to it on a real chain.
private_key = "{}"
"""


def render_config(values: Mapping[tuple[str, str], Any]) -> str:
    """Return the text of a configuration with `values` by (section, key) in place of the defaults."""
    lines = [HEADER]
    for section, keys in KEYS.items():
        if section == "signer":
            continue
        lines += [f"\n[{section}]\n", *map(_comment, _notes(section))]
        lines += [_line(name, values.get((section, name), shown_default(key)), key.says) for name, key in keys.items()]
    private_key = values.get(("signer", "private_key"))
    lines.append(DEVELOPMENT_SIGNER.format(private_key) if private_key else SIGNER)
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


def _line(name: str, value: Any, says: str) -> str:
    return f"{f'{name} = {json.dumps(value)}':<44} # {says}\n"


def _comment(text: str) -> str:
    return textwrap.fill(text, width=112, initial_indent="# ", subsequent_indent="#   ") + "\n"
