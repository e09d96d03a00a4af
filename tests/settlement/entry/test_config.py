import pytest

from indexer.words.errors import InputError
from settlement.entry.config import KEYS, load_settings
from settlement.entry.template import LINES, render_config

ADDRESS = "0x" + "11" * 20
CONTRACTS = {("contracts", role): ADDRESS for role in KEYS["contracts"]}


def write(tmp_path, text=None, **values):
    path = tmp_path / "pozk.toml"
    path.write_text(text if text is not None else render_config(CONTRACTS | values))
    return path


def test_load_settings__template_filled_in__is_accepted_with_its_defaults(tmp_path):
    settings = load_settings(write(tmp_path), {})
    assert settings.chain.rpc == ("http://127.0.0.1:8545",)
    assert settings.chain.finality == "finalized"
    assert settings.contracts.distributor == bytes.fromhex("11" * 20)
    assert settings.clock.length_seconds == 86400
    assert settings.store.data_dir == (tmp_path / "data").resolve()


def test_template__every_key_of_the_file__is_in_it():
    listed = {(section, key) for section, key, _, _ in LINES} | {("signer", "private_key")}
    assert listed == {(section, key) for section, keys in KEYS.items() for key in keys}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[chian]\nrpc = []", ["unknown section [chian]", "did you mean chain?"]),
        ("[chain]\nchain_idd = 1", ["unknown key chain.chain_idd", "did you mean chain_id?"]),
        ("rpc = 1", ["unknown section [rpc]"]),
        ("chain = 1", ["outside a section", "chain"]),
        ("[chain", ["not TOML"]),
        ("[chain]\nchain_id = 1", ["contracts.app_registry is missing", "POZK_CONTRACTS_APP_REGISTRY"]),
    ],
)
def test_load_settings__wrong_text__says_what_and_where(tmp_path, text, words):
    with pytest.raises(InputError) as caught:
        load_settings(write(tmp_path, text), {})
    line = caught.value.line()
    assert all(word in line for word in [*words, "pozk.toml"]), line


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("chain", "rpc", "ftp://node"),
        ("chain", "rpc", []),
        ("chain", "chain_id", -1),
        ("chain", "chain_id", True),
        ("chain", "finality", "soon"),
        ("chain", "verify", "maybe"),
        ("contracts", "token", "0x12"),
        ("contracts", "token", "0x" + "00" * 20),
        ("contracts", "staking", []),
        ("contracts", "staking", [{"address": ADDRESS, "block": 1}]),
        ("epoch", "length_seconds", 0),
        ("settlement", "residual", "burn"),
        ("settlement", "engine", "abacus"),
    ],
)
def test_load_settings__bad_value__names_the_key_and_what_was_expected(tmp_path, section, key, value):
    text = (
        render_config(CONTRACTS | {(section, key): value})
        .replace('{"address": ', "{address = ")
        .replace('"block": ', "block = ")
    )
    with pytest.raises(InputError, match=rf"bad value of {section}\.{key}, expected"):
        load_settings(write(tmp_path, text), {})


def test_load_settings__environment__goes_before_the_file(tmp_path):
    environment = {
        "POZK_CHAIN_RPC": "http://a:1,https://b:2",
        "POZK_CHAIN_FINALITY": "12",
        "POZK_STORE_DATABASE_URL": "postgresql://x@y/z",
    }
    settings = load_settings(write(tmp_path), environment)
    assert settings.chain.rpc == ("http://a:1", "https://b:2")
    assert settings.chain.finality == 12
    assert settings.store.database_url == "postgresql://x@y/z"


def test_load_settings__secret_in_a_file__is_read_and_never_shown(tmp_path):
    secret = tmp_path / "key"
    secret.write_text("0x" + "ab" * 32 + "\n")
    settings = load_settings(write(tmp_path), {"POZK_SIGNER_PRIVATE_KEY_FILE": str(secret)})
    assert settings.signer.private_key == "0x" + "ab" * 32
    assert "abab" not in repr(settings)


def test_load_settings__bad_secret__is_not_shown_in_the_error(tmp_path):
    with pytest.raises(InputError) as caught:
        load_settings(write(tmp_path), {"POZK_SIGNER_PRIVATE_KEY": "0xsecret"})
    assert "secret" not in caught.value.line()


def test_load_settings__no_file__says_how_to_make_one(tmp_path):
    with pytest.raises(InputError, match="run `pozk init`"):
        load_settings(tmp_path / "pozk.toml", {})


def test_load_settings__replaced_contract__is_a_list_with_from_block(tmp_path):
    text = render_config(CONTRACTS).replace(
        f'staking = "{ADDRESS}"',
        f'staking = [{{address = "{ADDRESS}", from_block = 0}}, {{address = "{ADDRESS}", from_block = 9}}]',
    )
    settings = load_settings(write(tmp_path, text), {})
    assert [entry.from_block for entry in settings.contracts.by_role["staking"]] == [0, 9]


@pytest.mark.parametrize(
    "url",
    [
        "http://user:SECRET@node:99999/SECRET",
        "ws://user:SECRET@node/SECRET",
        "http://node:8545/SECRET key",
        "ftp://user:SECRET@node/SECRET?SECRET",
        "/home/SECRET/geth.ipc",
        "http://[SECRET",
    ],
)
def test_load_settings__address_that_is_none__one_line_without_its_secrets(tmp_path, url):
    with pytest.raises(InputError, match=r"bad value of chain\.rpc, expected") as caught:
        load_settings(write(tmp_path), {"POZK_CHAIN_RPC": url})
    assert "SECRET" not in caught.value.line()


def test_load_settings__websocket_and_ipc__said_not_to_be_spoken(tmp_path):
    for url in ("ws://node:8546", "wss://node", "/geth.ipc", "ipc:///geth.ipc"):
        with pytest.raises(InputError, match=r"WebSocket \(ws://\) and IPC are not spoken"):
            load_settings(write(tmp_path), {"POZK_CHAIN_RPC": url})


def test_load_settings__how_nodes_are_reached__one_value(tmp_path):
    path = write(tmp_path, **{})
    environment = {
        "POZK_CHAIN_CA_FILE": "ca.pem",
        "POZK_CHAIN_ANSWER_SECONDS": "7",
        "https_proxy": "http://proxy:3128",
        "NO_PROXY": "internal",
    }
    chain = load_settings(path, environment).chain
    assert (chain.access.ca_file, chain.access.client_cert) == (tmp_path / "ca.pem", None)
    assert (chain.access.answer_seconds, chain.access.answer_bytes) == (7, 256 << 20)
    assert chain.access.proxies == {"https": "http://proxy:3128", "no": "internal"}
    assert chain.patience_seconds == 300
