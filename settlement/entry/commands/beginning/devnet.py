"""`pozk devnet`: a local chain with the contracts on it and traffic through its epochs."""

import signal
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from indexer.words.errors import InputError
from settlement.entry.options import DEFAULT_CONFIG, ConfigOption, JsonOption, whole_option
from settlement.entry.views.output import Output, as_date, note

if TYPE_CHECKING:
    from deploy.devnet import Devnet
    from deploy.faults.plan import FaultPlan

DATA_DIR = "data"
"""Of a devnet, beside its configuration."""


def devnet(
    seed: Annotated[int, whole_option("--seed", 0, 2**63 - 1, "The traffic is a function of the seed.")] = 1,
    epochs: Annotated[int, whole_option("--epochs", 2, 1_000, "Epochs to live through.")] = 5,
    tasks: Annotated[int, whole_option("--tasks", 20, 100_000, "Tasks in each busy epoch.")] = 120,
    accounts: Annotated[int, whole_option("--accounts", 12, 10_000, "Miners and users together.")] = 40,
    port: Annotated[int, whole_option("--port", 0, 65535, "0: any free port.")] = 0,
    detach: Annotated[bool, typer.Option("--detach", help="Leave the node running and return.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the node that --detach left running.")] = False,
    advance: Annotated[int, whole_option("--advance", 0, 2**32, "Move the running node's clock by seconds.")] = 0,
    faults: Annotated[
        str,
        typer.Option(
            "--faults",
            help="A lying node before the real one, e.g. all=0.05 or omit=0.2,503=0.1; beside it: window; damage to "
            "the data directory: bitflip=0.01, journal=0.01.",
        ),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a configuration that is there.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Start anvil, deploy the contracts, drive seeded traffic over several epochs, and write pozk.toml."""
    output = Output(as_json=as_json)
    if stop:
        _stop(config, output)
        return
    if advance:
        _advance(config, advance, output)
        return
    from deploy.devnet import DevnetSettings, run_devnet

    if faults and detach:
        raise InputError("a faulty node runs in the foreground", expected="--faults alone", got="--faults and --detach")
    plan = _read_faults(faults, seed)
    _make_way(config, force=force)
    settings = DevnetSettings(
        seed=seed,
        epochs=epochs,
        participants=accounts,
        tasks_per_epoch=tasks,
        quiet_epochs=(3,) if epochs > 3 else (),
        port=port,
        detached=detach,
        folder=_folder(config),
    )
    note("starting anvil, deploying, driving traffic ..")
    with ExitStack() as undo:
        running = run_devnet(settings)
        undo.callback(running.stop)
        _serve(running, plan, config, output)
        undo.pop_all()


def _serve(running: "Devnet", plan: "FaultPlan | None", config: Path, output: Output) -> None:
    """Write the configuration and say where the node is; return at once from one in the background only."""
    from settlement.entry.configuration.devnet_file import write_config

    write_config(running, config, Path(DATA_DIR))
    if plan is not None:
        _run_faulty(running, plan, config, output)
    _show(output, running, config)
    if running.settings.detached:
        output.line("the node runs in the background; end it with `pozk devnet --stop`")
        return
    _run_until_interrupted()


def _make_way(config: Path, *, force: bool) -> None:
    """Refuse to replace a configuration or a node in the background; with `force` the node is ended."""
    from deploy.devnet import is_running_by_pid_file, pid_file, stop_by_pid_file

    data = config.resolve().parent / DATA_DIR
    if config.exists() and not force:
        remedy = (
            f"delete it and {data}, or give --force to replace it" if data.exists() else "give --force to replace it"
        )
        raise InputError("the configuration is there already", got=str(config), remedy=remedy)
    if data.exists():
        raise InputError(
            "the data of an earlier chain are there, and a new one is another",
            got=str(data),
            remedy=f"delete {data}: a devnet begins anew each time",
        )
    running = pid_file(_folder(config))
    if is_running_by_pid_file(running) and not force:
        raise InputError(
            "a node runs in the background",
            where=str(running),
            remedy="run `pozk devnet --stop` or give --force",
        )
    stop_by_pid_file(running)


def _run_until_interrupted() -> NoReturn:
    note("the node runs until you press Ctrl-C")
    while True:
        signal.pause()


def _read_faults(text: str, seed: int) -> "FaultPlan | None":
    from deploy.faults.plan import parse_plan

    if not text:
        return None
    try:
        return parse_plan(text, seed)
    except ValueError as error:
        raise InputError("faults cannot be read", expected=str(error), got=repr(text), where="--faults") from error


def _run_faulty(running: "Devnet", plan: "FaultPlan", config: Path, output: Output) -> NoReturn:
    """Serve the devnet through a node that errs and lies; the configuration points at that one.

    Consistent lies are found where there is somebody to compare with: then the real node is the second one.
    """
    from deploy.faults.server import FaultyNode
    from deploy.faults.source import Upstream
    from deploy.faults.vandal import Vandal

    vandal = Vandal(config.resolve().parent / DATA_DIR, plan)
    with FaultyNode(Upstream(running.rpc), plan, on_request=vandal.strike) as faulty:
        both = f'{faulty.url}", "{running.rpc}' if plan.adversaries else faulty.url
        config.write_text(config.read_text(encoding="utf-8").replace(running.rpc, both), encoding="utf-8")
        _show(output, running, config)
        output.line(f"faulty node      {faulty.url}: {', '.join([*plan.adversaries, *map(str, plan.rates.items())])}")
        _run_until_interrupted()


def _show(output: Output, running: "Devnet", config: Path) -> None:
    addresses = {key: address.lower() for key, address in running.addresses.items()}
    output.document(
        {
            "rpc": running.rpc,
            "config": str(config),
            "chain_id": running.settings.chain_id,
            "genesis": running.genesis,
            "length_seconds": running.length_seconds,
            "bonus_token": running.bonus_token.lower(),
            "contracts": addresses,
            "accounts": [account.lower() for account in running.participants],
            "proofs": {str(epoch): count for epoch, count in running.proofs.items()},
        }
    )
    output.line(f"node             {running.rpc} (chain id {running.settings.chain_id})")
    for key, address in addresses.items():
        output.line(f"{key:<16} {address}")
    output.line(f"{'bonus token':<16} {running.bonus_token.lower()}")
    proofs = ", ".join(f"{epoch}: {count}" for epoch, count in running.proofs.items())
    output.line(f"{'proofs by epoch':<16} {proofs}")
    output.line(f"wrote {config}")


def _advance(config: Path, seconds: int, output: Output) -> None:
    from deploy.devnet import advance_time, mine
    from settlement.entry.configuration.assembly import read_settings

    rpc = read_settings(config).chain.rpc[0]
    reached = advance_time(rpc, seconds)
    mine(rpc, 4)
    output.document({"timestamp": reached})
    output.line(f"the chain's clock is at {reached} ({as_date(reached)})")


def _stop(config: Path, output: Output) -> None:
    from deploy.devnet import pid_file, stop_by_pid_file

    ended = stop_by_pid_file(pid_file(_folder(config)))
    output.document({"stopped": ended})
    output.line("the node was stopped" if ended else "no node was running")


def _folder(config: Path) -> Path:
    return config.resolve().parent / ".devnet"
