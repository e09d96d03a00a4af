"""A shadowed network read by the engine and by plain Python: one network, and whatever is altered is found."""

import random
from dataclasses import replace

import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.pozk import POZK
from indexer.words.errors import UnsoundError
from indexer.words.levels import RECEIPTS
from indexer.words.quantities import Epoch
from settlement.adapters.lake.duckdb_engine import DuckdbSnapshot
from settlement.adapters.shadow.second_check import check_network
from settlement.adapters.shadow.shadow_rows import NetworkAddresses, load_network
from settlement.rules.facts.epochs import EpochClock
from settlement.rules.shadow.vesting import VestingAmount
from tests.settlement.adapters.events import MadeUpChain, address

pytestmark = pytest.mark.database
APPS, ACCOUNTS = [address(number) for number in (1, 2, 3)], [address(number) for number in range(10, 16)]
PLACES = NetworkAddresses(address(90), address(91), address(92))
CLOCK = EpochClock(0, 1 << 62, Epoch(0))


def random_chain(seed, epochs=7, logs=40):
    """Return a chain with logs of every kind that counts, in any order, and vesting amounts."""
    rng, chain = random.Random(seed), MadeUpChain(protocol=POZK)
    vested = []
    chain.mine().emit("alpha", n=1, d=4).emit("new_mine_reward", amount=10**20)
    for epoch in range(1, epochs):
        chain.mine().emit("new_epoch", height=epoch, start_time=0)
        for _ in range(logs):
            if rng.random() < 0.5:
                chain.mine()
            emit_any(rng, chain, epoch)
            if rng.random() < 0.1:
                block = chain.blocks[-1]
                end = rng.choice((0, block["timestamp"] + rng.randrange(900)))
                vested.append(VestingAmount(block["number"], rng.choice(ACCOUNTS), rng.randrange(100), end))
    chain.mine()
    return chain, list({(row.block, row.account): row for row in vested}.values())


def emit_any(rng, chain, epoch):
    app, account, other = rng.choice(APPS), rng.choice(ACCOUNTS), rng.choice(ACCOUNTS)
    amount, later = rng.randrange(1, 1000), epoch + rng.randrange(2)
    stake = {"epoch": later, "account": account, "changed": amount}
    sender, receiver = rng.sample([PLACES.vesting, PLACES.reward, account, other], 2)
    rng.choice(
        (
            lambda: chain.emit("register_prover", prover=app, work=amount),
            lambda: chain.emit("upgrade_prover", prover=app, work=amount),
            lambda: chain.emit("approve_prover", prover=app, work=amount, epoch=later, approved=rng.random() < 0.7),
            lambda: chain.emit("prover_stake_change", prover=app, **stake),
            lambda: chain.emit("miner_stake_change", prover=app, **stake | {"changed": rng.choice((-1, 1)) * amount}),
            lambda: chain.emit("player_stake_change", **stake),
            lambda: chain.emit("miner_labor", epoch=epoch, prover=app, miner=account, work=1),
            lambda: chain.emit("miner_labor", epoch=epoch, prover=app, miner=account, work=1),
            lambda: chain.emit("player_labor", epoch=epoch, prover=app, player=account, play=1),
            lambda: chain.emit("miner_collect", epoch=epoch, prover=app, miner=account, amount=amount),
            lambda: chain.emit("player_collect", epoch=epoch, prover=app, player=account, amount=amount),
            lambda: chain.emit("beta", n=1, d=amount),
            lambda: chain.emit("miner_player_per", miner_max_per=90, miner_min_per=10, player_max_num=amount),
            lambda: chain.emit("transfer", from_account=sender, to_account=receiver, amount=amount),
            lambda: chain.emit("transfer_prover", prover=app, owner=account),
            lambda: chain.emit("deposit_extra_prover_rewards", prover=app, epoch=epoch, token=other, amount=amount),
            lambda: chain.emit("claim_extra_prover_rewards", prover=app, epoch=epoch, remain=amount),
        )
    )()


def load(lake, vested):
    return load_network(lake, CLOCK, RECEIPTS, PLACES, lambda *_: vested, "a test")


def test_check_network__logs_of_every_kind__engine_and_plain_python_read_one_network(database_url, tmp_path):
    chain, vested = random_chain(7)
    with open_lake(database_url, tmp_path, POZK) as lake:
        chain.store(lake)
        seen = load(lake, vested)  # raises where they differ
        assert [len(epoch.apps) > 0 for epoch in seen.epochs] == [True] * 6
        steps = DuckdbSnapshot(lake)
        altered = {
            "settings": seen.settings[1:],
            "collects": [replace(seen.collects[0], amount=10**9), *seen.collects[1:]],
            "flows": seen.flows[:-1],
            "deposits": [],
            "owners": {},
            "claims": {},
            "epochs": [replace(seen.epochs[0], apps={}), *seen.epochs[1:]],
        }
        for name, value in altered.items():
            with pytest.raises(UnsoundError, match=f"differ in {name}"):
                check_network(
                    DuckdbSnapshot(lake), replace(seen, **{name: value}), vested, PLACES.vesting, PLACES.reward
                )
        with pytest.raises(UnsoundError, match="differ in epochs"):
            check_network(steps, seen, [], PLACES.vesting, PLACES.reward)
        first = min(row["block_number"] for row in chain.events["miner_labor"])
        lake.execute(f"DELETE FROM lake.miner_labor WHERE block_number = {first}")
        with pytest.raises(UnsoundError, match=r"the files of lake\.miner_labor are not what was committed"):
            load(lake, vested)
