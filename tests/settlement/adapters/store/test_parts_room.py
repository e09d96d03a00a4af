"""The folders of epochs' parts: each goes with its holder, what was killed is swept by the next."""

import gc
import os
import subprocess
import sys

import pytest

from indexer.words.errors import RetryLaterError
from settlement.adapters.store.parts_room import EpochFolder

HOLD = """
import sys
from pathlib import Path
from settlement.adapters.store.parts_room import EpochFolder
held = EpochFolder(Path(sys.argv[1]))
(held.path / "rows-7").write_bytes(b"rows")
print(held.path, flush=True)
sys.stdin.read()
"""


def folders(room):
    return {path for path in room.iterdir() if path.is_dir()}


def test_epoch_folder__run_that_was_killed__is_swept_and_those_that_live_are_not(tmp_path):
    mine = EpochFolder(tmp_path)
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    left = other.stdout.readline().strip()
    second = EpochFolder(tmp_path)
    assert {str(path) for path in folders(tmp_path)} == {left, str(mine.path), str(second.path)}
    other.kill()
    other.communicate()
    third = EpochFolder(tmp_path)
    assert folders(tmp_path) == {mine.path, second.path, third.path}


def test_epoch_folder__no_holder_left__is_gone(tmp_path):
    held = EpochFolder(tmp_path / "data" / "parts")
    (held.path / "rows-1").touch()
    del held
    gc.collect()
    assert not folders(tmp_path / "data" / "parts")


def test_epoch_folder__folder_of_before_there_were_locks__is_swept(tmp_path):
    (tmp_path / "tmpabc" / "written" / "part=0a").mkdir(parents=True)
    (tmp_path / "a file").touch()
    held = EpochFolder(tmp_path)
    assert folders(tmp_path) == {held.path}
    assert (tmp_path / "a file").exists()


def test_epoch_folder__place_that_takes_no_folder__is_refused_by_name(tmp_path):
    (tmp_path / "parts").touch()
    with pytest.raises(RetryLaterError, match=f"no room for the parts of an epoch.*{tmp_path}{os.sep}parts"):
        EpochFolder(tmp_path / "parts")
