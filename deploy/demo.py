"""The whole money path on a local chain, with the commands that an operator types.

devnet, check, index, settle --publish, activation, verify, claim, distribute; then every account's balance on chain
is compared with its entitlement. Exit code 1 if anything differs.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from web3 import Web3

from deploy.pool_provider import connect
from indexer.adapters.chain import open_chain
from settlement.entry.process import Terminated, end_on_signals

POZK = str(Path(sys.executable).with_name("pozk"))
ACTIVATION_DELAY_SECONDS = 3_600
BALANCE_ABI = [
    {
        "type": "function",
        "name": "balanceOf",
        "inputs": [{"type": "address", "name": "account"}],
        "outputs": [{"type": "uint256", "name": ""}],
        "stateMutability": "view",
    }
]
Entitlements = dict[tuple[str, str], int]


def main() -> int:
    """Run the demo in the folder that is given and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    end_on_signals()
    try:
        return play(folder)
    except Terminated as request:
        return request.code
    finally:
        pozk(folder, "devnet", "--stop")


def play(folder: Path) -> int:
    """Run every step, print the tables, and return 0 if all balances match."""
    devnet = pozk(folder, "devnet", "--detach")
    pozk(folder, "check")
    pozk(folder, "index")
    reports = pozk(folder, "settle", "--publish")["reports"]
    pozk(folder, "devnet", "--advance", str(ACTIVATION_DELAY_SECONDS))
    pozk(folder, "settle", "--publish")
    pozk(folder, "index")
    pozk(folder, "verify")
    entitlements = load_entitlements(folder)
    web3 = connect(open_chain([devnet["rpc"]]))
    before = {key: balance(web3, *key) for key in entitlements}
    pozk(folder, "claim", next(iter(entitlements))[0])
    pozk(folder, "distribute")
    show_epochs(folder, reports)
    return show_balances(web3, entitlements, before)


def pozk(folder: Path, *arguments: str) -> Any:
    """Run one command in the folder and return its JSON document; leave with its exit code if it fails."""
    print(f"$ pozk {' '.join(arguments)}", file=sys.stderr, flush=True)
    done = subprocess.run([POZK, *arguments, "--json"], cwd=folder, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode != 0:
        print(f"pozk {arguments[0]} ended with exit code {done.returncode}", file=sys.stderr)
        raise SystemExit(1)
    return json.loads(done.stdout)


def load_entitlements(folder: Path) -> Entitlements:
    """Return the newest cumulative amount of every (account, token), in wei."""
    rows = pozk(
        folder,
        "query",
        "SELECT account, token, cumulative FROM settled_leaves WHERE epoch = (SELECT max(epoch) FROM settled_leaves)",
    )
    return {(row["account"], row["token"]): int(row["cumulative"]) for row in rows}


def balance(web3: Web3, account: str, token: str) -> int:
    """Return the balance of a token on chain, in wei."""
    contract = web3.eth.contract(address=Web3.to_checksum_address(token), abi=BALANCE_ABI)
    return int(contract.functions["balanceOf"](Web3.to_checksum_address(account)).call())


def show_epochs(folder: Path, reports: Sequence[dict[str, Any]]) -> None:
    """Print one row an epoch, with the root on chain beside the one that was settled."""
    counts = {row["epoch"]: row for row in pozk(folder, "query", "epochs")}
    proposed = {
        row["epoch"]: row["root"] for row in pozk(folder, "query", "SELECT epoch, root FROM lake.root_proposed")
    }
    names = [
        "epoch",
        "blocks",
        "events",
        "proofs",
        "pool",
        "distributed",
        "remainder",
        "leaves",
        "root",
        "root on chain",
    ]
    table = Table(title="epochs", title_justify="left", box=None, header_style="bold")
    for name in names:
        table.add_column(name, justify="left" if name.startswith("root") else "right")
    for report in reports:
        count = counts.get(int(report["epoch"]), {"blocks": 0, "proofs": 0})
        table.add_row(
            report["epoch"],
            str(count["blocks"]),
            report["stages"]["events"]["count"],
            str(count["proofs"]),
            *(report[key] for key in ("pool", "distributed", "remainder")),
            report["stages"]["leaves"]["count"],
            shorten(report["root"]),
            shorten(proposed.get(int(report["epoch"]), "none")),
        )
    Console(width=180).print(table)
    if any(proposed.get(int(report["epoch"])) != report["root"] for report in reports):
        print("a root on chain differs from the settled one")
        raise SystemExit(1)


def show_balances(web3: Web3, entitlements: Entitlements, before: dict[tuple[str, str], int]) -> int:
    """Compare what each account received with its entitlement; print the verdict and return the exit code."""
    wrong = 0
    for key, entitlement in sorted(entitlements.items()):
        received = balance(web3, *key) - before[key]
        if received != entitlement:
            wrong += 1
            print(f"account {key[0]} token {key[1]}: entitled to {entitlement}, received {received}")
    accounts = len({account for account, _ in entitlements})
    if wrong or not entitlements:
        print(f"{wrong} of {len(entitlements)} balances differ from their entitlement")
        return 1
    print(
        f"every account's token balance on chain equals its entitlement: "
        f"{accounts} accounts, {len(entitlements)} balances (counted from the first claim on)"
    )
    return 0


def shorten(root: str) -> str:
    """Return a root as its first and last digits."""
    return f"{root[:12]}..{root[-8:]}" if len(root) > 24 else root


if __name__ == "__main__":
    sys.exit(main())
