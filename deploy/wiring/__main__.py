"""`python -m deploy.wiring --rpc URL --out addresses.json`: deploy, wire and verify on any chain."""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from eth_account import Account

from deploy.artifacts import load_artifact
from deploy.wiring.deployment import artifact_names
from deploy.wiring.opening import read_opening
from deploy.wiring.sender import Sender
from deploy.wiring.settings import CHALLENGE_BOND_WEI, RULESETS, WEI, WiringSettings
from deploy.wiring.wire import Outcome, wire
from indexer.adapters.nodes.access import Access, read_proxies
from indexer.words.errors import InputError, PozkError

_KEYS = ("POZK_DEPLOYER_KEY", "POZK_DAO_KEY", "POZK_TREASURY_KEY")
_OWED_EXIT_CODE = 3
_RESIDUALS = {"rollover": 0, "normalize": 1}


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the command; return the exit code: 0 all wired, 3 calls of other accounts are owed, else an error's."""
    try:
        options = _parser().parse_args(arguments)
        keys = _private_keys(environment)
        settings = _settings(options, Account.from_key(keys[0]).address)
        artifacts = [load_artifact(name) for name in artifact_names(settings).values()]
        access = Access(proxies=read_proxies(environment))
        outcome = wire(Sender(options.rpc, keys, artifacts, access), settings, options.out)
    except PozkError as error:
        print(error.line(), file=sys.stderr)
        return error.exit_code
    _report(outcome)
    return _OWED_EXIT_CODE if outcome.owed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.wiring",
        description="Deploy what is missing, verify what is there, hand out roles, set first parameters.",
        epilog=f"Private keys come from {', '.join(_KEYS)} or from the files named by the same with _FILE; "
        "only the first is needed. Roles that are not given fall to the deployer, the pauser's to the guardian.",
    )
    parser.add_argument("--rpc", required=True, metavar="URL")
    parser.add_argument("--out", required=True, type=Path, metavar="FILE", help="remembers the addresses (JSON)")
    parser.add_argument("--genesis", required=True, type=int, help="start of epoch 0, seconds since 1970 UTC")
    parser.add_argument("--length-seconds", type=int, default=86_400)
    parser.add_argument("--first", type=int, default=0, help="first epoch that is settled")
    for role in ("dao", "guardian", "arbiter", "pauser", "slasher", "treasury"):
        parser.add_argument(f"--{role}", metavar="ADDRESS")
    parser.add_argument("--member", action="append", metavar="ADDRESS", help="of the oracle committee; repeat")
    parser.add_argument("--token", metavar="ADDRESS", help="an existing token; otherwise a DevToken is deployed")
    parser.add_argument("--bonus-token", action="append", default=[], metavar="ADDRESS", help="allowed; repeat")
    parser.add_argument("--activation-delay", type=int, default=3_600, metavar="SECONDS")
    parser.add_argument(
        "--challenge-bond", type=int, default=CHALLENGE_BOND_WEI, metavar="WEI", help="0 takes no challenges"
    )
    parser.add_argument("--challenge-extension", type=int, default=86_400, metavar="SECONDS")
    parser.add_argument("--emission", type=int, default=1_000_000 * WEI, metavar="WEI", help="of one epoch")
    parser.add_argument("--ruleset", choices=RULESETS, default=RULESETS[0])
    parser.add_argument("--residual", choices=tuple(_RESIDUALS), default="rollover")
    parser.add_argument("--opening", type=Path, metavar="FILE", help="opening balances of a network that moves here")
    parser.add_argument("--development", action="store_true", help="add a bonus token and development verifiers")
    return parser


def _settings(options: argparse.Namespace, deployer: str) -> WiringSettings:
    return WiringSettings(
        genesis=options.genesis,
        length_seconds=options.length_seconds,
        first=options.first,
        deployer=deployer,
        dao=options.dao or deployer,
        guardian=options.guardian or deployer,
        arbiter=options.arbiter or deployer,
        slasher=options.slasher or deployer,
        treasury=options.treasury or deployer,
        members=tuple(options.member or [deployer]),
        pauser=options.pauser or options.guardian or deployer,
        token=options.token,
        bonus_tokens=tuple(options.bonus_token),
        activation_delay_seconds=options.activation_delay,
        challenge_bond_wei=options.challenge_bond,
        challenge_extension_seconds=options.challenge_extension,
        emission_wei=options.emission,
        ruleset=options.ruleset,
        residual=_RESIDUALS[options.residual],
        opening=read_opening(options.opening) if options.opening else None,
        development=options.development,
    )


def _private_keys(environment: Mapping[str, str]) -> list[str]:
    """Return the keys that are given, the deployer's first; InputError when that one is missing."""
    keys = [key for name in _KEYS if (key := _secret(environment, name))]
    if not _secret(environment, _KEYS[0]):
        raise InputError("no deployer key", expected=f"{_KEYS[0]} or {_KEYS[0]}_FILE", got="neither is set")
    return keys


def _secret(environment: Mapping[str, str], name: str) -> str:
    path = environment.get(f"{name}_FILE", "")
    if not path:
        return environment.get(name, "")
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except OSError as error:
        raise InputError("unreadable key file", got=str(error.strerror), where=path) from error


def _report(outcome: Outcome) -> None:
    """Print what was done and is owed on stderr, the addresses as JSON on stdout."""
    for line in outcome.done:
        print(line, file=sys.stderr)
    for duty in outcome.owed:
        print(f"owed: {duty}", file=sys.stderr)
    print(json.dumps(outcome.deployed.contracts, indent=2))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
