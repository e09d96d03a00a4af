"""A reader in Chromium on a live network claims, and checks its amount and the whole epoch, on the served page."""

import shutil
import socket
import subprocess
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from web3 import HTTPProvider, Web3

from deploy.devnet import advance_time, mine
from pozk.demo import ACTIVATION_DELAY_SECONDS, BALANCE_ABI
from settlement.entry.configuration.assembly import open_readonly_store
from settlement.entry.configuration.config import load_settings
from settlement.entry.http.server import build_server
from settlement.entry.http.site import create_site
from settlement.entry.site_export import export_site

READER = Path(__file__).parents[2] / "deploy" / "page" / "build" / "devnet.mjs"
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.chain,
    pytest.mark.database,
    pytest.mark.slow,
    pytest.mark.skipif(not (READER.exists() and CHROMIUM.exists()), reason="`make setup` builds deploy/page"),
]


@pytest.fixture
def active(settled_operator, devnet, fresh_devnet):
    """An operator of a chain of its own, on which every settled epoch is voted for and active."""
    settled_operator.edit_config(devnet.rpc, fresh_devnet.rpc)
    settled_operator.pozk("settle", "--publish")
    advance_time(fresh_devnet.rpc, ACTIVATION_DELAY_SECONDS)
    mine(fresh_devnet.rpc, 4)
    settled_operator.pozk("settle", "--publish")
    settled_operator.pozk("index")
    return settled_operator


@pytest.fixture
def page(active, fresh_devnet):
    """The address of the page, served in this process."""
    environment = active.environment | {"POZK_SERVE_PUBLIC_RPC": fresh_devnet.rpc}
    with open_readonly_store(load_settings(active.config, environment)) as store, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = build_server(create_site(store), "127.0.0.1", 0)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        server.should_exit = True
        thread.join()


@pytest.fixture
def export(active, tmp_path):
    """The address of an export, served as plain files; the network's node is all that answers beside it."""
    with open_readonly_store(load_settings(active.config, active.environment)) as store:
        export_site(store, tmp_path / "site")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietFiles, directory=tmp_path / "site")) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


class QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def test_page__served_and_exported__pays_an_account_each_which_checks_what_it_got(page, export, active, fresh_devnet):
    query = "SELECT account, token, cumulative, epoch FROM settled_leaves ORDER BY epoch DESC, cumulative DESC LIMIT 2"
    for leaf, url, kind in zip(active.pozk("query", query).document, (page, export), ("api", "export"), strict=True):
        token = Web3.to_checksum_address(leaf["token"])
        contract = Web3(HTTPProvider(fresh_devnet.rpc)).eth.contract(token, abi=BALANCE_ABI)
        balance = contract.functions["balanceOf"](Web3.to_checksum_address(leaf["account"]))
        before = balance.call()
        words = [shutil.which("node"), READER, url, fresh_devnet.rpc, leaf["account"], str(leaf["epoch"]), kind]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=400)
        assert done.returncode == 0, f"{kind}: {done.stderr}"
        assert done.stdout.startswith("Paid: ")
        assert balance.call() - before == int(leaf["cumulative"])
