import pytest

from indexer.rules.nodes.node_address import parse_node_address


@pytest.mark.parametrize(
    ("url", "name", "port", "target"),
    [
        ("http://127.0.0.1:8545", "127.0.0.1:8545", 8545, "/"),
        ("https://node.example", "node.example", 443, "/"),
        ("https://NODE.example/v2/KEY?a=b#c", "node.example", 443, "/v2/KEY?a=b"),
        ("http://u:p@node.example:80/", "node.example:80", 80, "/"),
        ("http://[::1]:8545/x", "[::1]:8545", 8545, "/x"),
        ("http://my_node:8545", "my_node:8545", 8545, "/"),
        ("http://b\u00fccher.example", "xn--bcher-kva.example", 80, "/"),
        ("http://node/p\u00e4th?q=\u00e4", "node", 80, "/p%C3%A4th?q=%C3%A4"),
        ("http://node?key=1", "node", 80, "/?key=1"),
    ],
)
def test_parse_node_address__an_address__its_parts(url, name, port, target):
    found = parse_node_address(url)
    assert (found.name, found.port, found.target) == (name, port, target)
    assert "KEY" not in repr(found)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "node:8545",
        "http://",
        "http:///x",
        "http://node:99999",
        "http://node:-1",
        "http://node:x",
        "http://[::1",
        "http://[x]",
        "http://no de",
        "http://node/a\nb",
        "http://node\x00",
        "ftp://node",
        "http://" + "a" * 70 + ".example",
        "http://..",
    ],
)
def test_parse_node_address__no_address__value_error(url):
    with pytest.raises(ValueError, match=r"https?"):
        parse_node_address(url)


@pytest.mark.parametrize(
    ("location", "same"),
    [
        ("/x", True),
        ("//node.example/x", True),
        ("http://node.example:80/x", True),
        ("HTTP://Node.Example/x", True),
        ("https://node.example/x", False),
        ("http://node.example:8545/x", False),
        ("http://other/x", False),
    ],
)
def test_moved_to__a_location__credentials_stay_with_their_host(location, same):
    here = parse_node_address("http://u:p@node.example/a/b")
    there = here.moved_to(location)
    assert there.target == "/x"
    assert here.same_host(there) is same
    assert (there.authorization == here.authorization) is same
