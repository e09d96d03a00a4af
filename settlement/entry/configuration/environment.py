"""The environment's part of the configuration: which POZK_ variables are ours, and the files of secrets."""

import difflib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from indexer.words.errors import InputError
from settlement.entry.configuration.input_files import read_input
from settlement.entry.configuration.keys import OTHER_VARIABLES, Key, variable_of

PREFIX = "POZK_"
_MOST_BYTES = 1 << 16  # of a secret

KeyTable = Mapping[str, Mapping[str, Key]]


def known_variables(keys: KeyTable) -> list[str]:
    """Return the name of every variable that means something."""
    names = []
    for section, entries in keys.items():
        for name, key in entries.items():
            variable = variable_of(section, name)
            names += [variable, f"{variable}_FILE"] if key.secret else [variable]
    return names


def refuse_unknown_variables(environment: Mapping[str, str], keys: KeyTable) -> None:
    """Raise InputError for a variable of a section of ours that is no key of it: a misspelt one would do nothing."""
    known = known_variables(keys)
    sections = tuple(f"{PREFIX}{section}_".upper() for section in keys)
    for variable in sorted(environment):
        if variable.startswith(sections) and variable not in known:
            near = difflib.get_close_matches(variable, known, n=1)
            raise InputError(
                f"unknown environment variable {variable}",
                expected="the name of a key: POZK_SECTION_KEY",
                remedy=f"did you mean {near[0]}?" if near else "remove it",
            )


def find_warnings(environment: Mapping[str, str], keys: KeyTable, config: Path) -> list[str]:
    """Return what is no fault and yet worth a line: unknown variables, secrets that others can read."""
    known = {*known_variables(keys), *OTHER_VARIABLES, *(f"{name}_FILE" for name in OTHER_VARIABLES)}
    warnings = [
        f"environment variable {variable} means nothing to pozk"
        for variable in sorted(environment)
        if variable.startswith(PREFIX) and variable not in known
    ]
    files = [
        f"{variable_of(section, name)}_FILE" for section in keys for name in keys[section] if keys[section][name].secret
    ]
    secrets = [Path(environment[name]) for name in sorted(files) if name in environment]
    warnings += [f"others can read the secret in {path}: chmod 600 it" for path in secrets if _is_readable(path)]
    if _is_readable(config) and _holds_key(config):
        warnings.append(f"others can read the private key in {config}: chmod 600 it")
    return warnings


def load_secret(variable: str, environment: Mapping[str, str]) -> str:
    """Return the text of the file that `<variable>_FILE` names; InputError if it is none or both are set."""
    place = f"environment variable {variable}_FILE"
    if environment.get(variable):
        raise InputError("a secret is given twice", expected=f"{variable} or {variable}_FILE", got="both", where=place)
    try:
        return read_input(Path(environment[f"{variable}_FILE"]), _MOST_BYTES).decode("utf-8-sig").strip()
    except OSError as error:
        raise InputError("secret cannot be read", got=str(error.strerror), where=place) from error
    except ValueError as error:  # no UTF-8, or no path at all
        raise InputError("secret cannot be read", expected="a file of text", got="other bytes", where=place) from error


def _is_readable(path: Path) -> bool:
    """Tell whether a file exists that group or others may read."""
    try:
        return bool(os.stat(path).st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except (OSError, ValueError):
        return False


def _holds_key(config: Path) -> bool:
    try:
        lines = config.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError):
        return False
    return any(line.split("=")[0].strip() == "private_key" for line in lines)
