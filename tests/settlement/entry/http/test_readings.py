"""A server outlives its database's restarts: what was lost is connected anew."""

import psycopg
import pytest

pytestmark = [pytest.mark.chain, pytest.mark.database]


def test_readings__every_session_was_ended__answers_again_after_the_error(client, store, postgres):
    assert client.get("/v1/network").status_code == 200
    database = psycopg.conninfo.conninfo_to_dict(store.database.uri)["dbname"]
    with psycopg.connect(postgres, autocommit=True) as owner:
        owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
    answers = [client.get(path).status_code for path in ("/v1/network", "/v1/epochs/1", "/v1/network", "/v1/epochs/1")]
    assert set(answers) <= {200, 503}
    assert client.get("/v1/network").status_code == 200
    assert client.get("/v1/epochs/1").status_code == 200
