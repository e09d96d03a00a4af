"""Any account checks its own amounts and leaf from the report and a few shards: no other row, no server's word."""

import json
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from itertools import product

import numpy as np
import pytest

from indexer.adapters.store.lake import open_lake
from indexer.words.blocks import BlockRef
from settlement.adapters.lake.facts import LakeFacts
from settlement.rules.columns.conversions import addresses_from_bytes, amounts_from_ints
from settlement.rules.entitlements.opening import no_opening, parse_opening
from settlement.rules.epoch.report import Network
from settlement.rules.epoch.settlement import Previous, compute_settlement, nothing_before
from settlement.rules.facts.aggregates import Aggregates, Bonuses
from settlement.rules.facts.epoch_facts import (
    AppSums,
    Correction,
    EpochFacts,
    EventBlocks,
    OpeningSum,
    RulesetChoice,
    Void,
    Weights,
)
from settlement.rules.facts.epochs import EpochBlocks
from tests.settlement.light_client import Known, MismatchError, Published, check_account
from tests.settlement.report_vector import choice_of, clock_of, load_world, network_of, store_world
from tests.settlement.small_worlds import TOKEN, small_world

WORLDS, EPOCHS = 100, 2
NETWORK = Network(31337, bytes(19) + b"\xd1", TOKEN, 1000, 100, 0)
NOTHING = RulesetChoice("of-no-use", "rollover")


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


def facts_of(epoch):
    """Return what the settlement reads of a plain epoch."""
    number, rows = epoch.number, epoch.aggregates
    first, last = (BlockRef(at, bytes(31) + bytes([at])) for at in (10 * number + 1, 10 * number + 9))
    sums = {row[1]: row[3] for row in rows if row[0] == 3}, {row[1]: row[3] for row in rows if row[0] == 4}
    file, openings = epoch.opening_file(), {}
    for token, _, wei in epoch.opening:
        openings[token] = openings.get(token, 0) + wei
    return EpochFacts(
        epoch=number,
        family="paper",
        blocks=EpochBlocks(first, last, is_empty=False),
        events=EventBlocks(np.zeros(0, np.uint64), np.zeros((0, 32), np.uint8), np.zeros(0, np.uint32)),
        weights=Weights(*epoch.weights, epoch.usage_unit),
        alphas={0: 1000, 1: 200, 2: 4000},
        emission=epoch.emission,
        choice=RulesetChoice(epoch.ruleset, epoch.residual),
        suspects=(),
        voids=(Void(first.number, 0),) if epoch.voided else (),
        violations=(),
        mendable=(),
        aggregates=Aggregates(
            np.array([row[0] for row in rows], dtype=np.uint8),
            addresses_from_bytes([row[1] for row in rows]),
            addresses_from_bytes([row[2] for row in rows]),
            amounts_from_ints(row[3] for row in rows),
            amounts_from_ints(row[4] for row in rows),
        ),
        bonuses=Bonuses(
            addresses_from_bytes([row[0] for row in epoch.bonuses]),
            addresses_from_bytes([row[1] for row in epoch.bonuses]),
            amounts_from_ints(row[2] for row in epoch.bonuses),
            addresses_from_bytes([row[3] for row in epoch.bonuses]),
        ),
        corrections=tuple(Correction(who, token, wei) for who, token, wei in epoch.corrections),
        openings=tuple(OpeningSum(token, wei, sha256(file).digest()) for token, wei in sorted(openings.items())),
        apps=tuple(AppSums(row[1], row[3], sums[0][row[1]], sums[1][row[1]]) for row in rows if row[0] == 0),
        total_app_staking=epoch.total_app_staking,
        total_staking=epoch.total_staking,
        proofs=sum(sums[1].values()),
    )


def settle(world):
    """Return the settlements of a plain world, one after the other."""
    settled, previous = [], nothing_before()
    for epoch in world:
        facts = facts_of(epoch)
        opening = parse_opening(facts.openings, epoch.opening_file(), "the file")
        settled.append(compute_settlement(NETWORK, facts, NOTHING, previous, opening))
        previous = Previous(settled[-1].report_hash, settled[-1].leaves, settled[-1].tree)
    return settled


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
        world, before = small_world(seed, EPOCHS), None
        for epoch, settled in zip(world, settle(world), strict=True):
            derived += check_all(settled, before, TOKEN, epoch.opening_file())
            report, before = json.loads(settled.document), settled
            rules.add((report["ruleset"], report["residual"]) if int(report["distributed"]) else report["voided"])
            spare += report["parameters"]["spare"]["account"] != ""
    assert min(derived[role] for role in range(5)) > 20  # emission and bonus by role, returned, correction, opening
    assert rules >= {"1", *product(("paper-v1", "paper-v2"), ("rollover", "normalize"))}
    assert spare > 20


@pytest.mark.database
def test_check_account__everybody_in_the_vector__derives_each_amount_and_the_leaf(lake_url, tmp_path):
    world, before, previous, derived = load_world(), None, nothing_before(), Counter()
    network = network_of(world)
    with open_lake(lake_url, tmp_path) as lake:
        store_world(world, lake)
        facts = LakeFacts(lake, clock_of(world))
        for epoch in range(len(world["reports"])):
            settled = compute_settlement(network, facts.load_facts(epoch), choice_of(world), previous, no_opening())
            assert settled.document == world["reports"][epoch]["document"].encode()
            derived += check_all(settled, before, network.token)
            before, previous = settled, Previous(settled.report_hash, settled.leaves, settled.tree)
    stages = [json.loads(report["document"])["stages"] for report in world["reports"]]
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
