"""Answers of every shape that JSON allows, and some that it does not, through the whole client, read in both ways.

The compiled scanners and the typed decoders must both take an answer, and then read the same, or both refuse it.
"""

import json
from email.message import Message

import numpy as np

from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.http import HttpAnswer
from indexer.adapters.nodes.node import HttpNode
from indexer.adapters.nodes.transport import Transport
from indexer.rules.scan.body import body_of
from indexer.words.blocks import BlockRange
from indexer.words.faults import NodeFault
from indexer.words.finality import FINALIZED
from tests.indexer.rules.scan import test_scan_headers as headers
from tests.indexer.rules.scan import test_scan_logs as logs
from tests.indexer.rules.scan import test_scan_receipts as receipts

NEVER = 1 << 60
STRAY = [
    b"null",
    b"true",
    b"1.5",
    b"-1",
    b"01",
    b"1e400",
    b"9" * 30,
    b"9" * 5000,
    b'"\xff"',
    b'"\xc3\xa4"',
    b'"\\ud800"',
]
STRAY += [b'"\\u0030x1"', b'"0x"', b'"0x1"', b'"-0x1"', b'"0X1"', b'" 0x1"', b"[]", b"{}", b'""', b"[" * 70 + b"]" * 70]
STRAY += [b"[" * 1500 + b"]" * 1500, b"nul", b'"\x01"', b"tru", b'{"a":{"a":[{}]},"a":1}']
ERRORS = [
    b"null",
    b"{}",
    b'{"code":-32000,"message":"header not found"}',
    b'"rate limit"',
    b"false",
    b"[]",
    b'{"code":1e9}',
]


class Canned:
    """Stands where HTTP is: answers every request with the same bytes."""

    def __init__(self, body):
        self._body = body

    def post(self, _):
        return HttpAnswer(200, Message(), body_of(self._body))


class Writer:
    """Writes values as JSON with everything that the grammar leaves open, and oddities at a rate."""

    def __init__(self, rng):
        self._rng, self._rate = rng, rng.choice([0, 0.002, 0.01, 0.05])

    def odd(self):
        return self._rng.random() < self._rate

    def write(self, value):
        if self.odd():
            return self._rng.choice(STRAY)
        if isinstance(value, dict):
            return self.members([(self.text(name), self.write(each)) for name, each in value.items()])
        if isinstance(value, list):
            return b"[" + self.comma().join(self.write(each) for each in value) + self.space() + b"]"
        return self.text(value) if isinstance(value, str) else json.dumps(value).encode()

    def members(self, pairs):
        rng = self._rng
        if self.odd():
            rng.shuffle(pairs)
        if self.odd() and pairs:
            name = rng.choice(pairs)[0]
            twice = (name, rng.choice([rng.choice(pairs)[1], *STRAY]))
            pairs.insert(rng.randrange(len(pairs) + 1), twice)
        if self.odd():
            pairs.append((b'"more"', rng.choice(STRAY)))
        if self.odd() and pairs:
            pairs.pop(rng.randrange(len(pairs)))
        return b"{" + self.comma().join(name + self.space() + b":" + value for name, value in pairs) + b"}"

    def text(self, text):
        """Return a string, one of its characters as an escape where that is odd."""
        if not self.odd() or not text:
            return json.dumps(text).encode()
        at = self._rng.randrange(len(text))
        return b'"' + text[:at].encode() + b"\\u%04x" % ord(text[at]) + text[at + 1 :].encode() + b'"'

    def space(self):
        return self._rng.choice([b"", b"", b" ", b"\n", b"\t\r"]) if self.odd() else b""

    def comma(self):
        return self.space() + b"," + self.space()

    def answer(self, number, result):
        """Return one answer of a node: its id in some form, its result, and now and then an error beside it."""
        ids = [b"%d" % number]
        if self.odd() or self.odd():
            ids = [b'"%d"' % number, b"%d" % (number + (1 << 64)), b"%d" % (number - (1 << 64)), b"%d.0" % number]
            ids += [b"null", b"0%d" % number, b'"%d "' % number, b"%d" % (number + 1), b"true", b"%de0" % number]
        pairs = [(b'"jsonrpc"', b'"2.0"'), (b'"id"', self._rng.choice(ids)), (b'"result"', self.write(result))]
        if self.odd() or self.odd():
            pairs.insert(self._rng.randrange(4), (self.text("error"), self._rng.choice(ERRORS)))
        return self.members(pairs)

    def batch(self, results):
        parts = [self.answer(number, result) for number, result in enumerate(results)]
        if self.odd():
            self._rng.shuffle(parts)
        if self.odd():
            parts.append(self._rng.choice(parts))
        if self.odd():
            parts.pop()
        return self.whole(b"[" + self.comma().join(parts) + b"]")

    def whole(self, body):
        """Return an answer with what may stand around it, or cut."""
        if self.odd():
            return body[: self._rng.randrange(len(body) + 1)]
        if self.odd():
            return self._rng.choice([b" " + body, body + b"\n", body + b" x", body + b"\0", b"\0" + body, body + body])
        return body


def node_of(body, scan_after_bytes):
    transport = Transport("http://127.0.0.1:1", Access())
    transport._http = Canned(body)
    return HttpNode(transport, scan_after_bytes)


def outcome(ask, body, scan_after_bytes):
    """Return what one way of reading gives: columns by name, or the kind of fault."""
    try:
        found = ask(node_of(body, scan_after_bytes))
    except NodeFault as fault:
        refused = fault
    else:
        return found
    assert refused.line().isprintable(), refused.line()
    assert len(refused.line()) < 2000
    return type(refused).__name__


def columns_of(found):
    """Return arrays by name of whatever columns these are."""
    if hasattr(found, "roots"):
        return {"roots": found.roots} | columns_of(found.logs)
    return {name: getattr(found, name) for name in type(found).__slots__}


def agree(ask, body):
    """Assert that both ways agree; return whether the answer was taken."""
    typed, scanned = outcome(ask, body, NEVER), outcome(ask, body, 0)
    if isinstance(typed, str) or isinstance(scanned, str):
        assert typed == scanned, (typed, scanned, body)
        return False
    typed, scanned = columns_of(typed), columns_of(scanned)
    assert typed.keys() == scanned.keys()
    for name, values in typed.items():
        assert np.array_equal(values, scanned[name]), (name, body)
    return True


def logs_case(rng):
    writer, found = Writer(rng), [logs.make_log(rng) for _ in range(rng.randrange(4))]
    body = writer.whole(writer.answer(0, found))
    return agree(lambda node: node.fetch_logs(BlockRange(0, 9), [], []), body)


def headers_case(rng):
    writer, count = Writer(rng), rng.randrange(2, 4)
    body = writer.batch([headers.make_header(rng, rng.randrange(7)) for _ in range(count)])
    return agree(lambda node: node.fetch_headers(BlockRange(0, count - 1)), body)


def receipts_case(rng, chain):
    writer, start = Writer(rng), rng.randrange(len(chain.blocks) - 3)
    blocks = slice(start, start + 2)
    body = writer.batch([block.receipts for block in chain.blocks[blocks]])
    return agree(lambda node: node.fetch_receipts(receipts.refs_of(chain)[blocks]), body)


def plain_case(rng):
    """Whatever a node answers to the smaller questions is a value or a fault of its own."""
    writer, header = Writer(rng), headers.make_header(rng, rng.randrange(7))
    asks = [
        (lambda node: node.fetch_head(FINALIZED), header),
        (lambda node: node.fetch_block(1), header),
        (lambda node: node.fetch_chain_id(), "0x1"),
        (lambda node: node.has_code(b"\x01" * 20, 1), "0x6001"),
        (lambda node: node.request("web3_clientVersion", []), "x"),
    ]
    ask, value = rng.choice(asks)
    return not isinstance(outcome(ask, writer.whole(writer.answer(0, value)), 0), str)


def cases_of(chain):
    """Return all kinds of cases, each a function of a source of randomness."""
    return (logs_case, headers_case, lambda rng: receipts_case(rng, chain), plain_case)
