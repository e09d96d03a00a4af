import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexer.rules.columns.membership import index_among, is_one_of

WORD = st.binary(min_size=2, max_size=2).map(lambda tail: b"same" + tail * 8)  # 20 bytes, the first 4 shared
OTHER = st.binary(min_size=20, max_size=20)


def table(values):
    return np.frombuffer(b"".join(values), dtype=np.uint8).reshape(-1, 20)


@given(st.lists(st.one_of(WORD, OTHER), max_size=12), st.lists(st.one_of(WORD, OTHER), max_size=6, unique=True))
def test_index_among__values_that_begin_alike__found_whole(rows, known):
    rows += known[:2]
    expected = [known.index(row) if row in known else -1 for row in rows]
    assert list(index_among(table(rows), table(known))) == expected
    assert list(is_one_of(table(rows), table(known))) == [position >= 0 for position in expected]
