"""The private keys of a deployment, out of the environment or of files that it names."""

from collections.abc import Mapping
from pathlib import Path

from indexer.words.errors import InputError

KEYS = ("POZK_DEPLOYER_KEY", "POZK_DAO_KEY", "POZK_TREASURY_KEY")


def private_keys(environment: Mapping[str, str], *, needs_deployer: bool = True) -> list[str]:
    """Return the keys that are given, the deployer's first; InputError when that one is needed and missing."""
    if not needs_deployer:
        return [key for name in KEYS[:1] if (key := _secret(environment, name))]
    keys = [key for name in KEYS if (key := _secret(environment, name))]
    if not _secret(environment, KEYS[0]):
        raise InputError("no deployer key", expected=f"{KEYS[0]} or {KEYS[0]}_FILE", got="neither is set")
    return keys


def _secret(environment: Mapping[str, str], name: str) -> str:
    path = environment.get(f"{name}_FILE", "")
    if not path:
        return environment.get(name, "")
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError as error:
        raise InputError("unreadable key file", got=str(error.strerror), where=path) from error
