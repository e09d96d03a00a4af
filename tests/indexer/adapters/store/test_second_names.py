import pytest

from indexer.adapters.store.second_names import SecondNames
from indexer.words.errors import RetryLaterError


@pytest.fixture
def kept(tmp_path):
    (tmp_path / "lake" / "main" / "blocks").mkdir(parents=True)
    (tmp_path / "lake" / "main" / "blocks" / "old.parquet").write_text("old")
    return SecondNames(tmp_path / "lake", tmp_path / "lake.kept")


def write(tmp_path, name):
    (tmp_path / "lake" / "main" / "blocks" / name).write_text(name)


def names(tmp_path):
    return sorted(path.name for path in (tmp_path / "lake").rglob("*.parquet"))


def begun(kept, tmp_path, *written):
    kept.begin()
    for name in written:
        write(tmp_path, name)
    kept.keep()


def test_restore__files_deleted_after_they_were_kept__are_back_whole(kept, tmp_path):
    begun(kept, tmp_path, "a.parquet", "b.parquet")
    (tmp_path / "lake" / "main" / "blocks" / "a.parquet").unlink()
    kept.restore()
    assert names(tmp_path) == ["a.parquet", "b.parquet", "old.parquet"]
    assert (tmp_path / "lake" / "main" / "blocks" / "a.parquet").read_text() == "a.parquet"


def test_drop__commit_that_came_through__only_the_first_names_stay(kept, tmp_path):
    begun(kept, tmp_path, "a.parquet")
    kept.drop()
    assert names(tmp_path) == ["a.parquet", "old.parquet"]
    assert not list((tmp_path / "lake.kept").rglob("*.parquet"))


def test_recover__after_a_kill__what_the_catalog_names_stays_and_the_rest_goes(kept, tmp_path):
    begun(kept, tmp_path, "committed.parquet", "lost.parquet")
    (tmp_path / "lake" / "main" / "blocks" / "committed.parquet").unlink()
    SecondNames(tmp_path / "lake", tmp_path / "lake.kept").recover(lambda: ["committed.parquet", "old.parquet"])
    assert names(tmp_path) == ["committed.parquet", "old.parquet"]
    assert not list((tmp_path / "lake.kept").rglob("*.parquet"))


def test_recover__nothing_kept__the_catalog_is_not_asked(kept, tmp_path):
    kept.recover(lambda: pytest.fail("asked"))
    assert names(tmp_path) == ["old.parquet"]


def test_keep__no_links_to_be_had__retry_later(kept, tmp_path):
    kept.begin()
    write(tmp_path, "a.parquet")
    (tmp_path / "lake.kept").write_text("a file where the folder should be")
    with pytest.raises(RetryLaterError, match="cannot be linked"):
        kept.keep()


def test_keep__after_a_commit_of_unknown_outcome__links_what_is_new_alone(kept, tmp_path):
    begun(kept, tmp_path, "unknown.parquet")
    (tmp_path / "lake" / "main" / "blocks" / "unknown.parquet").unlink()
    kept.restore()
    begun(kept, tmp_path, "next.parquet")
    kept.drop()
    assert names(tmp_path) == ["next.parquet", "old.parquet", "unknown.parquet"]
