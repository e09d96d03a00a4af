"""Reads `pozk.toml` and `POZK_SECTION_KEY` variables into Settings; every fault names file, key and remedy."""

import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from indexer.adapters.nodes.access import Access, read_proxies
from indexer.adapters.store.bounds import Bounds
from indexer.rules.protocols.protocol import Protocol
from indexer.rules.protocols.registry import find_protocol
from indexer.words.errors import InputError
from indexer.words.quantities import Address, BlockNumber, Epoch, Timestamp
from settlement.entry.configuration.environment import load_secret, refuse_unknown_variables
from settlement.entry.configuration.input_files import read_input
from settlement.entry.configuration.keys import KEYS, REQUIRED, Key, every_key, keys_of, variable_of
from settlement.entry.configuration.settings import (
    ChainSettings,
    ContractSettings,
    RuleSettings,
    RunSettings,
    ServeSettings,
    Settings,
    SignerSettings,
    StoreSettings,
)
from settlement.entry.views.output import show_value
from settlement.rules.facts.epochs import EpochClock
from settlement.words.service import Limits

_NO_LENGTH = 1 << 62
"""Seconds of an epoch where no clock says: all of them."""
MOST_BYTES = 1 << 20
"""Of a configuration."""


def load_settings(path: Path, environment: Mapping[str, str]) -> Settings:
    """Return the settings of `path` with the environment's values in place of the file's.

    Relative paths are taken from the folder of the file. InputError on an unknown or missing key or a bad value.
    """
    refuse_unknown_variables(environment, every_key())
    document = _load_toml(path)
    _refuse_unknown_sections(path, document)
    name = _value(path, document, environment, "protocol", "name", KEYS["protocol"]["name"])
    protocol = find_protocol(name)
    keys = keys_of(protocol)
    _refuse_unknown(path, document, keys)
    found = {
        section: {name: _value(path, document, environment, section, name, key) for name, key in own.items()}
        for section, own in keys.items()
    }
    return _build(path, found, environment, protocol)


def _load_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_input(path, MOST_BYTES).decode("utf-8-sig").replace("\r\n", "\n"))
    except FileNotFoundError:
        raise InputError(
            "no configuration",
            expected="a file",
            got="none",
            where=str(path),
            remedy="run `pozk init` or give --config PATH",
        ) from None
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, a number of thousands of digits, endless nesting
        raise InputError("configuration is not TOML", got=str(error), where=str(path)) from error
    except OSError as error:
        raise InputError("configuration cannot be read", got=str(error.strerror), where=str(path)) from error


def _refuse_unknown_sections(path: Path, document: dict[str, Any]) -> None:
    for section, content in document.items():
        if section not in KEYS:
            raise _unknown(path, f"section [{section}]", section, KEYS)
        if not isinstance(content, dict):
            raise InputError("configuration key outside a section", got=section, where=str(path))


def _refuse_unknown(path: Path, document: dict[str, Any], keys: Mapping[str, Mapping[str, Key]]) -> None:
    for section, content in document.items():
        for name in content:
            if name not in keys[section]:
                raise _unknown(path, f"key {section}.{name}", name, keys[section])


def _unknown(path: Path, what: str, name: str, known: Mapping[str, Any]) -> InputError:
    near = difflib.get_close_matches(name, known, n=1)
    remedy = f"did you mean {near[0]}?" if near else "remove it"
    return InputError(f"unknown {what}", expected=f"one of {', '.join(known)}", where=str(path), remedy=remedy)


def _value(
    path: Path, document: dict[str, Any], environment: Mapping[str, str], section: str, name: str, key: Key
) -> Any:
    variable = variable_of(section, name)
    where, raw = f"{section}.{name} in {path}", document.get(section, {}).get(name, key.default)
    if variable in environment:
        where, raw = f"environment variable {variable}", environment[variable]
    if key.secret and f"{variable}_FILE" in environment:
        where, raw = f"environment variable {variable}_FILE", load_secret(variable, environment)
    if raw is REQUIRED:
        raise InputError(
            f"{section}.{name} is missing", expected="a value", where=str(path), remedy=f"set it or {variable}"
        )
    try:
        return key.read(raw)
    except ValueError as error:
        got = "a value that is not shown" if key.secret else show_value(raw)
        raise InputError(f"bad value of {section}.{name}", expected=str(error), got=got, where=where) from None


def _build(
    path: Path, found: dict[str, dict[str, Any]], environment: Mapping[str, str], protocol: Protocol
) -> Settings:
    chain, contracts, epoch, rules = found["chain"], found["contracts"], found["epoch"], found["settlement"]
    return Settings(
        chain=_chain_settings(path, chain, environment),
        protocol=protocol,
        vesting=_vesting(path, found["protocol"]["vesting"]),
        contracts=ContractSettings(
            {name: contracts[name] for name in protocol.contracts},
            {name: Address(contracts[name]) for name in protocol.addresses},
        ),
        clock=EpochClock(
            Timestamp(epoch.get("genesis", 0)), epoch.get("length_seconds", _NO_LENGTH), Epoch(epoch["first"])
        ),
        rules=RuleSettings(**(rules | {"opening": _opening(path, rules["opening"])})),
        store=StoreSettings((path.parent / found["store"]["data_dir"]).resolve(), found["store"]["database_url"]),
        serve=ServeSettings(**found["serve"]),
        signer=_signer_settings(path, "signer", found["signer"]),
        relayer=_signer_settings(path, "relayer", found["relayer"] | {"max_fee_gwei": found["signer"]["max_fee_gwei"]}),
        run=_run_settings(path, found["run"]),
        alerts=Limits(**found["alerts"]),
        query=Bounds(**found["query"]),
    )


def _chain_settings(path: Path, chain: dict[str, Any], environment: Mapping[str, str]) -> ChainSettings:
    ca_file, client_cert, client_key = (
        path.parent / chain[name] if chain[name] else None for name in ("ca_file", "client_cert", "client_key")
    )
    access = Access(
        answer_seconds=chain["answer_seconds"],
        answer_bytes=chain["answer_megabytes"] << 20,
        ca_file=ca_file,
        client_cert=client_cert,
        client_key=client_key,
        proxies=read_proxies(environment),
    )
    return ChainSettings(
        rpc=chain["rpc"],
        chain_id=chain["chain_id"],
        finality=chain["finality"],
        level=chain["verify"],
        start_block=BlockNumber(chain["start_block"]),
        access=access,
        patience_seconds=chain["patience_seconds"],
        **{name: chain[name] for name in ("final_agreement", "checkpoints", "max_ahead_seconds", "vouch_start")},
    )


def _signer_settings(path: Path, section: str, signer: dict[str, Any]) -> SignerSettings:
    given = [name for name in ("private_key", "keystore", "url") if signer[name]]
    if len(given) > 1:
        expected = f"one of {section}.private_key, {section}.keystore, {section}.url"
        raise InputError("more than one signer", expected=expected, got=" and ".join(given), where=str(path))
    if signer["url"] and signer["address"] is None:
        expected = f"the account that {section}.url signs for"
        raise InputError(f"{section}.address is missing", expected=expected, where=str(path))
    keystore = (path.parent / signer["keystore"]).resolve() if signer["keystore"] else None
    return SignerSettings(**(signer | {"keystore": keystore}))


def _run_settings(path: Path, run: dict[str, Any]) -> RunSettings:
    folder = (path.parent / run["backup_folder"]).resolve() if run["backup_folder"] else None
    return RunSettings(**(run | {"backup_folder": folder}))


def _vesting(path: Path, named: str) -> str:
    return str((path.parent / named).resolve()) if named not in ("", "state") else named


def _opening(path: Path, named: str) -> Path | None:
    return (path.parent / named).resolve() if named else None
