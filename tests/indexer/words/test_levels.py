import pytest

from indexer.words.levels import BLOOM, NONE, RECEIPTS, Level, LevelName, parse_level

WORDS = ["none", "bloom", "quorum:2", "receipts"]


@pytest.mark.parametrize("word", WORDS)
def test_parse_level__a_level__is_written_the_same(word):
    assert str(parse_level(word)) == word


@pytest.mark.parametrize(
    "word", ["", "quorum", "quorum:", "quorum:0", "quorum:x", "receipts:1", "receipts:", "all", "NONE"]
)
def test_parse_level__no_level__refused(word):
    with pytest.raises(ValueError, match="expected receipts"):
        parse_level(word)


def test_reaches__levels__by_what_they_prove():
    levels = [parse_level(word) for word in WORDS]
    assert [[one.reaches(other) for other in levels] for one in levels] == [
        [place >= other for other in range(4)] for place in range(4)
    ]
    assert parse_level("quorum:2").reaches(parse_level("quorum:3"))


def test_level__nodes_and_hashes__are_those_of_its_kind():
    assert (parse_level("quorum:3").quorum, NONE.quorum) == (3, None)
    assert [level.is_hashed for level in (NONE, BLOOM, parse_level("quorum:2"), RECEIPTS)] == [False, True, False, True]
    with pytest.raises(ValueError, match="expected nodes"):
        Level(LevelName.QUORUM)
