"""The configuration file of a devnet."""

from pathlib import Path

from deploy.devnet.run import CONFIG_KEYS, Devnet


def write_config(devnet: Devnet, path: Path, data_dir: Path) -> None:
    """Write a `pozk.toml` that points at the devnet and signs with its oracle's well-known key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(config_text(devnet, data_dir), encoding="utf-8")


def config_text(devnet: Devnet, data_dir: Path) -> str:
    """Return the text of that file."""
    contracts = "\n".join(f'{key} = "{devnet.addresses[key]}"' for key in CONFIG_KEYS)
    return f"""\
# A local development chain. Nothing on it has any value.
[chain]
rpc = ["{devnet.rpc}"]
chain_id = {devnet.settings.chain_id}
finality = "finalized"
verify = "receipts"
start_block = 0

[contracts]
{contracts}

[epoch]
genesis = {devnet.genesis}
length_seconds = {devnet.length_seconds}
first = {devnet.first}

[settlement]
ruleset = "paper-v1"
residual = "rollover"
engine = "duckdb"

[store]
data_dir = {_quoted(str(data_dir))}
database_url = ""

[signer]
# One of anvil's published development keys: everybody knows it. Never send anything to it on a real chain.
private_key = "{devnet.signer.private_key}"
"""


def _quoted(text: str) -> str:
    """Return a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
