"""The words in which public nodes refuse a range; `{n}` is the number of blocks they accept."""

from __future__ import annotations

RANGE_REFUSALS: tuple[tuple[int, str], ...] = (
    (-32602, "Log response size exceeded. Based on your parameters, this block range should work: [{from}, {to}]"),
    (-32600, "You can make eth_getLogs requests with up to a {n} block range."),
    (-32005, "query returned more than 10000 results. Try with this block range [{from}, {to}]."),
    (-32000, "query exceeds max results 20000, retry with the range {first}-{last}"),
    (-32000, "requested too many blocks from {first} to 99999999, maximum is set to {n}"),
    (-32047, "Max range: {n}"),
    (-32005, "Maximum allowed number of requested blocks is {n}"),
    (-32602, "eth_getLogs is limited to a {n} range"),
    (-32602, "eth_getLogs is limited to {n} block range"),
    (-32600, "exceeds the range allowed for your plan (100000 > {n})"),
    (-32000, "please limit the query to at most {n} blocks"),
    (-32701, "exceed maximum block range: {n}"),
    (-32000, "query exceeds max block range {n}"),
    (-32000, "block range too large, maximum allowed is {n} blocks"),
    (-32000, "block range greater than {n} max"),
    (-32000, "block range exceeds {n}"),
    (-32000, "query must be smaller than size {n}"),
    (-32600, "block range is too wide (maximum {n})"),
    (-32000, "maximum [from, to] blocks distance: {n}"),
    (-32000, "exceed max block range: {n}"),
    (-32600, "block range is too wide"),
    (-32000, "block range too large"),
    (-32000, "Block range limit exceeded."),
    (-32005, "query returned more than 10000 results"),
    (-32000, "logs matched by query exceeds limit of 10000"),
    (-32000, "backend response too large"),
    (-32008, "response is too big"),
    (-32000, "response size should not greater than 10000000 bytes"),
    (-32000, "More than 2000 logs"),
    (-32600, "ranges over {n} blocks are not supported on freetier"),
    (-32000, "allowed block range threshold exceeded"),
    (-32011, "no backend is currently healthy to serve traffic"),
    (-32602, "Log response size exceeded. Please reduce query block range"),
    (-32005, "limit exceeded"),
    (-32000, "execution timeout"),
    (-32005, "{n}000 logs returned"),
    (-32005, "too many logs"),
    (-32000, "exceeded max allowed"),
    (-32000, "range threshold exceeded"),
    (-32000, "eth_getLogs range is too large, max is {n} blocks"),
    (-32005, "query exceeds max results 20000"),
    (-32005, ""),
    (-32000, "request to upstream timed out"),
    (-32000, "an error in words that nobody has seen"),
)


def refuse_range(shape: int, first: int, accepted: int) -> tuple[int, str]:
    """Return code and text of one shape for a query from block `first`, accepting `accepted` blocks."""
    code, text = RANGE_REFUSALS[shape % len(RANGE_REFUSALS)]
    last = first + accepted - 1
    fields = {"n": accepted, "first": first, "last": last, "from": hex(first), "to": hex(last)}
    return code, text.format(**fields)
