import hashlib

import pytest

from indexer.words.errors import InputError, UnsoundError
from settlement.rules.columns.conversions import amounts_to_ints
from settlement.rules.entitlements.opening import parse_opening
from settlement.rules.facts.epoch_facts import OpeningSum

ANN, BEN, TOKEN, OTHER = (bytes([byte]) * 20 for byte in (1, 2, 8, 9))
ROWS = [(TOKEN, ANN, 5), (TOKEN, BEN, 6), (OTHER, ANN, 10**38 - 1)]
SUMS = {TOKEN: 11, OTHER: 10**38 - 1}


def content_of(rows):
    return b"".join(token + account + amount.to_bytes(32, "big") for token, account, amount in rows)


def named(content, sums=SUMS):
    digest = hashlib.sha256(content).digest()
    return tuple(OpeningSum(token, amount, digest) for token, amount in sums.items())


def test_parse_opening__file_that_the_chain_names__is_its_rows():
    rows = parse_opening(named(content_of(ROWS)), content_of(ROWS), "file")
    columns = zip(rows.token, rows.account, amounts_to_ints(rows.amount), strict=True)
    assert [(bytes(token), bytes(account), amount) for token, account, amount in columns] == ROWS


def test_parse_opening__chain_names_none__is_empty_whatever_the_file():
    assert len(parse_opening((), b"anything", "file")) == 0


@pytest.mark.parametrize("content", [None, b"", content_of(ROWS) + b"\0", content_of(ROWS[:2])])
def test_parse_opening__missing_or_another_file__is_an_input_error(content):
    with pytest.raises(InputError, match="the file of opening balances is"):
        parse_opening(named(content_of(ROWS)), content, "file")


@pytest.mark.parametrize(
    "rows",
    [
        [ROWS[1], ROWS[0], ROWS[2]],
        [(TOKEN, ANN, 5), (TOKEN, ANN, 6), ROWS[2]],
        [(TOKEN, ANN, 11), (TOKEN, BEN, 0), ROWS[2]],
        [ROWS[0], (TOKEN, BEN, 7), ROWS[2]],
        ROWS[:2],
        [*ROWS, (b"\x0a" * 20, ANN, 1)],
        [ROWS[0], ROWS[1], (OTHER, ANN, 10**38)],
    ],
)
def test_parse_opening__file_contradicts_the_chain__stops(rows):
    with pytest.raises(UnsoundError):
        parse_opening(named(content_of(rows)), content_of(rows), "file")


def test_parse_opening__half_a_row_at_the_end__stops():
    content = content_of(ROWS) + b"\0" * 71
    with pytest.raises(UnsoundError, match="malformed"):
        parse_opening(named(content), content, "file")


def test_parse_opening__two_files_or_a_token_twice__stops():
    content = content_of(ROWS)
    first, second = named(content)
    for contradictory in ((first, OpeningSum(OTHER, 1, bytes([7]) * 32)), (first, first, second)):
        with pytest.raises(UnsoundError, match="contradict"):
            parse_opening(contradictory, content, "file")
