"""What the lake's Claimed events say was paid."""

import pytest

from indexer.adapters.store.lake import open_lake
from indexer.rules.protocols.reference import REFERENCE
from settlement.adapters.lake.claims_seen import LakeClaims
from settlement.rules.columns.conversions import amounts_to_ints
from tests.settlement.adapters.events import MadeUpChain, address, as_table

pytestmark = pytest.mark.database
DISTRIBUTOR, OTHER, TOKEN = address(0xD1), address(0xD2), address(0x70)


@pytest.fixture
def lake(lake_url, tmp_path):
    with open_lake(lake_url, tmp_path, REFERENCE) as opened:
        yield opened


def claim(chain, account, cumulative, distributor=DISTRIBUTOR):
    chain.emit("claimed", account=account, token=TOKEN, amount=1, cumulative=cumulative)
    chain.events["claimed"][-1]["address"] = distributor


def test_load_paid__several_claims__is_the_last_of_each_key_of_this_distributor(lake):
    chain = MadeUpChain().mine()
    for account, cumulative in ((3, 5), (2, 10**37), (3, 9)):
        claim(chain, address(account), cumulative)
    claim(chain.mine(), address(3), 100, distributor=OTHER)
    claim(chain, address(4), 100, distributor=OTHER)
    chain.mine().store(lake)
    paid = LakeClaims(lake, DISTRIBUTOR).load_paid()
    assert [row.tobytes() for row in paid.account] == [address(2), address(3)]
    assert amounts_to_ints(paid.cumulative) == [10**37, 9]


def test_load_paid__blocks_that_are_not_final__do_not_count(lake):
    chain = MadeUpChain().mine()
    claim(chain, address(3), 5)
    chain.store(lake)
    claim(chain.mine(), address(3), 9)
    with lake.transaction():
        lake.append("blocks", as_table(lake, "blocks", chain.blocks[1:]))
        lake.append("claimed", as_table(lake, "claimed", chain.events["claimed"][1:]))
    assert amounts_to_ints(LakeClaims(lake, DISTRIBUTOR).load_paid().cumulative) == [5]


def test_load_paid__no_claim_yet__is_empty(lake):
    MadeUpChain().mine().store(lake)
    assert len(LakeClaims(lake, DISTRIBUTOR).load_paid()) == 0


def test_load_state__one_account__by_token_as_of_the_last_final_block(lake):
    chain = MadeUpChain().mine()
    claim(chain, address(3), 5)
    claim(chain, address(3), 9)
    claim(chain, address(4), 100)
    claim(chain, address(3), 77, distributor=OTHER)
    chain.mine().store(lake)
    state = LakeClaims(lake, DISTRIBUTOR).load_state(address(3), 1, bytes(32))
    assert (dict(state.paid), state.block, state.is_active, state.source) == ({TOKEN: 9}, 1, False, "lake")


def activate(chain, table, root):
    chain.emit(table, epoch=1, root=root)
    chain.events[table][-1]["address"] = DISTRIBUTOR


@pytest.mark.parametrize(
    ("tables", "active"),
    [
        (["root_activated"], True),
        (["root_activated", "root_revoked"], False),
        (["root_activated", "root_revoked", "root_activated"], True),
    ],
)
def test_load_state__root_activated_and_revoked__the_last_counts(lake, tables, active):
    chain = MadeUpChain().mine()
    for table in tables:
        activate(chain, table, address(7).rjust(32, b"\0"))
    chain.mine().store(lake)
    claims = LakeClaims(lake, DISTRIBUTOR)
    assert claims.load_state(address(3), 1, address(7).rjust(32, b"\0")).is_active is active
    assert claims.load_state(address(3), 1, address(8).rjust(32, b"\0")).is_active is False
