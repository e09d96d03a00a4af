import os
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from indexer.words.errors import RetryLaterError
from settlement.adapters.lake.stake_bases import FolderStakeBases

BLOCK, OTHER = bytes([1]) * 32, bytes([2]) * 32
SUMS = pa.table({"app": [b"a" * 20], "effective_epoch": pa.array([3], pa.uint64()), "delta": [7]})


def test_load__after_save__is_what_was_saved(tmp_path):
    bases = FolderStakeBases(tmp_path / "stakes")
    assert bases.load(3, BLOCK, OTHER) is None
    sha256 = bases.save(3, BLOCK, SUMS)
    assert bases.load(3, BLOCK, sha256) == SUMS


def test_load__of_another_epoch_block_or_content__is_none(tmp_path):
    bases = FolderStakeBases(tmp_path)
    sha256 = bases.save(3, BLOCK, SUMS)
    assert bases.load(4, BLOCK, sha256) is None
    assert bases.load(3, OTHER, sha256) is None
    assert bases.load(3, BLOCK, OTHER) is None


def test_load__another_file_under_a_name_that_fits_it__is_none(tmp_path):
    bases = FolderStakeBases(tmp_path)
    sha256 = bases.save(3, BLOCK, SUMS)
    assert bases.save(3, BLOCK, SUMS.set_column(2, "delta", [[8]])) != sha256
    assert bases.load(3, BLOCK, sha256) is None


def test_load__damaged__is_none(tmp_path):
    bases = FolderStakeBases(tmp_path)
    sha256 = bases.save(3, BLOCK, SUMS)
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(bytes(content))
    assert bases.load(3, BLOCK, sha256) is None


def test_save__a_later_epoch__replaces_the_earlier_and_drafts_of_the_killed(tmp_path):
    bases = FolderStakeBases(tmp_path)
    first = bases.save(3, BLOCK, SUMS)
    (tmp_path / ".draft").write_bytes(b"half")
    second = bases.save(4, OTHER, SUMS.slice(1))
    assert bases.load(3, BLOCK, first) is None
    assert bases.load(4, OTHER, second).num_rows == 0
    assert len(os.listdir(tmp_path)) == 1


def test_clear__something_kept__is_gone(tmp_path):
    bases = FolderStakeBases(tmp_path)
    bases.save(3, BLOCK, SUMS)
    bases.clear()
    assert os.listdir(tmp_path) == []


def test_save__a_folder_that_cannot_be__is_a_retry_later(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RetryLaterError, match="cannot be kept"):
        FolderStakeBases(tmp_path / "file" / "stakes").save(3, BLOCK, SUMS)


def test_save__by_many_threads_at_once__succeeds_in_each_and_leaves_one(tmp_path):
    bases = FolderStakeBases(tmp_path)

    def save_often(worker: int) -> None:
        for round_ in range(40):
            bases.save(3 + (worker + round_) % 2, BLOCK, SUMS)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(save_often, range(8)))
    assert bases.load(5, BLOCK, bases.save(5, BLOCK, SUMS)) == SUMS
    assert len(os.listdir(tmp_path)) == 1
