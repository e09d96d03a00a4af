import pytest

from indexer.words.errors import InputError
from settlement.entry.configuration.environment import (
    find_warnings,
    known_variables,
    load_secret,
    refuse_unknown_variables,
)
from settlement.entry.configuration.keys import KEYS


def test_known_variables__secrets__have_a_file_too():
    names = known_variables(KEYS)
    assert "POZK_CHAIN_CHAIN_ID" in names
    assert "POZK_CHAIN_CHAIN_ID_FILE" not in names
    assert "POZK_SIGNER_PRIVATE_KEY_FILE" in names


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("POZK_CHAIN_RCP", "POZK_CHAIN_RPC"),
        ("POZK_STORE_DATADIR", "POZK_STORE_DATA_DIR"),
        ("POZK_SIGNER_PRIVATE_KEY_FIEL", "POZK_SIGNER_PRIVATE_KEY_FILE"),
        ("POZK_CHAIN_CHAIN_ID_FILE", "POZK_CHAIN_CHAIN_ID"),
    ],
)
def test_refuse_unknown_variables__misspelt_key_of_a_section__says_what_was_meant(variable, meant):
    with pytest.raises(InputError, match=rf"unknown environment variable {variable}.*did you mean {meant}\?"):
        refuse_unknown_variables({"PATH": "/", variable: "x"}, KEYS)


def test_find_warnings__another_variable__is_named_and_not_refused(tmp_path):
    environment = {"POZK_CHIAN_RPC": "x", "POZK_CONFIG": "y", "HOME": "/"}
    refuse_unknown_variables(environment, KEYS)
    assert find_warnings(environment, KEYS, tmp_path / "none") == [
        "environment variable POZK_CHIAN_RPC means nothing to pozk"
    ]


def test_find_warnings__secrets_that_others_can_read__are_named(tmp_path):
    key, config = tmp_path / "key", tmp_path / "pozk.toml"
    key.write_text("0x")
    config.write_text('[signer]\nprivate_key = "0x12"\n')
    environment = {"POZK_SIGNER_PRIVATE_KEY_FILE": str(key)}
    for path in (key, config):
        path.chmod(0o640)
    assert find_warnings(environment, KEYS, config) == [
        f"others can read the secret in {key}: chmod 600 it",
        f"others can read the private key in {config}: chmod 600 it",
    ]
    for path in (key, config):
        path.chmod(0o600)
    assert find_warnings(environment, KEYS, config) == []


def test_load_secret__given_twice__is_refused_without_the_secret():
    with pytest.raises(InputError, match="given twice") as caught:
        load_secret(
            "POZK_SIGNER_PRIVATE_KEY", {"POZK_SIGNER_PRIVATE_KEY": "hush", "POZK_SIGNER_PRIVATE_KEY_FILE": "/k"}
        )
    assert "hush" not in caught.value.line()


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_load_secret__no_text__is_one_line(tmp_path, content):
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match="secret cannot be read"):
        load_secret("POZK_SIGNER_PRIVATE_KEY", {"POZK_SIGNER_PRIVATE_KEY_FILE": str(path)})


def test_load_secret__byte_order_mark_and_line_end__are_no_part_of_it(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(b"\xef\xbb\xbf0x12\r\n")
    assert load_secret("POZK_SIGNER_PRIVATE_KEY", {"POZK_SIGNER_PRIVATE_KEY_FILE": str(path)}) == "0x12"
