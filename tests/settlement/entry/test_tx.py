"""Exit code 4, and who settles a transaction that lies."""

import ast
from types import SimpleNamespace

import pytest
from eth_account import Account

from indexer.words.errors import InputError
from settlement.entry.commands.money.tx import _access_of
from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.template import render_config
from tests.settlement.entry.configuration.test_config import CONTRACTS
from tests.support.syntax import syntax_of
from tests.test_floors import MODULES

SIGNER, RELAYER = "0x" + "11" * 32, "0x" + "22" * 32


@pytest.fixture
def settings_of(tmp_path):
    (tmp_path / "pozk.toml").write_text(render_config(CONTRACTS))
    return lambda **keys: load_settings(tmp_path / "pozk.toml", keys)


def of(key):
    return SimpleNamespace(sender=bytes.fromhex(Account.from_key(key).address[2:]))


def test_access_of__a_transaction_of_the_relayer__is_settled_with_its_key(settings_of):
    settings = settings_of(POZK_SIGNER_PRIVATE_KEY=SIGNER, POZK_RELAYER_PRIVATE_KEY=RELAYER)
    assert [_access_of(settings, of(key)).key for key in (SIGNER, RELAYER, "0x" + "33" * 32)] == [
        "signer",
        "relayer",
        "signer",
    ]
    assert _access_of(settings, None).key == "signer"
    assert _access_of(settings_of(POZK_RELAYER_PRIVATE_KEY=RELAYER), of(RELAYER)).key == "relayer"


def test_access_of__no_key__is_wrong_usage(settings_of):
    with pytest.raises(InputError, match="no key to sign with"):
        _access_of(settings_of(), None)


def test_outcome_unknown__wherever_the_oracle_raises_it__names_the_line_that_settles_it():
    found = {path.name: path.read_text() for path in MODULES if _raises_unknown(path)}
    assert set(found) == {"pursue.py", "sender.py"}  # the second one is of `pozk wire`, which has no journal
    assert "`pozk tx replace {self.intent.id}`" in found["pursue.py"]
    assert "`pozk tx cancel {self.intent.id}`" in found["pursue.py"]


def _raises_unknown(path):
    calls = (node for node in ast.walk(syntax_of(path)) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == "OutcomeUnknownError" for call in calls)
