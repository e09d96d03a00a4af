import pytest

from indexer.rules.nodes.error_shapes import Hint, NodeRefusal, read_error, suggested_blocks

SIZES = [
    ("Log response size exceeded. this block range should work: [0x10, 0x1f]", 16),
    ("You can make eth_getLogs requests with up to a 2000 block range.", 2000),
    ("query returned more than 10000 results. Try with this block range [0x1A, 0x1B].", 2),
    ("query exceeds max results 20000, retry with the range 6000000-6000509", 510),
    ("requested too many blocks from 1 to 5000, maximum is set to 2048", 2048),
    ("Max range: 800", 800),
    ("Maximum allowed number of requested blocks is 1000", 1000),
    ("eth_getLogs is limited to a 10,000 range", 10_000),
    ("eth_getLogs is limited to a 5 blocks range", 5),
    ("eth_getLogs is limited to 1024 block range", 1024),
    ("exceeds the range allowed for your plan (5000 > 100)", 100),
    ("please limit the query to at most 1000 blocks", 1000),
    ("exceed maximum block range: 5000", 5000),
    ("maximum block range: 50000", 50_000),
    ("query exceeds max block range 1000", 1000),
    ("block range too large (3000), maximum allowed is 2000 blocks", 2000),
    ("block range greater than 20000 max", 20_000),
    ("block range exceeds 1000", 1000),
    ("query must be smaller than size 1024", 1024),
    ("block range is too wide (maximum 1024)", 1024),
    ("maximum [from, to] blocks distance: 1000", 1000),
    ("exceed max block range: 5000", 5000),
    ("eth_getLogs range is too large, max is 1k blocks", 1000),
    ("eth_getLogs range is too large, max is 10k blocks", 10_000),
    ("ranges over 10000 blocks are not supported on freetier", 10_000),
    ("block range is too wide", 3000),
    ("block range too large", 2000),
]

DENSE = [
    "query returned more than 10000 results",
    "query exceeds max results 20000",
    "logs matched by query exceeds limit of 10000",
    "backend response too large",
    "response is too big",
    "response size should not greater than 10000000 bytes",
    "More than 2000 logs",
    "5000 logs returned",
    "too many logs",
    "exceeded max allowed",
    "range threshold exceeded",
    "allowed block range threshold exceeded",
    "no backend is currently healthy to serve traffic",
    "Log response size exceeded. Please reduce query block range",
    "limit exceeded",
    "Block range limit exceeded.",
    "execution timeout",
    "request to upstream timed out",
]


@pytest.mark.parametrize(("message", "blocks"), SIZES)
def test_read_error__range_in_the_text__that_many_blocks(message, blocks):
    assert read_error(-32000, message) == Hint(NodeRefusal.RANGE, blocks)


@pytest.mark.parametrize("message", DENSE)
def test_read_error__too_dense__fewer_blocks_without_a_number(message):
    assert read_error(-32000, message) == Hint(NodeRefusal.RANGE)


@pytest.mark.parametrize(
    "message",
    [
        "requested to block 10 after last accepted block 5",
        "block range extends beyond current head block",
        "cannot query unfinalized data",
        "invalid block height: 99",
        "block is out of range",
        "One of the blocks specified in filter (fromBlock, toBlock or blockHash) cannot be found.",
    ],
)
def test_read_error__block_not_there__lag(message):
    assert read_error(-32019, message).refusal is NodeRefusal.LAG


@pytest.mark.parametrize(
    "message", ["rate limit", "rate-limited", "Too Many Requests", "daily quota reached", "throttled", "code 429"]
)
def test_read_error__rate__fewer_requests(message):
    assert read_error(-32000, message).refusal is NodeRefusal.RATE


@pytest.mark.parametrize("message", ["503 Service Unavailable", "ServerError: service unavailable"])
def test_read_error__gateway_in_words__fewer_requests(message):
    assert read_error(-32000, message).refusal is NodeRefusal.RATE


@pytest.mark.parametrize(
    "message", ["batch too large", "batch limit 100 exceeded", "Batch size is too large", "maximum batch size exceeded"]
)
def test_read_error__batch_refused__fewer_at_a_time(message):
    assert read_error(-32600, message) == Hint(NodeRefusal.RANGE)


@pytest.mark.parametrize(
    ("code", "message", "refusal"),
    [
        (-32000, "execution reverted", NodeRefusal.FINAL),
        (-32601, "the method eth_getBlockReceipts does not exist/is not available", NodeRefusal.METHOD),
        (-32601, "rate limit", NodeRefusal.METHOD),  # the code says that it will never be answered
        (-32005, "Log response size exceeded. Please reduce query block range", NodeRefusal.RANGE),
        (-32005, "daily request count exceeded, request rate limited", NodeRefusal.RATE),
        (-32047, "Max range: 800", NodeRefusal.RANGE),
        (-32600, "block range is too wide", NodeRefusal.RANGE),
        (-32019, "block is out of range", NodeRefusal.LAG),
        (
            -32000,
            "One of the blocks specified in filter (fromBlock, toBlock or blockHash) cannot be found.",
            NodeRefusal.LAG,
        ),
        (-32614, "eth_getLogs is limited to a 10,000 range", NodeRefusal.RANGE),
        (-32011, "no backend is currently healthy to serve traffic", NodeRefusal.RANGE),
    ],
)
def test_read_error__code_and_text__the_one_that_tells_more(code, message, refusal):
    assert read_error(code, message).refusal is refusal


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (-32005, NodeRefusal.RANGE),
        (-32601, NodeRefusal.METHOD),
        (-32004, NodeRefusal.METHOD),
        (-32700, NodeRefusal.FINAL),
        (-32006, NodeRefusal.FINAL),
        (429, NodeRefusal.RATE),
        (-32000, NodeRefusal.UNKNOWN),
    ],
)
def test_read_error__code_only__by_the_code(code, refusal):
    assert read_error(code, "").refusal is refusal


def test_suggested_blocks__edges_in_the_wrong_order__at_least_one():
    assert suggested_blocks("retry with the range 9-3") == 1


@pytest.mark.parametrize(
    "message",
    [
        "Try with this block range [0x0, 0xffffffffffffffffffffffffffff]",
        "retry with the range 0-" + "9" * 5000,
        "max range: " + "9" * 5000,
        "max range: 99999999999k",
        "max range: " + "9" * 100_000,
    ],
)
def test_read_error__a_range_beyond_all_blocks__fewer_without_a_number(message):
    assert read_error(-32005, message) == Hint(NodeRefusal.RANGE)


def test_suggested_blocks__edges_the_wrong_way_round__one_block():
    assert suggested_blocks("try with this block range [0x20, 0x10]") == 1
