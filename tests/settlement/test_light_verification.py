"""Any account checks its own amounts and leaf from the report and a few shards: no other row, no server's word."""

import json
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from itertools import product

import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from settlement.adapters.lake.facts import LakeFacts
from settlement.rules.entitlements.opening import no_opening
from settlement.rules.epoch.settlement import Previous, compute_settlement, nothing_before
from tests.settlement.light_client import Known, MismatchError, Published, check_account
from tests.settlement.readings import facts_of
from tests.settlement.report_vector import choice_of, clock_of, load_vector, network_of, store_vector
from tests.settlement.settled_worlds import settle
from tests.settlement.small_worlds import TOKEN, small_world

WORLDS, EPOCHS = 100, 2


def published(settled):
    """Return what an oracle serves of a settled epoch."""
    shards = {}
    for stage, rows in settled.stage_rows.items():
        for row, byte in zip(rows.rows, rows.groups.tolist(), strict=True):
            shards.setdefault((stage, byte), []).append(row.tobytes())
    return serve(settled.document, set(settled.stage_rows), shards)


def serve(document, stages, shards):
    """Return shards with the digests that belong to them."""
    digests = {
        stage: [sha256(b"".join(shards.get((stage, byte), []))).digest() for byte in range(256)] for stage in stages
    }
    return Published(document, digests, lambda stage, byte: shards.get((stage, byte), []))


def everybody(settled):
    """Return every account with a leaf, work, a task or a deposit, paid or not."""
    rows, is_participant = settled.facts.aggregates, settled.facts.aggregates.is_participant()
    columns = (settled.leaves.account, rows.account[is_participant], settled.deposits.account)
    return {who.tobytes() for column in columns for who in column}


def allowed_shards(account, apps):
    """Return the shards that a client may need in an epoch: of its first byte, and of those of its apps."""
    own = {(stage, account[0]) for stage in ("aggregates", "amounts", "leaves")}
    return own | {(stage, app[0]) for stage in ("aggregates", "deposits") for app in apps}


def own_apps(settled, account):
    """Return the apps of an account: where it has a row of work or tasks, or a deposit."""
    rows, deposits = settled.facts.aggregates, settled.deposits
    own = {app.tobytes() for app, who in zip(rows.app, rows.account, strict=True) if who.tobytes() == account}
    return own | deposited_in(deposits, account)


def deposited_in(deposits, account):
    return frozenset(
        app.tobytes() for app, who in zip(deposits.app, deposits.account, strict=True) if who.tobytes() == account
    )


def check_all(settled, before, token, opening_file=b""):
    """Check every account of an epoch on its own; return how many amounts of each role were derived."""
    count = Counter()
    for account in sorted(everybody(settled)):
        now, past = published(settled), None if before is None else published(before)
        known = Known(account, token, deposited_in(settled.deposits, account), opening_file)
        count.update(role for _, _, role in check_account(known, now, past))
        assert now.fetched <= allowed_shards(account, own_apps(settled, account))
        assert past is None or past.fetched <= {("leaves", account[0])}
    return count


def test_check_account__everybody_in_random_epochs__derives_each_amount_and_the_leaf():
    derived, rules, spare = Counter(), set(), 0
    for seed in range(WORLDS):
        vector, before = small_world(seed, EPOCHS), None
        for epoch, settled in zip(vector, settle(vector), strict=True):
            derived += check_all(settled, before, TOKEN, epoch.opening_file())
            report, before = json.loads(settled.document), settled
            rules.add((report["ruleset"], report["residual"]) if int(report["distributed"]) else report["voided"])
            spare += report["parameters"]["spare"]["account"] != ""
    assert min(derived[role] for role in range(5)) > 20  # emission and bonus by role, returned, correction, opening
    assert rules >= {"1", *product(("paper-v1", "paper-v2"), ("rollover", "normalize"))}
    assert spare > 20


@pytest.mark.database
def test_check_account__everybody_in_the_vector__derives_each_amount_and_the_leaf(lake_url, tmp_path):
    vector, before, previous, derived = load_vector(), None, nothing_before(), Counter()
    network = network_of(vector)
    with open_lake(lake_url, tmp_path, REFERENCE) as lake:
        store_vector(vector, lake)
        facts = LakeFacts(lake, clock_of(vector))
        for epoch in range(len(vector["reports"])):
            settled = compute_settlement(network, facts_of(facts, epoch), choice_of(vector), previous, no_opening())
            assert settled.document == vector["reports"][epoch]["document"].encode()
            derived += check_all(settled, before, network.token)
            before, previous = settled, Previous(settled.report_hash, settled.leaves, settled.tree)
    stages = [json.loads(report["document"])["stages"] for report in vector["reports"]]
    assert derived.total() == sum(int(stage["amounts"]["count"]) for stage in stages)


def test_check_account__one_byte_of_a_row_changed__is_refused():
    settled = next(one for seed in range(WORLDS) for one in settle(small_world(seed, 1)) if len(one.amounts) > 3)
    account = settled.amounts.account[0].tobytes()
    known = Known(account, TOKEN, deposited_in(settled.deposits, account))
    for stage in ("aggregates", "amounts", "leaves"):
        honest = published(settled)
        rows = honest.shard(stage, account[0])
        forged = [rows[0][:-1] + bytes([rows[0][-1] ^ 1]), *rows[1:]]
        lying = replace(
            honest,
            shard=lambda at, byte, forged=forged, stage=stage, honest=honest: (
                forged if (at, byte) == (stage, account[0]) else honest.shard(at, byte)
            ),
        )
        with pytest.raises(MismatchError, match=f"shard {account[0]:02x} of {stage}"):
            check_account(known, lying, None)


@pytest.mark.parametrize("stage", ["amounts", "leaves", "aggregates"])
def test_check_account__an_oracle_that_pays_one_wei_too_much__is_found_by_the_account(stage):
    """The oracle's own digests and report fit its rows: only the rules tell that one of them is wrong."""
    settled = next(one for seed in range(WORLDS) for one in settle(small_world(seed, 1)) if len(one.amounts) > 3)
    account = settled.amounts.account[0].tobytes()
    honest = published(settled)
    shards = {(at, byte): honest.shard(at, byte) for at in honest.digests for byte in range(256)}
    own = [row for row in shards[stage, account[0]] if account in row]
    shards[stage, account[0]] = sorted(
        row if row != own[0] else row[:-1] + bytes([row[-1] ^ 1]) for row in shards[stage, account[0]]
    )
    lying = serve(b"", set(honest.digests), shards)
    stages = {
        at: {"count": "0", "sha256": "0x" + sha256(b"".join(digests)).hexdigest()}
        for at, digests in lying.digests.items()
    }
    lying.report = honest.report | {"stages": stages}
    known = Known(account, TOKEN, deposited_in(settled.deposits, account))
    with pytest.raises(MismatchError):
        check_account(known, lying, None)
