import pytest

pytestmark = [pytest.mark.chain, pytest.mark.database]


def test_network__of_a_devnet__says_what_it_is_and_how_far(client, store):
    document = client.get("/v1/network").json()
    assert (document["chain_id"], document["symbol"], document["newest"]["settled"]) == (31337, "DPOZK", 4)
    assert document["newest"]["active"] is None
    assert document["disagreement"] is None
    assert document["epoch"]["ends_at"] > document["genesis"]
    assert document["rpc"] == list(store.settings.serve.public_rpc)


def test_network__asked_again__is_304(client):
    answer = client.get("/v1/network")
    assert answer.headers["cache-control"] == "no-cache"
    again = client.get("/v1/network", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


def test_livez__of_a_server_that_reads__is_what_its_supervisor_asks(client):
    assert client.get("/livez").json() == {"live": True}
