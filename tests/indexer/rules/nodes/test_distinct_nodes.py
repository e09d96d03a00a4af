import pytest

from indexer.rules.nodes.distinct_nodes import verify_distinct
from indexer.rules.nodes.node_address import parse_node_address
from indexer.words.errors import InputError

NAMES = {
    "localhost": frozenset({"127.0.0.1", "::1"}),
    "one.example": frozenset({"203.0.114.7"}),
    "two.example": frozenset({"203.0.114.7", "203.0.114.8"}),
    "inner.example": frozenset({"10.0.0.5"}),
    "gone.example": frozenset(),
}


def check(*urls):
    return verify_distinct([parse_node_address(url) for url in urls], lambda host: NAMES.get(host, frozenset()))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545/"),
        ("http://one.example", "HTTP://ONE.example:80/"),
        ("https://one.example/v2/a", "https://one.example/v2/b"),
        ("http://127.0.0.1:8545", "http://localhost:8545/other"),
        ("http://127.0.0.1:8545", "http://[::1]:8545"),
        ("http://[::ffff:127.0.0.1]:8545", "http://0.0.0.0:8545"),
        ("http://10.0.0.5:8545", "http://inner.example:8545"),
        ("http://192.168.1.4:1/a", "http://192.168.1.4:1/b"),
        ("http://gone.example:1", "https://gone.example.:1"),
    ],
)
def test_verify_distinct__one_node_in_two_writings__refused(one, other):
    with pytest.raises(InputError, match="one node is listed twice") as caught:
        check("http://198.51.101.1:1", one, other)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "urls",
    [
        ["http://127.0.0.1:8545", "http://127.0.0.1:8546"],
        ["http://inner.example:1", "http://10.0.0.5:2"],
        ["http://10.0.0.5:1", "http://10.0.0.6:1"],
        ["https://gone.example", "https://one.example"],
    ],
)
def test_verify_distinct__different_nodes__nothing_said(urls):
    assert check(*urls) == []


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("https://one.example/a", "https://two.example/b", "the address 203.0.114.7"),
        ("https://one.example:1", "https://one.example:2", "one host name"),
    ],
)
def test_verify_distinct__something_public_shared__a_warning_names_it(one, other, what):
    (warning,) = check(one, other)
    assert what in warning
    assert "one.example" in warning
