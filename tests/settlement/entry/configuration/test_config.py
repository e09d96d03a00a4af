import pytest

from indexer.words.errors import InputError
from indexer.words.finality import FINALIZED, Finality
from indexer.words.levels import RECEIPTS
from settlement.entry.configuration.config import load_settings
from settlement.entry.configuration.keys import KEYS
from settlement.entry.configuration.template import render_config

ADDRESS = "0x" + "11" * 20
CONTRACTS = {("contracts", role): ADDRESS for role in KEYS["contracts"]}


def write(tmp_path, text=None, **values):
    path = tmp_path / "pozk.toml"
    path.write_text(text if text is not None else render_config(CONTRACTS | values))
    return path


def test_load_settings__template_filled_in__is_accepted_with_its_defaults(tmp_path):
    settings = load_settings(write(tmp_path), {})
    assert settings.chain.rpc == ("http://127.0.0.1:8545",)
    assert (settings.chain.finality, settings.chain.level) == (FINALIZED, RECEIPTS)
    assert settings.contracts.distributor == bytes.fromhex("11" * 20)
    assert settings.clock.length_seconds == 86400
    assert settings.store.data_dir == (tmp_path / "data").resolve()


def test_load_settings__opening__is_a_file_beside_the_toml_or_none(tmp_path):
    assert load_settings(write(tmp_path), {}).rules.opening is None
    environment = {"POZK_SETTLEMENT_OPENING": "opening.bin"}
    assert load_settings(write(tmp_path), environment).rules.opening == (tmp_path / "opening.bin").resolve()


def test_render_config__nothing_given__has_every_key_and_what_it_means():
    text = render_config({})
    for keys in KEYS.values():
        for name, key in keys.items():
            assert f"{name} = " in text
            assert key.says in text


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
        ("serve", "port", 65536),
        ("serve", "origins", ["dao.example/page"]),
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
        ("settlement", "spark_config", ["spark.executor.memory"]),
        ("settlement", "spark_config", ["executor.memory=8g"]),
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


@pytest.mark.parametrize("text", ['["spark.a.b=1", "spark.c=x y"]', '{"spark.a.b" = 1, "spark.c" = "x y"}'])
def test_load_settings__settings_of_spark__are_texts_by_name(tmp_path, text):
    written = render_config(CONTRACTS).replace("spark_config = []", f"spark_config = {text}")
    expected = {"spark.a.b": "1", "spark.c": "x y"}
    assert load_settings(write(tmp_path, written), {}).rules.spark_config == expected
    for said in ("spark.a.b=1,spark.c=x y", '{"spark.a.b": "1", "spark.c": "x y"}'):
        environment = {"POZK_SETTLEMENT_SPARK_CONFIG": said, "POZK_SETTLEMENT_ENGINE": "spark"}
        assert load_settings(write(tmp_path), environment).rules.spark_config == expected


def test_load_settings__environment__goes_before_the_file(tmp_path):
    environment = {
        "POZK_CHAIN_RPC": "http://a:1,https://b:2",
        "POZK_CHAIN_FINALITY": "12",
        "POZK_STORE_DATABASE_URL": "postgresql://x@y/z",
    }
    settings = load_settings(write(tmp_path), environment)
    assert settings.chain.rpc == ("http://a:1", "https://b:2")
    assert settings.chain.finality == Finality(12)
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
    assert [entry.from_block for entry in settings.contracts.by_name["staking"]] == [0, 9]


def test_load_settings__contracts_in_the_environment__are_json(tmp_path):
    value = f'[{{"address": "{ADDRESS}"}}, {{"address": "{ADDRESS}", "from_block": 9}}]'
    settings = load_settings(write(tmp_path), {"POZK_CONTRACTS_STAKING": value})
    assert [entry.from_block for entry in settings.contracts.by_name["staking"]] == [0, 9]


@pytest.mark.parametrize("value", ["[{", '[{"address": "0x12", "address": "0x13"}]', "[" * 5000])
def test_load_settings__contracts_in_the_environment__other_json_is_refused(tmp_path, value):
    with pytest.raises(InputError, match=r"bad value of contracts\.staking"):
        load_settings(write(tmp_path), {"POZK_CONTRACTS_STAKING": value})


def test_load_settings__byte_order_mark_and_a_last_blank_line__are_read(tmp_path):
    path = write(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\r\n  \r\n")
    assert load_settings(path, {}).chain.chain_id == 31337


@pytest.mark.parametrize(
    "text", ["a = " + "9" * 5000, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "a = " + "[" * 9000]
)
def test_load_settings__text_that_no_parser_takes__is_one_line(tmp_path, text):
    with pytest.raises(InputError):
        load_settings(write(tmp_path, text), {})


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("chain", "rpc", "http://node:65536"),
        ("chain", "rpc", "http://node:0"),
        ("chain", "rpc", "http://[::1"),
        ("chain", "rpc", "http://no de"),
        ("chain", "rpc", "http://:8545"),
        ("chain", "chain_id", 2**63),
        ("epoch", "genesis", 2**48),
        ("epoch", "length_seconds", 2**48),
        ("store", "data_dir", ""),
        ("store", "data_dir", "a\u0000b"),
        ("contracts", "token", "0x" + "11" * 19 + "  "),
        ("contracts", "token", "0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
    ],
)
def test_load_settings__value_that_would_fail_later__is_refused_at_once(tmp_path, section, key, value):
    with pytest.raises(InputError, match=rf"bad value of {section}\.{key}, expected"):
        load_settings(write_with(tmp_path, section, key, value), {})


def write_with(tmp_path, section, key, value):
    return write(tmp_path, render_config(CONTRACTS | {(section, key): value}))


@pytest.mark.parametrize("number", ["0x" + "f" * 9000, "-0x1"])
def test_load_settings__number_beyond_every_limit__is_one_line(tmp_path, number):
    text = render_config(CONTRACTS).replace("chain_id = 31337", f"chain_id = {number}")
    with pytest.raises(InputError):
        load_settings(write(tmp_path, text), {})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("POZK_CHAIN_RPC", "http://me:hunter2@node:99999"),
        ("POZK_STORE_DATABASE_URL", 7),
        ("POZK_SIGNER_PRIVATE_KEY", "0xhunter2"),
    ],
)
def test_load_settings__bad_value_of_a_secret__is_never_shown(tmp_path, variable, value):
    with pytest.raises(InputError) as caught:
        load_settings(write(tmp_path), {variable: value})
    assert "hunter2" not in caught.value.line()
    assert "a value that is not shown" in caught.value.line()


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
