"""The commented text of a configuration file."""

import json
from collections.abc import Mapping
from typing import Any

LINES: list[tuple[str, str, Any, str]] = [
    ("chain", "rpc", ["http://127.0.0.1:8545"], "one or more nodes; more than one gives failover and cross-checks"),
    ("chain", "chain_id", 31337, "refused if a node serves another chain"),
    ("chain", "finality", "finalized", "the node's tag, or a number of confirmations"),
    ("chain", "verify", "receipts", "receipts | bloom | none | quorum:N: how completeness of logs is proven"),
    ("chain", "start_block", 0, "the block of the first contract, or earlier"),
    ("contracts", "app_registry", "0x..", ""),
    ("contracts", "staking", "0x..", ""),
    ("contracts", "task_market", "0x..", ""),
    ("contracts", "parameters", "0x..", ""),
    ("contracts", "distributor", "0x..", ""),
    ("contracts", "token", "0x..", "the token that the emission is paid in"),
    ("epoch", "genesis", 1700000000, "seconds since 1970 UTC; the same in the contracts"),
    ("epoch", "length_seconds", 86400, ""),
    ("epoch", "first", 0, "the first epoch that is settled"),
    ("settlement", "ruleset", "paper-v1", "only for epochs with no RulesetSet in force"),
    ("settlement", "residual", "rollover", "rollover | normalize; the same"),
    ("settlement", "engine", "duckdb", ""),
    ("settlement", "opening", "", "the file of opening balances, if the network has any"),
    ("store", "data_dir", "./data", "relative to this file"),
    ("store", "database_url", "", "empty: the embedded PostgreSQL in data_dir; or postgresql://user@host/name"),
]
"""(section, key, default, comment) in the order of the file."""

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
    lines, last = [HEADER], ""
    for section, key, default, comment in LINES:
        if section != last:
            lines.append(f"\n[{section}]\n")
            last = section
        assignment = f"{key} = {json.dumps(values.get((section, key), default))}"
        lines.append(f"{assignment:<44} # {comment}\n" if comment else f"{assignment}\n")
    private_key = values.get(("signer", "private_key"))
    lines.append(DEVELOPMENT_SIGNER.format(private_key) if private_key else SIGNER)
    return "".join(lines)
