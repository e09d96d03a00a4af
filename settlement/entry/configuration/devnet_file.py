"""The configuration file of a devnet."""

from pathlib import Path

from deploy.devnet.run import CONFIG_KEYS, Devnet
from settlement.entry.configuration.template import render_config


def write_config(devnet: Devnet, path: Path, data_dir: Path) -> None:
    """Write a `pozk.toml` that points at the devnet and signs with its oracle's well-known key."""
    values = {("contracts", key): devnet.addresses[key] for key in CONFIG_KEYS} | {
        ("chain", "rpc"): [devnet.rpc],
        ("chain", "chain_id"): devnet.settings.chain_id,
        ("chain", "max_ahead_seconds"): 0,  # its clock is moved at will
        ("alerts", "clock_seconds"): 0,
        ("alerts", "final_stuck_seconds"): 0,  # nor does it move by itself
        ("serve", "port"): 0,  # any that is free
        ("epoch", "genesis"): devnet.genesis,
        ("epoch", "length_seconds"): devnet.length_seconds,
        ("epoch", "first"): devnet.first,
        ("settlement", "opening"): str(devnet.opening),
        ("store", "data_dir"): str(data_dir),
        ("serve", "public_rpc"): [devnet.rpc],
        ("signer", "private_key"): devnet.signer.private_key,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)  # it holds a key, though one that everybody knows
    path.write_text(render_config(values), encoding="utf-8")
