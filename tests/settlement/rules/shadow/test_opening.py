from indexer.words.quantities import Address
from settlement.rules.shadow.fold import shadow_network
from settlement.rules.shadow.opening import list_extras, opening_balances, opening_bytes
from settlement.rules.shadow.seen import EpochLabor
from tests.settlement.rules.shadow.made_up import account, app_of, network, settings_of

APP, OWNER, TOKEN = account(200), account(9), Address(account(300))


def seen_with(extra, owners=None):
    epoch = EpochLabor(1, {APP: app_of(5, 10, [(3, 7), (1, 2)], [(4, 1)])})
    return network([epoch], settings_of(), extras=extra, owners=owners or {})


def test_list_extras__nobody_collected__split_as_the_pool_and_the_rest_is_the_owners():
    seen = seen_with({(1, APP, TOKEN): 1000}, {APP: OWNER})
    rows = list_extras(seen, shadow_network(seen))
    assert sum(row.amount for row in rows) == 1000
    assert rows[-1].account == OWNER
    assert {row.account for row in rows[:-1]} == {account(1), account(2), account(101)}


def test_list_extras__owner_in_no_event_or_app_without_labor__said_to_be_nobodys():
    seen = seen_with({(1, APP, TOKEN): 1000, (1, account(7), TOKEN): 5})
    rows = list_extras(seen, shadow_network(seen))
    assert next(row.amount for row in rows if row.account is None) == 5
    assert sum(row.amount for row in rows) == 1005


def test_opening_balances__rewards_and_extras_of_an_account__one_row_a_token():
    seen = seen_with({(1, APP, TOKEN): 1000}, {APP: OWNER})
    found = shadow_network(seen)
    extras = list_extras(seen, found)
    balances = opening_balances(found, extras, TOKEN)
    assert sum(balances.values()) == sum(each.amount for each in found.owed) + 1000
    content = opening_bytes(balances)
    assert len(content) == 72 * len(balances) == 72 * 4
    assert [content[at : at + 40] for at in range(0, len(content), 72)] == sorted(b"".join(key) for key in balances)
