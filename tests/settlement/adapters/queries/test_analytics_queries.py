"""The named queries, each against the same numbers out of plain Python, over a devnet with all kinds of traffic."""

from collections import Counter
from datetime import UTC

import pytest

from tests.settlement.adapters.queries import plain_analytics as plainly
from tests.settlement.adapters.queries.conftest import ask
from tests.settlement.adapters.queries.plain_world import text

pytestmark = [pytest.mark.chain, pytest.mark.database]
COLUMNS = {
    "app_revenue": "app name proofs miners users fees fees_tokens to_miners burned rebated emission emission_tokens",
    "reward_concentration": "epoch accounts emission emission_tokens gini_ratio top_account_ratio top_ten_ratio "
    "top_tenth_ratio",
    "stake_flows": "epoch app role changes added added_tokens removed removed_tokens net net_tokens effective "
    "effective_tokens",
    "utilisation": "epoch posted accepted proven cancelled missed staked_miners proving_miners busy_seconds "
    "proven_ratio proving_ratio busy_ratio",
    "missed_deadlines": "app miner accepted missed slashed slashed_tokens taken_over takeovers missed_ratio",
    "fees": "epoch proofs fees fees_tokens to_miners to_miners_tokens burned burned_tokens rebated rebated_tokens "
    "least_fee greatest_fee",
    "time_to_proof": "app proofs median_seconds p90_seconds slowest_seconds missed",
    "throughput": "miner proofs epochs gates work_milli_gates busy_seconds proofs_per_hour gates_per_hour "
    "gates_per_busy_hour suggested_node",
    "self_dealing_pairs": "miner user ties is_same_account is_exclusive is_quick is_main_payee tasks fees "
    "median_wait_seconds of_miner_ratio of_user_ratio of_fees_ratio",
    "quality": "miner accepted proven missed takeovers disputes disputes_lost slashed slashed_tokens median_seconds "
    "p90_seconds median_left_seconds proven_ratio missed_ratio",
    "committee_punctuality": "oracle since_epoch votes missed dissents fastest_seconds median_seconds slowest_seconds "
    "voted_ratio",
    "unclaimed_by_age": "token epoch age_epochs accounts unclaimed",
}


@pytest.mark.parametrize("name", COLUMNS)
def test_run_named__over_a_devnet__is_what_plain_python_computes(reader, world, name):
    expected = getattr(plainly, name)(world)
    assert expected
    for got, wanted in zip(ask(reader, name, COLUMNS[name]), expected, strict=True):
        for one, other, column in zip(got, wanted, COLUMNS[name].split(), strict=True):
            if column.endswith(("_ratio", "_hour")) and other is not None:
                assert one == pytest.approx(other, rel=1e-12, abs=1e-15)
            else:
                assert (column, one, type(one)) == (column, other, type(other))


@pytest.mark.parametrize("board", ["miners", "users", "apps"])
def test_leaderboard__of_each_board__ranks_by_amount(reader, world, board):
    got = ask(reader, "leaderboard", "rank account amount amount_tokens proofs", board=board)
    assert got == plainly.leaderboard(world, board)


def test_miner_history__of_miners__is_what_plain_python_computes(reader, world):
    columns = "epoch proofs apps gates missed stake stake_tokens fees fees_tokens emission emission_tokens"
    for miner in sorted({row["miner"] for row in world.tables["task_accepted"]})[:2]:
        got = ask(reader, "miner_history", columns, account=text(miner))
        assert got == plainly.miner_history(world, miner)
        assert got


@pytest.mark.parametrize("role", ["miners", "users"])
def test_cohort_retention__of_miners_and_users__counts_who_came_back(reader, world, role):
    got = ask(reader, "cohort_retention", "cohort later accounts active active_ratio", role=role)
    assert got == plainly.cohort_retention(world, role)


def test_account_statement__of_miners_and_users__has_every_entry(reader, world):
    miner, user = (world.tables["proof_verified"][0][name] for name in ("miner", "user"))
    slashed = world.tables["slashed"][0]["account"]
    for account in (miner, user, slashed):
        got = ask(reader, "account_statement", "kind at epoch token amount", account=text(account))
        moments = [(kind, int(at.replace(tzinfo=UTC).timestamp()), *rest) for kind, at, *rest in got]
        assert [at for _, at, *_ in moments] == sorted(at for _, at, *_ in moments)
        assert sorted(moments, key=str) == plainly.account_statement(world, account)


def test_anomalies__of_all_epochs__are_those_of_plain_python(reader, world):
    expected = plainly.anomalies(world)
    assert Counter(ask(reader, "anomalies", "kind epoch account app", rows="100000")) == expected
    assert {"gate outlier", "missed deadline"} <= {kind for kind, *_ in expected}


def test_run_named__between_two_epochs__counts_these_alone(reader, world):
    whole = {row[0]: row for row in ask(reader, "reward_concentration", "epoch emission")}
    last = max(whole)
    span = {"from_epoch": str(last), "to_epoch": str(last)}
    assert ask(reader, "reward_concentration", "epoch emission", **span) == [whole[last]]
    board = ask(reader, "leaderboard", "amount", board="apps", **span)
    assert sum(amount for (amount,) in board) == whole[last][1]
    proofs = [row for row in world.tables["proof_verified"] if row["epoch"] == last]
    assert sum(count for (count,) in ask(reader, "throughput", "proofs", **span)) == len(proofs)
