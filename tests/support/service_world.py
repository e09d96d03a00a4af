"""A service whose jobs are run by hand on a chain of its own, and what its checks say of real faults."""

import os
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import psycopg
from web3 import HTTPProvider, Web3

from deploy.artifacts import load_artifact
from deploy.devnet import Devnet, mine
from deploy.devnet.rpc import DevRpc
from deploy.faults.source import RefusalError, Upstream
from indexer.adapters.postgres.database import connect
from settlement.adapters.store.jobs import PostgresJobs
from settlement.entry.cli import run
from settlement.entry.configuration.assembly import open_store
from settlement.entry.configuration.chain_access import ChainAccess
from settlement.entry.configuration.config import load_settings
from settlement.entry.service.runner import Runner
from settlement.entry.service.work import Workshop
from settlement.entry.status import load_status
from settlement.words.service import JobState
from tests.support.played_node import PlayedNode, RefusedError


class NodeDoor:
    """A node that is a devnet's as long as `mode` is open; away, or lying about the receipts of new blocks, else."""

    def __init__(self, rpc):
        self.mode, self.upstream, self._node = "open", Upstream(rpc), PlayedNode(self._answer)

    @property
    def url(self):
        return self._node.url

    def close(self):
        self._node.__exit__()

    def _answer(self, method, params):
        if self.mode == "away":
            raise RefusedError(status=503)
        try:
            result = self.upstream.answer(method, params)
        except RefusalError as refusal:
            raise RefusedError({"code": refusal.code, "message": str(refusal)}) from None
        if self.mode == "lies" and method == "eth_getBlockReceipts" and result:
            for receipt in result:
                receipt["cumulativeGasUsed"] = hex(int(receipt["cumulativeGasUsed"], 16) + 1)
        return result


@dataclass
class ServiceWorld:
    """`environment` sets what a fault needs; `devnet` is the chain of this world alone."""

    devnet: Devnet
    config: object
    environment: dict
    door: NodeDoor
    said: list = field(default_factory=list)
    runner: Runner | None = None

    def __post_init__(self):
        self.rpc = DevRpc(self.devnet.rpc)
        self.web3 = Web3(HTTPProvider(self.devnet.rpc))
        self.configure()

    def configure(self, **other):
        """Read the configuration with other variables, as a restart does."""
        if self.runner is not None:
            self.runner.shop.close()
        self.settings = load_settings(self.config, self.environment | other)
        shop = Workshop(self.settings, self.settings.store.database_url, self._say)
        self.runner = Runner(self.settings, shop, self._say)

    def _say(self, event, **bound):
        self.said.append((event, bound))

    def run(self, *jobs):
        """Run jobs now, whatever pause they are in; return how the last one ended."""
        with psycopg.connect(self.settings.store.database_url, autocommit=True) as connection:
            connection.execute("UPDATE pozk.jobs SET not_before = now() - INTERVAL '2 seconds'")
        return [self.runner.run(name) for name in jobs][-1]

    def failing(self):
        return {check.name for check in load_status(self.settings, "speaks").checks if not check.ok}

    def checks(self):
        return {check.name: check for check in load_status(self.settings, "speaks").checks}

    def thaw(self):
        """What `pozk run --thaw` does."""
        with connect(self.settings.store.database_url) as connection:
            PostgresJobs(connection).thaw(JobState.FROZEN, JobState.FAILED)

    def measure(self, values, said=None):
        with connect(self.settings.store.database_url) as connection:
            PostgresJobs(connection).measure(values, said)

    def sql(self, statement, *values):
        with psycopg.connect(self.settings.store.database_url, autocommit=True) as connection:
            return connection.execute(statement, values)

    def lake_rows(self, query):
        """Return what a query of the lake gives."""
        with self.runner.shop.lake() as lake:
            return lake.query(query).to_pylist()

    def mine(self, blocks):
        mine(self.rpc, blocks)

    def contract(self, name, key="distributor"):
        address = Web3.to_checksum_address(self.devnet.addresses[key])
        return self.web3.eth.contract(address=address, abi=load_artifact(name).abi)

    def transact(self, office, call, *, waits=True):
        """Send a call from an officer's account, which the node holds the key of."""
        sent = call.transact({"from": self.devnet.officers[office].address})
        if waits:
            assert self.web3.eth.wait_for_transaction_receipt(sent)["status"] == 1
        return sent

    def measured(self, name):
        return load_status(self.settings, "speaks").measured[name].value

    def newest_epoch(self):
        """Return the newest settled epoch."""
        return load_status(self.settings, "speaks").document["epoch"]["settled"]

    @contextmanager
    def sending(self, **other):
        """Give what sends for the signer, with other patience."""
        with open_store(self.settings) as store:
            yield replace(ChainAccess(self.settings).sender(store.journal.intents), **other)

    def pozk(self, *arguments, code=0):
        """Run a command line with this configuration, while the service is stopped."""
        self.runner.shop.close()
        kept = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        try:
            assert run([*arguments, "--config", str(self.config)]) == code
        finally:
            for name, value in kept.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value

    @contextmanager
    def undone(self):
        """Undo on the chain whatever happens inside."""
        before = self.rpc.call("evm_snapshot")
        try:
            yield
        finally:
            assert self.rpc.call("evm_revert", before)

    def grow_older(self, seconds=3):
        """Let all that was measured, and what became of jobs, be so much older, as if time had passed."""
        self.sql(
            "UPDATE pozk.measured SET at = at - %s * INTERVAL '1 second', since = since - %s * INTERVAL '1 second'",
            seconds,
            seconds,
        )
        self.sql(
            "UPDATE pozk.jobs SET since = since - %s * INTERVAL '1 second', "
            "succeeded_at = succeeded_at - %s * INTERVAL '1 second'",
            seconds,
            seconds,
        )


def world_of(devnet, operator, **variables):
    door = NodeDoor(devnet.rpc)
    environment = operator.environment | {"POZK_CHAIN_RPC": door.url} | variables
    return ServiceWorld(replace(devnet), operator.config, environment, door)
