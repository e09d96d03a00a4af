"""What the service measures: of the lake, of the contracts, of this host. Values are whole numbers, units in names."""

import os
import shutil
import time
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]

from indexer.words.blocks import BlockRange
from indexer.words.quantities import BlockNumber, Epoch, to_hex
from settlement.adapters.chain.treasury import fetch_delay, fetch_treasury
from settlement.entry.configuration.assembly import Store, ingest_settings
from settlement.entry.configuration.chain_access import ChainAccess
from settlement.entry.configuration.settings import Settings
from settlement.rules.epoch.read_report import parse_report
from settlement.rules.sending.fees import first_fees
from settlement.rules.sending.nonces import missing_nonces
from settlement.words.intents import Intent, IntentState
from sql import load_sql

if TYPE_CHECKING:
    from indexer.adapters.store.lake import Lake

Measures = tuple[dict[str, int], dict[str, str]]
VOTE_GAS = 400_000
"""What a vote is taken to cost before the first one was mined."""
_DAY_SECONDS = 86_400
_RACES = ("vote", "activate")
"""Of equals, that several send at once: a vote that is missing and a root that stays pending are seen as such."""


def lake_values(lake: "Lake", settings: Settings) -> Measures:
    """Return how far the lake reaches and what of it is not proven."""
    from indexer.flows.runs.audit import first_uncovered

    final, last = lake.finalized_head(), lake.last_block()
    values = {"lake_block": 0 if last is None else last.number}
    values |= {row["name"]: int(row["value"]) for row in lake.query(load_sql("service/lake_counts")).to_pylist()}
    if final is None:
        return values | {"lake_final_block": 0, "lake_final_time_seconds": 0, "coverage_gaps": 0}, {}
    wanted = ingest_settings(settings, None)
    first = lake.query(load_sql("lake/first_block")).to_pylist()[0]["number"]
    block = lake.query(load_sql("service/block_time"), {"number": final.number}).to_pylist()[0]
    gap = first_uncovered(lake, BlockRange(BlockNumber(first), final.number), wanted)
    values |= {"lake_final_block": final.number, "lake_final_time_seconds": int(block["timestamp"])}
    return values | {"coverage_gaps": int(gap is not None)}, {} if gap is None else {"coverage_gaps": f"block {gap}"}


def host_values(store: Store) -> Measures:
    """Return what this host has left, and what became of transactions."""
    data_dir = store.settings.store.data_dir
    memory = psutil.virtual_memory()
    values = {
        "disk_free_bytes": shutil.disk_usage(data_dir).free,
        "disk_epoch_bytes": _epoch_bytes(store),
        "memory_used_bytes": int(psutil.Process(os.getpid()).memory_info().rss),
        "memory_limit_bytes": _memory_limit(int(memory.total)),
    }
    return values | _transaction_values(store), {}


def _epoch_bytes(store: Store) -> int:
    """Return what the newest settled epoch takes on disk; 0 before the first."""
    last = store.journal.last_epoch()
    if last is None:
        return 0
    folder = store.settings.store.data_dir / "epochs"
    newest = max(
        (each for each in folder.glob("*") if each.is_dir()), default=None, key=lambda each: each.stat().st_mtime
    )
    return 0 if newest is None else sum(each.stat().st_size for each in newest.rglob("*") if each.is_file())


def _memory_limit(total: int) -> int:
    """Return the bytes that this process may have: the container's limit where there is one."""
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            text = file.read().strip()
        return total if text == "max" else min(total, int(text))
    except (OSError, ValueError):
        return total


def _transaction_values(store: Store) -> dict[str, int]:
    now, listed = time.time(), store.journal.intents.list_recent(_DAY_SECONDS)
    waiting = [each for each in listed if each.state is IntentState.OPEN]
    ages = [int(now - each.attempts[0].signed_at) for each in waiting]
    return {
        "transactions_open": len(waiting),
        "transaction_oldest_seconds": max(0, *ages) if ages else 0,
        "transactions_failed_24h": sum(_has_failed(each) for each in listed),
    }


def _has_failed(intent: Intent) -> bool:
    """Whether a transaction did not do what it was for; of votes and activations somebody else may have been faster."""
    is_race = intent.purpose in _RACES and intent.state is IntentState.REVERTED
    return intent.state in (IntentState.REVERTED, IntentState.REPLACED) and not is_race


def chain_values(store: Store, chain: ChainAccess, relayer: ChainAccess) -> Measures:
    """Return what nodes and contracts say: final block, epochs, votes, what the signer and the treasury can pay."""
    final = chain.fetch_final_head()
    distributor, settings = chain.distributor, chain.settings
    values = {
        "chain_final_block": final.ref.number,
        "chain_final_time_seconds": int(final.timestamp),
        "chain_time_seconds": distributor.chain_time(),
        "epoch_next": distributor.next_epoch(),
    }
    values["clock_skew_seconds"] = int(time.time()) - values["chain_time_seconds"]
    active = distributor.latest_active()
    values["epoch_active"] = settings.clock.first - 1 if active is None else active[0]
    said: dict[str, str] = {}
    votes, members = _vote_values(store, chain, Epoch(values["epoch_next"]))
    said["members_absent"] = members
    disputed = disputed_epochs(store, chain)
    challenges = distributor.open_challenges()
    values |= {
        "root_disputed": len(disputed),
        "root_challenged": len(challenges),
        "veto_until_seconds": distributor.root_at(disputed[0]).active_at if disputed else 0,
        "activation_delay_seconds": fetch_delay(chain.state, distributor.address),
    }
    said["root_disputed"] = ", ".join(f"epoch {epoch}" for epoch in disputed)
    said["root_challenged"] = "; ".join(f"epoch {each.epoch}: by {to_hex(each.by)}" for each in challenges)
    values |= votes | _pending_values(chain, Epoch(values["epoch_active"] + 1), Epoch(values["epoch_next"]))
    values["nonce_gaps"] = sum(_nonce_gaps(store, each) for each in (chain, relayer))
    return values | _signer_values(store, chain) | _treasury_values(store, chain), said


def _vote_values(store: Store, chain: ChainAccess, epoch: Epoch) -> tuple[dict[str, int], str]:
    """Return whether our vote stands, whether the committee executed another report, and who has not voted."""
    distributor, journal = chain.distributor, store.journal
    last = journal.last_epoch()
    settled, executed = journal.load_report(epoch), Epoch(min(epoch - 1, epoch - 1 if last is None else last))
    ours = journal.load_report(executed) if executed >= chain.settings.clock.first else None
    differs = ours is not None and distributor.root_at(executed).report_hash != ours.report_hash
    wallet, members = chain.wallet(), distributor.members()
    votes = {member: distributor.vote_of(epoch, member) for member in members}
    absent = [to_hex(member) for member, vote in votes.items() if vote is None]
    voter = distributor.voter_of(wallet.address) if wallet.can_sign else None
    is_missing = settled is not None and voter is not None and votes.get(voter) != settled.report_hash
    others = {vote for vote in votes.values() if vote is not None}
    values = {
        "vote_missing": int(is_missing),
        "outvoted": int(differs),
        "members": len(members),
        "members_absent": len(absent),
        "dissent": int(len(others) > 1),
    }
    return values, ", ".join(absent)


def disputed_epochs(store: Store, chain: ChainAccess) -> list[Epoch]:
    """Return the epochs whose pending root is not the one settled here."""
    active = chain.distributor.latest_active()
    oldest = chain.settings.clock.first if active is None else Epoch(active[0] + 1)
    found = []
    for epoch in map(Epoch, range(oldest, chain.distributor.next_epoch())):
        ours, held = store.journal.load_report(epoch), chain.distributor.root_at(epoch)
        if ours is not None and held.state == "pending" and held.report_hash != ours.report_hash:
            found.append(epoch)
    return found


def _pending_values(chain: ChainAccess, oldest: Epoch, following: Epoch) -> dict[str, int]:
    """Return when the oldest pending root may be activated; 0 where none is pending."""
    if oldest >= following:
        return {"pending_roots": 0, "activation_at_seconds": 0}
    return {"pending_roots": following - oldest, "activation_at_seconds": chain.distributor.root_at(oldest).active_at}


def _signer_values(store: Store, chain: ChainAccess) -> dict[str, int]:
    wallet = chain.wallet()
    if not wallet.can_sign:
        return {"signer_balance_wei": 0, "signer_votes_left": -1}
    balance, fees = wallet.fetch_balance(), first_fees(wallet.fetch_market(), 1 << 100)
    gas = store.journal.intents.greatest_gas("vote") or VOTE_GAS
    price = fees.max_fee_wei if fees else 0
    return {"signer_balance_wei": balance, "signer_votes_left": balance // max(1, gas * price)}


def _nonce_gaps(store: Store, chain: ChainAccess) -> int:
    """Return how many nonces nothing of ours will use although a later one waits for them."""
    if chain.signer is None:
        return 0
    wallet = chain.wallet()
    waiting = [intent.nonce for intent in store.journal.intents.list_open(wallet.address)]
    return len(missing_nonces(wallet.fetch_nonce(), waiting)) if waiting else 0


def _treasury_values(store: Store, chain: ChainAccess) -> dict[str, int]:
    """Return what the treasury can pay and what the next epoch may take, by the pool of the newest settled one."""
    last = store.journal.last_epoch()
    report = None if last is None else store.journal.load_report(last)
    needed = 0 if report is None else parse_report(report.document, "the journal", last).pool
    return {"treasury_wei": fetch_treasury(chain.state, chain.distributor.address), "treasury_needed_wei": int(needed)}
