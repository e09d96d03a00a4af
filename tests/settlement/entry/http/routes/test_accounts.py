"""What an account is told: never a claim of 0, never one under a root that is not active."""

import pytest

from indexer.words.quantities import parse_address

pytestmark = [pytest.mark.chain, pytest.mark.database]
NOBODY = "0x" + "77" * 20


@pytest.fixture(scope="module")
def account(store):
    return "0x" + store.artifacts.load_epoch(store.journal.last_epoch()).load_leaves().account[0].tobytes().hex()


def test_one_account__without_entitlement__is_200_with_a_reason(client):
    answer = client.get(f"/v1/accounts/{NOBODY}")
    assert answer.status_code == 200
    document = answer.json()
    assert (document["tokens"], document["claim"]) == ([], None)
    assert "nothing is owed" in document["reason"]


def test_one_account__no_root_active__offers_nothing_and_says_what_comes(client, account):
    document = client.get(f"/v1/accounts/{account}").json()
    assert document["claim"] is None
    assert "no root is active yet" in document["reason"]
    assert all(
        row["claimable"] == "0" and int(row["claimable_next"]) == int(row["entitled"]) for row in document["tokens"]
    )
    assert document["as_of"]["block"] > 0


def test_account_proof__any_epoch__leads_to_its_root(client, account, store):
    document = client.get(f"/v1/accounts/{account}/proof?epoch=1").json()
    assert document["root"] == "0x" + store.journal.load_report(1).root.hex()
    assert document["claim"] is None
    bare = client.get(f"/v1/epochs/1/proofs/{account}").json()
    assert [row["proof"] for row in bare["tokens"]] == [row["proof"] for row in document["tokens"]]


@pytest.mark.parametrize("text", ["0x12", "nobody", "0x" + "7g" * 20, "0xAb" + "cd" * 19])
def test_one_account__no_address__says_what_to_send(client, text):
    answer = client.get(f"/v1/accounts/{text}")
    assert answer.status_code == 400
    assert "path.account" in answer.json()["error"]


def test_rewards__read_by_wallets__has_every_field_they_read(client, account):
    for asked in ("31337", "1,31337", ["1", "31337"]):
        answer = client.get(f"/v4/users/{account.upper().replace('0X', '0x')}/rewards", params={"chainId": asked})
        assert answer.status_code == 200, answer.text
        ((chain,),) = [answer.json()]
        assert chain["chain"]["id"] == 31337
        for reward in chain["rewards"]:
            assert {"amount", "claimed", "pending", "proofs", "token", "root", "recipient"} <= reward.keys()
            assert {"address", "symbol", "decimals", "chainId"} <= reward["token"].keys()
            assert all(isinstance(reward[name], str) for name in ("amount", "claimed", "pending"))
            assert parse_address(reward["token"]["address"])
    assert client.get(f"/v4/users/{account}/rewards?chainId=1").json() == []
    assert client.get(f"/v4/users/{account}/rewards").status_code == 400
