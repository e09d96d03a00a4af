"""A reader in Chromium on a live network claims, whatever its wallet does, and checks an amount and the whole epoch."""

import json
import shutil
import socket
import subprocess
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from urllib.request import urlopen

import pytest
from web3 import HTTPProvider, Web3

from deploy.devnet import Devnet, advance_time, mine, reload_devnet
from indexer.words.quantities import to_hex
from pozk.demo import ACTIVATION_DELAY_SECONDS, BALANCE_ABI
from settlement.entry.configuration.assembly import open_readonly_store
from settlement.entry.configuration.config import load_settings
from settlement.entry.http.layers.server import build_server
from settlement.entry.http.site import create_site
from settlement.entry.site_export import export_site
from settlement.rules.columns.conversions import amount_at
from tests.conftest import create_database, drop_database
from tests.support.operator import Operator

BUILT = Path(__file__).parents[2] / "deploy" / "page" / "build"
READER, WALLETS = BUILT / "devnet.mjs", BUILT / "wallets.mjs"
CHROMIUM = Path("/usr/bin/chromium")
CASES = (
    "rejected by the user",
    "wrong chain: switch",
    "wrong chain: add",
    "sped up",
    "cancelled",
    "claimed by someone else before the wallet was asked",
    "claimed by someone else while the wallet signs",
    "for another account",
    "two that both say they are MetaMask, and window.ethereum",
    "window.ethereum alone",
    "a Safe, by its file and by the raw call",
    "another recipient",
    "no money for gas",
    "root not yet active",
)
"""Those of deploy/page/tests/wallets.ts, in their order."""
pytestmark = [
    pytest.mark.chain,
    pytest.mark.database,
    pytest.mark.slow,
    pytest.mark.skipif(not (WALLETS.exists() and CHROMIUM.exists()), reason="`make setup` builds deploy/page"),
]


class Nothing:
    """What captures where nobody reads it."""

    def readouterr(self):
        return SimpleNamespace(out="", err="")


@dataclass
class Live:
    """A chain on which every settled epoch is voted for and active, and an operator of it.

    `pending` is a state of the chain before that, in which no root is active.
    """

    chain: Devnet
    operator: Operator
    pending: str


@pytest.fixture(scope="module")
def live(devnet, settled, postgres, tmp_path_factory):
    folder, database = settled
    own = tmp_path_factory.mktemp("live")
    shutil.copytree(folder, own / "mine")
    url = create_database(postgres, database)
    operator = Operator(own / "mine", Nothing(), {"POZK_STORE_DATABASE_URL": url})
    with reload_devnet(devnet, devnet.settings.state_file, own / "node") as chain:
        operator.edit_config(devnet.rpc, chain.rpc)
        operator.pozk("settle", "--publish")
        pending = Web3(HTTPProvider(chain.rpc)).provider.make_request("evm_snapshot", [])["result"]
        advance_time(chain.rpc, ACTIVATION_DELAY_SECONDS)
        mine(chain.rpc, 4)
        operator.pozk("settle", "--publish")
        operator.pozk("index")
        yield Live(chain, operator, pending)
    drop_database(postgres, url)


@pytest.fixture(scope="module")
def page(live):
    """The address of the page, served in this process."""
    environment = live.operator.environment | {"POZK_SERVE_PUBLIC_RPC": live.chain.rpc}
    environment |= {"POZK_SERVE_REQUESTS_PER_MINUTE": "0"}
    with open_readonly_store(load_settings(live.operator.config, environment)) as store, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = build_server(create_site(store), "127.0.0.1", 0)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def export(live, tmp_path_factory):
    """The address of an export, served as plain files; the network's node is all that answers beside it."""
    folder = tmp_path_factory.mktemp("export") / "site"
    with open_readonly_store(load_settings(live.operator.config, live.operator.environment)) as store:
        export_site(store, folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=folder)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


class QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def leaves(live):
    """Account -> token -> wei after the newest epoch, of those that are owed most first."""
    with open_readonly_store(load_settings(live.operator.config, live.operator.environment)) as store:
        rows = store.artifacts.load_epoch(store.journal.last_epoch()).load_leaves()
    owed = defaultdict(dict)
    for row in range(len(rows)):
        owed[to_hex(rows.account[row].tobytes())][to_hex(rows.token[row].tobytes())] = amount_at(rows.cumulative, row)
    return dict(sorted(owed.items(), key=lambda entry: -sum(entry[1].values())))


@pytest.mark.parametrize(("place", "kind"), [(0, "api"), (1, "export")])
def test_page__served_or_exported__pays_an_account_which_checks_what_it_got(place, kind, page, export, live, leaves):
    account, owed = list(leaves.items())[place]
    balances = [balance_of(live.chain, token, account) for token in owed]
    before = [each.call() for each in balances]
    words = [{"api": page, "export": export}[kind], live.chain.rpc, account, "4", kind]
    said = read_in_browser(READER, words, timeout=400)
    assert said.startswith("Paid: ")
    assert [each.call() - had for each, had in zip(balances, before, strict=True)] == list(owed.values())


def balance_of(chain, token, account):
    contract = Web3(HTTPProvider(chain.rpc)).eth.contract(Web3.to_checksum_address(token), abi=BALANCE_ABI)
    return contract.functions["balanceOf"](Web3.to_checksum_address(account))


def read_in_browser(program, words, timeout):
    command = [shutil.which("node"), program, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_list_epochs__activated_in_blocks_that_are_not_final__are_active_as_the_chain_says(page):
    rows = json.loads(urlopen(f"{page}v1/epochs", timeout=30).read())["items"]  # noqa: S310 - our own server
    assert [row["status"] for row in rows] == ["open", *["active"] * 5]


@pytest.fixture(scope="module")
def told(page, live, leaves):
    """What became of each case, of one browser for all of them: "ok", or what went wrong."""
    said = read_in_browser(WALLETS, [page, live.chain.rpc, live.pending, *list(leaves)[2:]], timeout=500)
    return dict(line.split("\t", 1) for line in said.splitlines())


@pytest.mark.parametrize("case", CASES)
def test_claim__what_happens_to_people__is_followed_and_said_in_words(case, told):
    assert tuple(told) == CASES
    assert told[case] == "ok"
