"""`pozk explain` adds up to the leaf, and `pozk simulate` projects by the one allocation code."""

import csv
from fractions import Fraction
from math import prod

import pytest

from deploy.devnet import reload_devnet
from tests.support.operator import operator_of

pytestmark = [pytest.mark.chain, pytest.mark.database]
EPOCH = 1


@pytest.fixture
def operator(settled_operator):
    return settled_operator


def accounts_of(operator):
    rows = operator.pozk("query", f"SELECT DISTINCT account FROM settled_leaves WHERE epoch = {EPOCH}").document
    return sorted(row["account"] for row in rows)


def test_explain__every_account__adds_up_to_its_leaf_and_its_stored_amounts(operator):
    for account in accounts_of(operator)[:12]:
        story = operator.pozk("explain", account, "--epoch", str(EPOCH)).document
        stored = operator.pozk(
            "query",
            f"SELECT sum(amount) AS total FROM settled_amounts WHERE epoch = {EPOCH} "
            f"AND account = unhex('{account[2:]}')",
        ).document[0]["total"]
        grown = sum(int(entry["after"]) - int(entry["before"]) for entry in story["entitlements"])
        told = sum(int(row["amount"]) for row in story["amounts"] + story["corrections"])
        assert grown == told == int(stored or 0)


def test_explain__factors__multiply_to_the_exact_value(operator):
    story = operator.pozk("explain", accounts_of(operator)[0], "--epoch", str(EPOCH), "--full").document
    rows = [row for row in story["amounts"] if row["factors"] and int(row["amount"]) > 0]
    for row in rows:
        powers = [
            float(Fraction(int(f["numerator"]), int(f["denominator"]))) ** float(Fraction(*map(int, f["exponent"])))
            for f in row["factors"]
        ]
        assert prod(powers) * int(row["scale"]) == pytest.approx(float(row["value"]), rel=1e-9)
        assert int(row["amount"]) == int(row["floor"])
        assert len(row["proofs"]["all"]) == row["proofs"]["count"] > 0


def test_explain__task_without_stake__names_the_factor_that_is_zero(operator):
    rows = operator.pozk(
        "query",
        f'SELECT DISTINCT "user" FROM lake.proof_verified AS p JOIN settled_aggregates AS a '
        f'ON a.kind = 2 AND a.app = p.app AND a.account = p."user" '
        f"WHERE a.epoch = {EPOCH} AND a.stake = 0 AND p.epoch = {EPOCH} LIMIT 1",
    ).document
    story = operator.pozk("explain", rows[0]["user"], "--epoch", str(EPOCH)).document
    assert "no-stake" in {reason["code"] for entry in story["nothing"] for reason in entry["reasons"]}


def test_settled_amounts__of_every_epoch__belong_to_accounts_with_a_proof_or_a_task(operator):
    unearned = operator.pozk(
        "query",
        "SELECT epoch, role, count(*) FROM settled_amounts AS a WHERE role < 2 AND NOT EXISTS (SELECT 1 FROM "
        "lake.proof_verified AS p WHERE p.epoch = a.epoch AND p.app = a.app AND "
        'a.account = CASE a.role WHEN 0 THEN p.miner ELSE p."user" END) GROUP BY ALL',
    ).document
    assert unearned == []


def test_explain__stranger__is_told_that_there_is_nothing(operator):
    story = operator.pozk("explain", "0x" + "77" * 20, "--epoch", str(EPOCH)).document
    assert story["amounts"] == story["entitlements"] == story["nothing"] == []


def test_explain__epoch_not_settled__is_2(operator):
    assert (
        "epoch 77 is not settled"
        in operator.pozk("explain", "0x" + "77" * 20, "--epoch", "77", code=2).document["error"]
    )


def test_simulate__normalize_in_an_epoch_without_proofs__says_what_the_next_proof_does(operator):
    document = operator.pozk("simulate", "--epoch", "3", "--residual", "normalize").document
    assert "one self-dealt proof takes all" in document["warnings"][0]


def test_simulate__no_overrides__is_what_was_settled(operator):
    report = operator.pozk("settle", "--epoch", str(EPOCH)).document["reports"][-1]
    document = operator.pozk("simulate", "--epoch", str(EPOCH)).document
    assert document["before"] == document["after"]
    assert document["before"]["distributed"] == report["distributed"]
    assert document["accounts"] == []


def test_simulate__open_epoch__is_projected_to_the_last_final_block(devnet, tmp_path, capsys, lake_url):
    with reload_devnet(devnet, devnet.settings.state_file, tmp_path / "node") as chain:
        operator = operator_of(chain, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)
        operator.pozk("index", "--to-block", "60")
        document = operator.pozk("simulate").document
    assert document["open"]
    assert document["reference_block"] == 60
    assert int(document["before"]["distributed"]) > 0


def test_simulate__more_stake__raises_the_account_and_says_what_changes(operator):
    row = operator.pozk(
        "query",
        f"SELECT app, account, stake FROM settled_aggregates WHERE epoch = {EPOCH} AND kind = 1 AND stake > 0 "
        "ORDER BY account LIMIT 1",
    ).document[0]
    override = f"{row['app']}:{row['account']}:miner={2 * int(row['stake'])}"
    document = operator.pozk("simulate", "--epoch", str(EPOCH), "--stake", override).document
    change = next(change for change in document["accounts"] if change["account"] == row["account"])
    assert int(change["after"]) > int(change["before"])


def test_simulate__another_ruleset__leads_with_the_share_paid_and_compares(operator):
    document = operator.pozk("simulate", "--epoch", str(EPOCH), "--ruleset", "paper-v2").document
    names, shares = zip(
        *(
            (document[side]["ruleset"], Fraction(*map(int, document[side]["paid_share"])))
            for side in ("before", "after")
        ),
        strict=True,
    )
    assert names == ("paper-v1", "paper-v2") == tuple(document["rulesets"])
    assert 0 < shares[0] < shares[1] <= 1


def test_simulate__normalize_in_a_quiet_epoch__says_plainly_what_it_does(operator):
    document = operator.pozk("simulate", "--epoch", str(EPOCH), "--residual", "normalize").document
    assert document["after"]["remainder"] == "0"
    assert "one self-dealt proof can take all" in document["warnings"][0]


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_simulate__sweep__writes_a_picture_and_a_table(operator, tmp_path, ending):
    picture, table = tmp_path / f"sweep.{ending}", tmp_path / "sweep.csv"
    operator.pozk("simulate", "--epoch", str(EPOCH), "--sweep", "c", "--plot", str(picture), "--csv", str(table))
    assert picture.read_bytes()[:4] in (b"\x89PNG", b"<?xm")
    rows = list(csv.DictReader(table.open()))
    assert [int(row["c (bps)"]) for row in rows] == list(range(0, 10_001, 500))
    assert all(0 <= Fraction(row[column]) <= 1 for row in rows for column in ("paid out", "gini", "top 10"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stake", "nonsense"], "APP:ACCOUNT:ROLE=WEI"),
        (["--weights", "1,2,3"], "a,b,c,d in basis points"),
        (["--weights", "1,2,3,4"], "a + b = c + d = 10000"),
        (["--residual", "burn"], "rollover or normalize"),
        (["--ruleset", "pozk-v1"], "takes other parameters"),
        (["--sweep", "x"], "a, b, c or d"),
        (["--plot", "x.png"], "--sweep"),
        (["--sweep", "a", "--plot", "x.pdf"], ".png or .svg"),
        (["--watch", "0x12", "--sweep", "a"], "--watch"),
    ],
)
def test_simulate__wrong_option__is_2_and_says_what_was_expected(operator, arguments, words):
    assert words in operator.pozk("simulate", "--epoch", str(EPOCH), *arguments, code=2).document["error"]


def test_simulate__attack__each_approved_app_under_both_rulesets_at_the_fees_in_force(operator):
    document = operator.pozk("simulate", "--epoch", str(EPOCH), "--attack").document
    found = document["self_dealing"]
    assert {row["ruleset"] for row in found} >= {"paper-v1", "paper-v2"}
    assert all(int(document["stakes"][role]) > 0 for role in ("miner", "user"))
    fees = operator.pozk("query", "SELECT max(fee) AS fee FROM lake.min_fee_set").document
    shares = operator.pozk("query", "SELECT burn_bps FROM lake.fee_shares_set").document
    assert max(int(row["cost"]) for row in found) >= int(fees[0]["fee"]) * int(shares[-1]["burn_bps"]) // 10_000 > 0
    for row in found:
        assert int(row["first"]) >= max(0, int(row["second"]))
        assert row["most"] == 0 or int(row["earned"]) > int(row["spent"])


def test_simulate__attack_at_a_dear_task__pays_nowhere(operator):
    document = operator.pozk("simulate", "--epoch", str(EPOCH), "--attack", "--task-cost", str(10**30)).document
    assert {row["most"] for row in document["self_dealing"]} == {0}


def test_simulate__attack_stake_that_is_none__is_2(operator):
    line = operator.pozk("simulate", "--attack", "--attack-stake", "lots", code=2).document["error"]
    assert "--attack-stake" in line
