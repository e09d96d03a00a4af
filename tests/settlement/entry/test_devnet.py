"""What a devnet refuses to build over."""

import pytest

from indexer.words.errors import InputError
from settlement.entry.commands.beginning.devnet import _make_way


def test_make_way__configuration_and_data_of_before__named_to_be_deleted(tmp_path):
    config = tmp_path / "pozk.toml"
    config.touch()
    with pytest.raises(InputError, match="give --force"):
        _make_way(config, force=False)
    _make_way(config, force=True)
    (tmp_path / "data").mkdir()
    with pytest.raises(InputError, match=f"delete it and {tmp_path / 'data'}"):
        _make_way(config, force=False)
    with pytest.raises(InputError, match=f"a new one is another.*delete {tmp_path / 'data'}"):
        _make_way(config, force=True)
