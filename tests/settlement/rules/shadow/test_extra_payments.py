"""Extra rewards against transfers, on networks that are made up."""

from dataclasses import replace
from fractions import Fraction

import pytest

from settlement.rules.powers.fixed_point import cobb_douglas
from settlement.rules.shadow.extra_payments import compare_extras, states_of
from settlement.rules.shadow.fold import DIFFERENT, EQUAL, UNDETERMINED, shadow_network
from settlement.rules.shadow.pools import split_of
from settlement.rules.shadow.seen import DEPOSIT, PAYMENT, Collect, EpochLabor, ExtraDeposit, Flow
from tests.settlement.rules.shadow.made_up import account, app_of, network, settings_of

APP, OWNER, DONOR, TOKEN, OTHER = (account(number) for number in (200, 9, 8, 300, 301))
TOTAL = 1000


def seen_of(token=TOKEN, **others):
    """Everybody collects and is paid by the rule, the owner with the last one; one of the miners has no stake."""
    labor = app_of(5, 10, [(2, 7), (1, 0), (1, 2)], [(4, 1)])
    flows, collects = [Flow((5, 0), 0, DEPOSIT, DONOR, TOTAL)], []
    rest, parts = TOTAL, (TOTAL * 10 // 100, TOTAL * 90 // 100)
    plain = network([EpochLabor(1, {APP: labor})], settings_of())
    pool = shadow_network(plain).owed
    paid = {(each.role, each.account): each.amount for each in pool}
    for at, (role, who) in enumerate(((0, account(1)), (0, account(2)), (0, account(3)), (1, account(101)))):
        exponent = plain.settings[1 + role].values
        share = cobb_douglas(split_of(parts[role], labor, role, Fraction(*exponent[:2])), *labor.by_role[role][who])
        rest -= share
        block, amount = 10 + at, paid.get((role, who), 0)
        if amount:
            flows.append(Flow((block, 1), 0, PAYMENT, who, amount))
        if share:
            flows.append(Flow((block, 2), 0, PAYMENT, who, share))
        collects.append(Collect((block, 5), 0, bytes(32), 1, APP, role, who, amount))
    flows.append(Flow((13, 3), 0, PAYMENT, OWNER, rest))
    deposits = [ExtraDeposit((5, 1), 0, 1, APP, token, TOTAL)]
    fields = {"flows": flows, "token": TOKEN, "claims": {(1, APP): TOTAL}} | others
    return replace(network(plain.epochs, plain.settings, collects, **fields), deposits=deposits)


def rows_of(seen):
    return {(row.what, row.account): row for row in compare_extras(seen, shadow_network(seen))}


def test_compare_extras__paid_by_the_rule__all_equal_and_the_owner_is_seen():
    rows = rows_of(seen_of())
    assert {row.state for row in rows.values()} == {EQUAL}
    assert [what for what, _ in rows] == ["deposit", "claim", "miner", "miner", "miner", "player", "owner"]
    assert rows["deposit", DONOR].rule == rows["claim", None].seen == TOTAL
    assert sum(row.seen for (what, _), row in rows.items() if what not in ("deposit", "claim")) == TOTAL
    assert rows["miner", account(2)].seen == 0
    assert rows["owner", OWNER].seen > 0


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda flow: flow.kind == DEPOSIT, "deposit"),
        (lambda flow: flow.place == (10, 2), "miner"),
        (lambda flow: flow.place == (13, 2), "player"),
        (lambda flow: flow.account == OWNER, "owner"),
    ],
)
def test_compare_extras__one_transfer_of_a_wei_less__that_row_differs(change, what):
    seen = seen_of()
    flows = [replace(flow, amount=flow.amount - 1) if change(flow) else flow for flow in seen.flows]
    rows = compare_extras(replace(seen, flows=flows), shadow_network(seen))
    assert [row.what for row in rows if row.state == DIFFERENT] == [what]


def test_compare_extras__another_amount_announced__the_claim_differs():
    assert rows_of(seen_of(claims={(1, APP): 1}))["claim", None].state == DIFFERENT


def test_compare_extras__another_token__nothing_but_the_claim_is_determined():
    rows = compare_extras(seen_of(token=OTHER), shadow_network(seen_of(token=OTHER)))
    assert {row.what for row in rows if row.state == UNDETERMINED} == {"deposit", "miner", "player", "owner"}
    assert states_of(rows) == {EQUAL: 1, DIFFERENT: 0, UNDETERMINED: 6}


def test_compare_extras__unknown_vesting__miners_and_owner_are_undetermined():
    rows = rows_of(seen_of(vesting=""))
    assert {what for (what, _), row in rows.items() if row.state == UNDETERMINED} == {"miner", "owner"}


def test_compare_extras__somebody_is_still_to_collect__the_owner_is_not_judged():
    seen = seen_of()
    seen = replace(seen, collects=seen.collects[:2])
    assert [row.what for row in compare_extras(seen, shadow_network(seen))] == ["deposit", "claim", "miner", "miner"]
