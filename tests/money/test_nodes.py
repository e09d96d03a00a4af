"""Votes and claims with one node of three out of order, and what the commands say of addresses with secrets."""

import pytest

from deploy.devnet import advance_time, mine
from deploy.devnet.rpc import DevRpc
from pozk.demo import ACTIVATION_DELAY_SECONDS
from tests.support.operator import operator_of
from tests.support.played_chain import dead, silent
from tests.support.played_node import PlayedNode, RefusedError

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]


def forwarding(rpc):
    """Return a node that asks another one, as a provider's gateway does."""
    node = DevRpc(rpc)

    def answer(method, params):
        found = node.answers([(method, params)])[0]
        if "error" in found:
            raise RefusedError(found["error"])
        return found["result"]

    return answer


def test_publish_claim_distribute_check__one_node_of_three_silent_or_dead__done_without_a_word_of_the_key(
    fresh_devnet, tmp_path, capsys, lake_url
):
    operator = operator_of(fresh_devnet, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)
    operator.pozk("index")
    operator.pozk("settle")
    with PlayedNode(silent) as hangs, PlayedNode(dead) as fails, PlayedNode(forwarding(fresh_devnet.rpc)) as third:

        def use(bad):
            urls = [f"http://user:SECRET@127.0.0.1:{bad.port}/SECRET?key=SECRET", fresh_devnet.rpc, third.url]
            operator.environment |= {"POZK_CHAIN_RPC": ",".join(urls), "POZK_CHAIN_ANSWER_SECONDS": "1"}

        answers = []
        use(hangs)
        answers.append(operator.pozk("settle", "--publish"))
        assert {step["action"] for step in answers[-1].document["published"]} == {"voted"}
        advance_time(fresh_devnet.rpc, ACTIVATION_DELAY_SECONDS)
        mine(fresh_devnet.rpc, 4)
        use(fails)
        answers.append(operator.pozk("settle", "--publish"))
        assert {step["action"] for step in answers[-1].document["published"]} == {"activated"}
        account = operator.pozk("query", "SELECT account FROM settled_leaves LIMIT 1").document[0]["account"]
        answers.append(operator.pozk("claim", account))
        assert answers[-1].document["paid"]
        use(hangs)
        answers.append(operator.pozk("distribute", "--batch", "100", "--gas-budget", "3000000"))
        assert answers[-1].document["claims"] > 0
        answers.append(operator.pozk("check"))
        warned = [row for row in answers[-1].document["checks"] if row["warning"]]
        assert [row["check"] for row in warned] == [f"node 127.0.0.1:{hangs.port}"]
    assert not any("SECRET" in answer.stdout + answer.stderr for answer in answers)


def refusing(status, **headers):
    """Return the answer of a node that only ever says this."""

    def answer(*_):
        raise RefusedError(status=status, headers={name.replace("_", "-"): text for name, text in headers.items()})

    return answer


LIMITED, ELSEWHERE = "limits the rate", {"Location": "https://elsewhere.example/SECRET"}


@pytest.mark.parametrize(
    ("command", "answer", "words", "code"),
    [
        ("index", refusing(429, Retry_After="86400"), LIMITED, 3),
        ("claim", refusing(429, Retry_After="inf"), LIMITED, 3),
        ("index", refusing(503, Retry_After="2"), "overloaded", 3),
        ("index", silent, "no whole answer within 1 s", 3),
        ("claim", silent, "no whole answer within 1 s", 3),
        ("index", refusing(307, **ELSEWHERE), "Location https://elsewhere.example", 2),
        ("claim", refusing(308, **ELSEWHERE), "Location https://elsewhere.example", 2),
        ("index", refusing(401), "HTTP 401", 3),
    ],
)
def test_index_claim__the_only_node_gives_no_answer__says_that_it_waits_and_ends(
    devnet, tmp_path, capsys, lake_url, command, answer, words, code
):
    operator = operator_of(devnet, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)
    with PlayedNode(answer) as node:
        url = f"http://user:SECRET@127.0.0.1:{node.port}/SECRET"
        operator.environment |= {"POZK_CHAIN_RPC": url, "POZK_CHAIN_ANSWER_SECONDS": "1"}
        operator.environment |= {"POZK_CHAIN_PATIENCE_SECONDS": "4"}
        found = operator.pozk(command, *(["0x" + "11" * 20] if command == "claim" else []), code=code)
    assert words in found.document["error"]
    assert "SECRET" not in found.stdout + found.stderr
    if "answer within" in words or "overloaded" in words:
        assert "waiting" in found.stderr


@pytest.mark.parametrize("command", ["index", "check"])
def test_index_check__node_without_the_tag_finalized__names_the_setting_and_a_number(
    devnet, tmp_path, capsys, lake_url, command
):
    operator = operator_of(devnet, tmp_path, capsys, POZK_STORE_DATABASE_URL=lake_url)
    real = forwarding(devnet.rpc)

    def answer(method, params):
        if "finalized" in params:
            raise RefusedError({"code": -32602, "message": "invalid argument 0: hex string without 0x prefix"})
        return real(method, params)

    with PlayedNode(answer) as node:
        operator.environment["POZK_CHAIN_RPC"] = node.url
        found = operator.pozk(command, code=2)
    assert "set chain.finality to a number of confirmations (64 to start with)" in found.stdout
