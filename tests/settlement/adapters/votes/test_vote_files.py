"""Signed votes in folders; that they are served over HTTP, too, is told by the three oracles."""

import json
import re
from dataclasses import replace

import pytest

from indexer.words.errors import InputError, RetryLaterError
from settlement.adapters.votes.vote_files import VoteFiles
from settlement.words.signed_votes import Ballot, SignedVote
from tests.support.object_store import BUCKET, object_store, without_credentials

MEMBERS = [bytes([number]) * 20 for number in range(1, 4)]
BALLOT = Ballot(3, b"\x01" * 32, ((b"\x02" * 20, 10**30), (b"\x03" * 20, 0)), b"\x04" * 32)
VOTE = SignedVote(BALLOT, MEMBERS[0], 5, 9, b"\x07" * 65)


def test_store__then_load__is_the_same_vote_of_its_round_alone(tmp_path):
    where = VoteFiles([f"{tmp_path}/mine/"]).store(VOTE)
    assert where == f"{tmp_path}/mine/00000003/5-0x{'01' * 20}.json"
    places = VoteFiles([f"{tmp_path}/empty", f"{tmp_path}/mine", f"{tmp_path}/mine"])
    assert places.load(3, 5, MEMBERS) == [VOTE]
    assert places.load(3, 6, MEMBERS) == places.load(4, 5, MEMBERS) == places.load(3, 5, MEMBERS[1:]) == []


@pytest.mark.parametrize(
    "altered",
    [
        {"signature": "0xzz"},
        {"root": "0x01"},
        {"totals": [{}]},
        {"totals": 7},
        {"epoch": "x"},
        {"signature": 7},
        {"epoch": 3.5},
        {"epoch": "3"},
        {"nonce": True},
        {"nonce": 9.0},
        {"root": "0x" + " 01" * 32},
        {"totals": [{"token": "0x" + "02" * 20, "cumulative": "1_0"}]},
    ],
)
def test_load__a_file_that_is_no_vote__is_told_and_keeps_no_other_vote_out(tmp_path, altered):
    told, places = [], [f"{tmp_path}/one", f"{tmp_path}/two"]
    other = replace(VOTE, member=MEMBERS[1])
    for vote in (VOTE, other):
        VoteFiles(places).store(vote)
    path = tmp_path / "one" / "00000003" / f"5-0x{'01' * 20}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | altered))
    assert VoteFiles(places, told.append).load(3, 5, MEMBERS) == [other]
    assert re.search(f"this is no signed vote.*{path.name}", *told)
    VoteFiles(places[1:]).store(VOTE)
    assert VoteFiles(places).load(3, 5, MEMBERS) == [VOTE, other]


def test_store__where_nothing_can_be_written__is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RetryLaterError, match="the vote cannot be put there"):
        VoteFiles([f"{tmp_path}/file"]).store(VOTE)
    with pytest.raises(InputError, match="not a place"):
        VoteFiles(["nothing://x"])


def test_load__nobody_answers__is_told(tmp_path):
    away, told = "http://127.0.0.1:1/votes", []
    with pytest.raises(RetryLaterError, match="votes cannot be read"):
        VoteFiles([away]).load(3, 5, MEMBERS)
    VoteFiles([str(tmp_path)]).store(VOTE)
    assert VoteFiles([away, str(tmp_path)], told.append).load(3, 5, MEMBERS) == [VOTE]
    assert "votes cannot be read" in told[0]


def test_store__object_store__holds_votes_and_says_who_may_not(tmp_path):
    with object_store():
        places = [f"{BUCKET}/votes/", str(tmp_path)]
        assert VoteFiles(places).store(VOTE) == f"{BUCKET}/votes/00000003/5-0x{'01' * 20}.json"
        assert VoteFiles(places).load(3, 5, MEMBERS) == [VOTE]
        with without_credentials(), pytest.raises(RetryLaterError, match=r"the vote cannot be put there.*credentials"):
            VoteFiles(places).store(VOTE)
