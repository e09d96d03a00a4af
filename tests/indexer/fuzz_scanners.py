"""`make fuzz`: damaged answers through the compiled scanners, which must refuse or agree with the typed decoders, and
answers of every shape through the whole client, read in both ways, and damaged HTTP over real sockets.

Arguments: seconds (default 60) and seed (default: the clock, printed).
"""

import json
import random
import sys
import time

import msgspec
import numpy as np

from indexer.adapters.nodes.typed_logs import log_columns
from indexer.rules.consensus.header import HeaderColumns, header_columns
from indexer.rules.consensus.receipt import gather_receipts
from tests.indexer import fuzz_answers, fuzz_http
from tests.indexer.rules.scan import test_scan_headers as headers
from tests.indexer.rules.scan import test_scan_logs as logs
from tests.indexer.rules.scan import test_scan_receipts as receipts

ALPHABET = b'"\\{}[],:0123456789abcdefABCDEFxXgtrufalsenl \n\x00\xff'
SEPARATORS = ((",", ":"), (", ", ": "))


def damage(rng, body):
    """Return the bytes with up to five of them changed, put in, left out or repeated from elsewhere."""
    damaged = bytearray(body)
    for _ in range(rng.choice([0, 1, 1, 2, 5])):
        at, kind = rng.randrange(max(1, len(damaged))), rng.random()
        if kind < 0.5 and damaged:
            damaged[at] = rng.choice(ALPHABET)
        elif kind < 0.7:
            damaged[at:at] = bytes([rng.choice(ALPHABET)])
        elif kind < 0.9:
            del damaged[at : at + rng.randrange(1, 40)]
        else:
            start = rng.randrange(max(1, len(damaged)))
            damaged[at:at] = damaged[start : start + rng.randrange(1, 80)]
    return bytes(damaged)


def logs_case(rng):
    """Return whether a damaged answer to eth_getLogs was accepted, and then rightly."""
    body = damage(rng, logs.answer_of([logs.make_log(rng) for _ in range(rng.randrange(4))], rng.choice(SEPARATORS)))
    found = logs.scan_logs(body)
    if found is not None:
        expected = log_columns(msgspec.json.decode(readable(body), type=logs.Answer).result)
        assert all(np.array_equal(getattr(found, name), getattr(expected, name)) for name in type(found).__slots__)
    return found is not None


def headers_case(rng):
    """The same for a batch of headers."""
    count = rng.randrange(1, 4)
    whole = [headers.make_header(rng, rng.randrange(7)) for _ in range(count)]
    body = damage(rng, headers.answer_of(whole, rng.choice(SEPARATORS)))
    found = headers.scan_headers(body, count)
    if found is not None:
        expected = header_columns([answer["result"] for answer in json.loads(readable(body))])
        assert all(np.array_equal(getattr(found, n), getattr(expected, n)) for n in HeaderColumns.__slots__)
    return found is not None


def receipts_case(rng, chain):
    """The same for a batch of receipts."""
    start = rng.randrange(len(chain.blocks) - 3)
    blocks = slice(start, start + rng.randrange(1, 3))
    body = damage(rng, receipts.batch([block.receipts for block in chain.blocks[blocks]]))
    refs = receipts.refs_of(chain)[blocks]
    found = receipts.scan_receipts(body, refs)
    if found is not None:
        answers = json.loads(readable(body))
        receipts.assert_same(found, gather_receipts([answer["result"] for answer in answers], refs))
    return found is not None


def readable(body):
    """Return the bytes without what is no UTF-8: only in values that are skipped does the scanner let it pass."""
    return body.decode("utf-8", "replace").encode()


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns()
    print(f"seed {seed}", flush=True)
    rng, chain = random.Random(seed), receipts.SimChain(5, receipts.traffic)
    chain.grow(12)
    cases = (logs_case, headers_case, lambda rng: receipts_case(rng, chain), *fuzz_answers.cases_of(chain))
    server = fuzz_http.RawServer()
    cases = (*cases, lambda rng: fuzz_http.http_case(rng, server))
    end, tried, accepted = time.monotonic() + seconds, 0, 0
    while time.monotonic() < end:
        tried += 1
        accepted += rng.choice(cases)(rng)
    print(f"{tried:,} answers, {accepted:,} accepted, each as the typed decoder reads it")


if __name__ == "__main__":
    main()
