import tomllib

import pytest

from deploy.devnet.node import DEVELOPMENT_MNEMONIC
from settlement.entry.configuration.devnet_file import write_config

pytestmark = pytest.mark.chain
_SECTIONS = {
    "chain": {
        *("rpc", "chain_id", "finality", "verify", "start_block"),
        *("final_agreement", "checkpoints", "max_ahead_seconds", "vouch_start"),
    },
    "contracts": {"app_registry", "staking", "task_market", "parameters", "distributor", "token"},
    "epoch": {"genesis", "length_seconds", "first"},
    "settlement": {"ruleset", "residual", "engine", "opening"},
    "store": {"data_dir", "database_url"},
    "signer": {"private_key"},
}


def test_write_config__devnet__has_every_section_and_the_devnets_values(devnet, tmp_path):
    path = tmp_path / "new folder" / "pozk.toml"
    write_config(devnet, path, tmp_path / 'a "quoted" folder')
    config = tomllib.loads(path.read_text())
    assert set(config) >= set(_SECTIONS)
    assert all(set(config[section]) >= keys for section, keys in _SECTIONS.items())
    assert config["settlement"]["opening"] == str(devnet.opening)
    assert config["chain"]["rpc"] == [devnet.rpc]
    assert config["contracts"] == devnet.addresses
    assert config["epoch"] == {"genesis": 1_700_000_000, "length_seconds": 86_400, "first": 0}
    assert config["store"]["data_dir"] == str(tmp_path / 'a "quoted" folder')


def test_write_config__signer__is_marked_as_a_development_key(devnet, tmp_path):
    path = tmp_path / "pozk.toml"
    write_config(devnet, path, tmp_path)
    assert devnet.settings.mnemonic == DEVELOPMENT_MNEMONIC
    before, after = path.read_text().split("[signer]")
    assert "published development keys" in after
    assert "private_key" not in before
