"""The whole money path on a local chain, with the commands that an operator types.

devnet, check, index, settle --publish, activation, verify, claim, distribute; then every account's balance on chain
is compared with its entitlement. The bond of the traffic's challenge is had back, as something else was executed. Exit
code 1 if anything differs.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from web3 import Web3

from deploy.artifacts import load_artifact
from deploy.devnet.challenge_plan import EPOCH, false_ballot
from deploy.pool_provider import connect
from indexer.adapters.nodes.pool import open_chain
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
    parser.add_argument(
        "--serve", action="store_true", help="Leave the claims to a browser: serve the page in the end."
    )
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    end_on_signals()
    try:
        return serve(folder) if arguments.serve else play(folder)
    except Terminated as request:
        return request.code
    finally:
        pozk(folder, "devnet", "--stop")


def play(folder: Path) -> int:
    """Run every step, print the tables, and return 0 if all balances match."""
    devnet = settle_and_activate(folder)
    pozk(folder, "verify")
    entitlements = load_entitlements(folder)
    web3 = connect(open_chain([devnet["rpc"]]))
    close_challenge(web3, devnet["contracts"]["distributor"])
    before = {key: balance(web3, *key) for key in entitlements}
    pozk(folder, "claim", next(iter(entitlements))[0])
    pozk(folder, "distribute")
    show_epochs(folder)
    return show_balances(web3, entitlements, before)


def settle_and_activate(folder: Path) -> Any:
    """Start the chain, index, settle and publish until the roots are active; return the document of the devnet."""
    devnet = pozk(folder, "devnet", "--detach")
    pozk(folder, "check")
    pozk(folder, "index")
    pozk(folder, "settle", "--publish")
    pozk(folder, "devnet", "--advance", str(ACTIVATION_DELAY_SECONDS))
    pozk(folder, "settle", "--publish")
    pozk(folder, "index")
    return devnet


def serve(folder: Path) -> int:
    """Settle and activate, claim nothing, and serve the page until the process is told to end."""
    settle_and_activate(folder)
    print("every root is active and nothing is claimed yet; Ctrl-C ends the page and the chain", flush=True)
    return subprocess.run([POZK, "serve"], cwd=folder, check=False).returncode  # noqa: S603 - our own command


def pozk(folder: Path, *arguments: str) -> Any:
    """Run one command in the folder and return its JSON document; leave with 1 if it fails."""
    return json.loads(run(folder, *arguments, "--json"))


def run(folder: Path, *arguments: str) -> str:
    """Run one command in the folder and return what it prints; leave with 1 if it fails."""
    print(f"$ pozk {' '.join(arguments)}", file=sys.stderr, flush=True)
    done = subprocess.run([POZK, *arguments], cwd=folder, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode != 0:
        print(f"pozk {arguments[0]} ended with exit code {done.returncode}", file=sys.stderr)
        raise SystemExit(1)
    return done.stdout


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


def close_challenge(web3: Web3, distributor: str) -> None:
    """Close the challenge of the false root and say what became of the bond; leave with 1 if it is not returned."""
    distributor_abi, desk_abi = (load_artifact(name).abi for name in ("RewardDistributor", "ChallengeDesk"))
    rewards = web3.eth.contract(address=Web3.to_checksum_address(distributor), abi=distributor_abi)
    desk = web3.eth.contract(address=rewards.functions["desk"]().call(), abi=desk_abi)
    challenger, bond = desk.functions["challengeOf"](EPOCH, false_ballot()).call()
    token = str(desk.functions["token"]().call())
    held = balance(web3, challenger, token)
    sent = desk.functions["close"](EPOCH, false_ballot()).transact({"from": web3.eth.accounts[0]})
    web3.eth.wait_for_transaction_receipt(sent)
    returned = balance(web3, challenger, token) - held
    print(f"the challenge of a false root of epoch {EPOCH}: bond {bond}, returned {returned}")
    if not bond or returned != bond:
        raise SystemExit(1)


def show_epochs(folder: Path) -> None:
    """Print the named query `epochs`: one row an epoch; leave with 1 where a root on chain is another one."""
    rows = pozk(folder, "query", "epochs")
    print(run(folder, "query", "epochs"), end="", flush=True)
    if any(row["on_chain"] != "same" for row in rows if row["root"] is not None):
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
        f"{accounts} accounts, {len(entitlements)} balances (what they held before the first claim is left out)"
    )
    print("the page: `pozk serve` in this folder; with the chain running and claims left to you: `make demo SERVE=1`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
