import pytest

from indexer.adapters.nodes.access import Access, read_proxies
from indexer.rules.nodes.node_address import parse_node_address
from indexer.words.errors import InputError

PROXIES = {"http": "http://p:1", "https": "p:2", "no": "internal.example, .corp,10.0.0.7:8545"}


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://node.example", ("p", 1)),
        ("https://node.example", ("p", 2)),
        ("http://internal.example", None),
        ("http://a.internal.example", None),
        ("http://xinternal.example", ("p", 1)),
        ("http://a.corp", None),
        ("http://10.0.0.7:8545", None),
        ("http://10.0.0.7:8546", ("p", 1)),
        ("http://127.0.0.1:8545", None),
        ("http://localhost:8545", None),
        ("http://[::1]:8545", None),
    ],
)
def test_proxy_for__a_node__the_proxy_unless_excepted(url, proxy):
    found = Access(proxies=PROXIES).proxy_for(parse_node_address(url))
    assert (found and (found.host, found.port)) == proxy


@pytest.mark.parametrize("proxy", ["socks5://user:SECRET@p:1", "http://p:99999", "http://"])
def test_proxy_for__a_proxy_of_another_kind__one_line_without_its_secrets(proxy):
    with pytest.raises(InputError, match="proxy cannot be used") as caught:
        Access(proxies={"http": proxy}).proxy_for(parse_node_address("http://node.example"))
    assert "SECRET" not in caught.value.line()
    assert "HTTP_PROXY" in caught.value.line()


def test_read_proxies__both_cases__the_lower_one_first():
    environment = {"HTTP_PROXY": "a", "http_proxy": "b", "NO_PROXY": "*", "PATH": "x"}
    assert read_proxies(environment) == {"http": "b", "no": "*"}
    assert Access(proxies=read_proxies(environment)).proxy_for(parse_node_address("http://n.example")) is None


@pytest.mark.parametrize("key", ["ca_file", "client_cert"])
@pytest.mark.parametrize("content", [None, "no certificate", ""])
def test_tls_context__a_file_that_is_no_certificate__names_the_key(tmp_path, key, content):
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=rf"chain\.{key} cannot be used"):
        Access(**{key: path}).tls_context()
