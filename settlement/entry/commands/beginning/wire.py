"""`pozk wire`: plans, deploys, wires and verifies the contracts on any chain, and writes their configuration."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from indexer.words.errors import InputError
from indexer.words.quantities import AMOUNT_LIMIT
from settlement.entry.late_help import RULESETS
from settlement.entry.options import DEFAULT_CONFIG, MAX_EPOCH, MAX_SECONDS, ConfigOption, JsonOption, whole_option
from settlement.entry.views.output import Output, note

if TYPE_CHECKING:
    from deploy.wiring.plan import Plan
    from deploy.wiring.sender import WiringSender
    from deploy.wiring.settings import WiringSettings
    from deploy.wiring.wire import WiringResult

WEI = 10**18
_OWED_EXIT_CODE, _DIFFERS_EXIT_CODE = 3, 1
_NOBODY = "0x" + "00" * 20
_RESIDUALS = {"rollover": 0, "normalize": 1}
AddressOption = Annotated[
    str | None, typer.Option(metavar="ADDRESS", help="Falls to the deployer where it is left out.")
]


def wire(
    rpc: Annotated[str, typer.Option("--rpc", metavar="URL", help="A node of the chain.")],
    genesis: Annotated[int, whole_option("--genesis", 0, MAX_SECONDS, "Start of epoch 0, seconds since 1970 UTC.")],
    out: Annotated[Path, typer.Option("--out", help="Remembers the addresses (JSON); run again, it goes on.")] = Path(
        "addresses.json"
    ),
    length_seconds: Annotated[int, whole_option("--length-seconds", 0, MAX_SECONDS, "Of an epoch.")] = 86_400,
    first: Annotated[int, whole_option("--first", 0, MAX_EPOCH, "The first epoch that is settled.")] = 0,
    dao: AddressOption = None,
    guardian: AddressOption = None,
    arbiter: AddressOption = None,
    pauser: AddressOption = None,
    slasher: AddressOption = None,
    treasury: AddressOption = None,
    member: Annotated[
        list[str] | None,
        typer.Option("--member", metavar="ADDRESS", help="Of the committee; may be given again."),
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", metavar="ADDRESS", help="An existing token; else a DevToken is deployed.")
    ] = None,
    bonus_token: Annotated[
        list[str] | None, typer.Option("--bonus-token", metavar="ADDRESS", help="Allowed; may be given again.")
    ] = None,
    activation_delay: Annotated[int, whole_option("--activation-delay", 0, MAX_SECONDS, "Seconds.")] = 3_600,
    challenge_bond: Annotated[
        int, whole_option("--challenge-bond", 0, AMOUNT_LIMIT, "Wei; 0 takes no challenges.")
    ] = 1_000 * WEI,
    challenge_extension: Annotated[int, whole_option("--challenge-extension", 0, MAX_SECONDS, "Seconds.")] = 86_400,
    emission: Annotated[int, whole_option("--emission", 0, AMOUNT_LIMIT, "Of one epoch, wei.")] = 1_000_000 * WEI,
    ruleset: Annotated[
        str | None, typer.Option("--ruleset", help=f"In force from the first epoch on; the first of {RULESETS}.")
    ] = None,
    residual: Annotated[str, typer.Option("--residual", help="rollover or normalize.")] = "rollover",
    opening: Annotated[
        Path | None, typer.Option("--opening", help="Opening balances of a network that moves here.")
    ] = None,
    development: Annotated[
        bool, typer.Option("--development", help="Add a bonus token and development verifiers.")
    ] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Verify what is deployed, send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Send without asking.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Plan, deploy, wire and verify the contracts; write pozk.toml.

    Keys come from POZK_DEPLOYER_KEY, POZK_DAO_KEY, POZK_TREASURY_KEY, or from files named by these with _FILE. Without
    --yes it asks; where nobody can be asked, it only shows the plan. --verify compares code, links, offices and
    parameters with the build and the options, and leaves with 1 where something differs; it needs no key where every
    office is given.
    """
    _plan_and_send(dict(locals()))


def _plan_and_send(chosen: dict[str, Any]) -> None:
    """Do what the options of the command line say."""
    from deploy.artifacts import load_artifact
    from deploy.wiring.deployment import artifact_names
    from deploy.wiring.keys import private_keys
    from deploy.wiring.plan import make_plan
    from deploy.wiring.sender import WiringSender
    from deploy.wiring.wire import wire as wire_all
    from indexer.adapters.nodes.access import Access, read_proxies

    verify, out, output = chosen["verify"], chosen["out"], Output(as_json=chosen["as_json"])
    keys = private_keys(os.environ, needs_deployer=not verify)
    settings = _settings(chosen, keys)
    artifacts = [load_artifact(name) for name in artifact_names(settings).values()]
    sender = WiringSender(chosen["rpc"], [] if verify else keys, artifacts, Access(proxies=read_proxies(os.environ)))
    if verify:
        _verify(output, sender, settings, out)
        return
    plan = make_plan(sender, settings, out)
    _show_plan(output, settings, plan)
    if not _may_send(plan, yes=chosen["yes"]):
        output.document({"sent": False, "plan": plan_document(plan), "contracts": dict(plan.there), "owed": []})
        output.line("nothing was sent; --yes sends it")
        return
    outcome = wire_all(sender, settings, out)
    _write_config(chosen["config"], sender.chain_id(), chosen["rpc"], settings, outcome)
    _show_outcome(output, {"sent": True, "plan": plan_document(plan)}, outcome)


def _verify(output: Output, sender: "WiringSender", settings: "WiringSettings", out: Path) -> None:
    """Compare what is deployed with the build and the settings; leave with 1 where something differs."""
    from deploy.wiring.deployment import deployments, load_deployed
    from deploy.wiring.plan import verify_offices
    from deploy.wiring.wire import verify_wiring

    verify_offices(settings)
    at = load_deployed(out, sender.chain_id()).contracts
    missing = [entry.key for entry in deployments(settings) if entry.key not in at]
    if missing:
        raise InputError("not everything is deployed", got=f"no {', '.join(missing)}", where=str(out))
    outcome = verify_wiring(sender, settings, out)
    differences = [str(each) for each in outcome.differences]
    for line in differences:
        output.line(f"differs: {line}")
    if not differences:
        output.line("code, links, offices and parameters are those of this build and of these options")
    _show_outcome(output, {"sent": False, "differences": differences}, outcome)


def _settings(chosen: dict[str, Any], keys: list[str]) -> "WiringSettings":
    """Return the settings; offices that are not named fall to the deployer, the pauser's to the guardian."""
    from eth_account import Account

    from deploy.wiring.opening import read_opening
    from deploy.wiring.settings import RULESETS as NAMES
    from deploy.wiring.settings import WiringSettings

    ruleset = chosen["ruleset"] or NAMES[0]
    if ruleset not in NAMES or chosen["residual"] not in _RESIDUALS:
        raise typer.BadParameter(f"--ruleset is one of {', '.join(NAMES)}; --residual is rollover or normalize")
    deployer = str(Account.from_key(keys[0]).address) if keys else _NOBODY
    offices: dict[str, Any] = {
        name: chosen[name] or deployer for name in ("dao", "guardian", "arbiter", "slasher", "treasury")
    }
    return WiringSettings(
        **offices,
        genesis=chosen["genesis"],
        length_seconds=chosen["length_seconds"],
        first=chosen["first"],
        deployer=deployer,
        members=tuple(chosen["member"] or [deployer]),
        pauser=chosen["pauser"] or offices["guardian"],
        token=chosen["token"],
        bonus_tokens=tuple(chosen["bonus_token"] or ()),
        activation_delay_seconds=chosen["activation_delay"],
        challenge_bond_wei=chosen["challenge_bond"],
        challenge_extension_seconds=chosen["challenge_extension"],
        emission_wei=chosen["emission"],
        ruleset=ruleset,
        residual=_RESIDUALS[chosen["residual"]],
        opening=read_opening(chosen["opening"]) if chosen["opening"] else None,
        development=chosen["development"],
    )


def plan_document(plan: "Plan") -> dict[str, Any]:
    """Return a plan as a document."""
    return {"deploys": list(plan.missing), "gas": plan.gas, "cost_wei": str(plan.cost_wei)}


def _may_send(plan: "Plan", *, yes: bool) -> bool:
    if yes or not sys.stdin.isatty():
        return yes
    return typer.confirm(f"send it, for about {plan.cost_wei} wei?", err=True)


def _show_plan(output: Output, settings: "WiringSettings", plan: "Plan") -> None:
    for key, address in plan.there:
        note(f"{key} is at {address}")
    for key in plan.missing:
        note(f"{key} would be deployed")
    offices = ("deployer", "dao", "guardian", "pauser", "arbiter", "slasher", "treasury")
    for office in offices:
        note(f"{office}: {getattr(settings, office)}")
    note(f"committee: {', '.join(settings.members)}; activation after {settings.activation_delay_seconds} s")
    note(f"epoch 0 begins at {settings.genesis}, epochs last {settings.length_seconds} s, from {settings.first} on")
    note(f"{settings.emission_wei} wei for each epoch by {settings.ruleset}")
    output.line(f"{len(plan.missing)} contracts to deploy, about {plan.gas:,} gas, now {plan.cost_wei} wei")


def _show_outcome(output: Output, said: dict[str, Any], outcome: "WiringResult") -> None:
    owed = [str(duty) for duty in outcome.owed]
    output.document(said | {"contracts": dict(outcome.deployed.contracts), "owed": owed})
    for line in outcome.done:
        note(line)
    for key, address in outcome.deployed.contracts.items():
        output.line(f"{key} {address}")
    for duty in owed:
        output.line(f"owed: {duty}")
    if outcome.differences:
        raise typer.Exit(_DIFFERS_EXIT_CODE)
    if owed:
        raise typer.Exit(_OWED_EXIT_CODE)


def _write_config(path: Path, chain_id: int, rpc: str, settings: "WiringSettings", outcome: "WiringResult") -> None:
    """Write a configuration of what was deployed, unless there is one."""
    from settlement.entry.configuration.keys import KEYS
    from settlement.entry.configuration.template import render_config

    if path.exists():
        note(f"{path} is there already and was not changed")
        return
    at = outcome.deployed.contracts
    values: dict[tuple[str, str], Any] = {("contracts", key): at[key] for key in KEYS["contracts"] if key in at}
    values |= {("chain", "rpc"): [rpc], ("chain", "chain_id"): chain_id}
    values |= {("epoch", "genesis"): settings.genesis, ("epoch", "first"): settings.first}
    values |= {("epoch", "length_seconds"): settings.length_seconds, ("settlement", "ruleset"): settings.ruleset}
    path.write_text(render_config(values), encoding="utf-8")
    note(f"wrote {path}: `pozk check` tests it")
