"""The commented text of a configuration file."""

import json
import textwrap
from collections.abc import Mapping
from typing import Any

LINES: list[tuple[str, str, Any, str]] = [
    ("chain", "rpc", ["http://127.0.0.1:8545"], "one or more nodes; more than one gives failover and cross-checks"),
    ("chain", "chain_id", 31337, "refused if a node serves another chain"),
    ("chain", "finality", "finalized", "the node's tag, or a number of confirmations"),
    ("chain", "verify", "receipts", "receipts | bloom | none | quorum:N: how completeness of logs is proven"),
    ("chain", "start_block", 0, "the block of the first contract, or earlier"),
    ("chain", "final_agreement", 0, "how many nodes must call a block final and hold it by hash; 0: more than half"),
    ("chain", "checkpoints", [], '"NUMBER:0xHASH": blocks that must lie on the chain; `pozk check` prints one'),
    ("chain", "max_ahead_seconds", 900, "a header further ahead of this machine's clock is refused; 0: none is"),
    ("chain", "vouch_start", False, "true: you answer for it that no log of ours lies below start_block"),
    ("chain", "ca_file", "", "certificates (PEM) of a private authority, for https nodes"),
    ("chain", "client_cert", "", "a certificate (PEM) that https nodes ask for, and"),
    ("chain", "client_key", "", "its key, where it is in a file of its own"),
    ("chain", "answer_seconds", 60, "one answer takes at most this long, however slowly it drips"),
    ("chain", "answer_megabytes", 256, "and has at most this size, unpacked"),
    ("chain", "patience_seconds", 300, "nodes that ask to wait are waited for this long, then exit 3"),
    ("contracts", "app_registry", "0x..", ""),
    ("contracts", "staking", "0x..", ""),
    ("contracts", "task_market", "0x..", ""),
    ("contracts", "parameters", "0x..", ""),
    ("contracts", "distributor", "0x..", ""),
    ("contracts", "token", "0x..", "the token that the emission is paid in"),
    ("epoch", "genesis", 1700000000, "seconds since 1970 UTC; the same in the contracts"),
    ("epoch", "length_seconds", 86400, ""),
    ("epoch", "first", 0, "the first epoch that is settled"),
    ("settlement", "ruleset", "", "only for epochs with no RulesetSet in force"),
    ("settlement", "residual", "rollover", "rollover | normalize; the same"),
    ("settlement", "engine", "duckdb", ""),
    ("settlement", "opening", "", "the file of opening balances, if the network has any"),
    ("store", "data_dir", "./data", "relative to this file"),
    ("store", "database_url", "", "empty: the embedded PostgreSQL in data_dir; or postgresql://user@host/name"),
]
"""(section, key, default, comment) in the order of the file."""

RULESETS = "What the rulesets mean for a network (`pozk simulate --ruleset NAME` compares them on its data):"
"""Said at the head of their section, before what each of them says of itself."""

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
    from settlement.rules.rulesets.registry import NETWORK_FAMILY, meanings_of

    meanings = meanings_of(NETWORK_FAMILY)
    values = {("settlement", "ruleset"): next(iter(meanings))} | dict(values)
    notes = {"settlement": [RULESETS, *(f"{name}: {meaning}" for name, meaning in meanings.items())]}
    lines, last = [HEADER], ""
    for section, key, default, comment in LINES:
        if section != last:
            lines += [f"\n[{section}]\n", *map(_comment, notes.get(section, ()))]
            last = section
        assignment = f"{key} = {json.dumps(values.get((section, key), default))}"
        lines.append(f"{assignment:<44} # {comment}\n" if comment else f"{assignment}\n")
    private_key = values.get(("signer", "private_key"))
    lines.append(DEVELOPMENT_SIGNER.format(private_key) if private_key else SIGNER)
    return "".join(lines)


def _comment(text: str) -> str:
    return textwrap.fill(text, width=112, initial_indent="# ", subsequent_indent="#   ") + "\n"
