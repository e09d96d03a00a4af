"""The check of the disk; the others are made against real lakes in test_all_checks."""

import os
from types import SimpleNamespace

import pytest

from settlement.entry.checks.inspection import Doubt
from settlement.entry.checks.store_checks import check_disk


def look_at(folder):
    return SimpleNamespace(settings=SimpleNamespace(store=SimpleNamespace(data_dir=folder / "not" / "yet")))


def test_check_disk__a_folder_to_be_made__the_room_above_it(tmp_path):
    assert check_disk(look_at(tmp_path)).endswith(f"GB free at {tmp_path}")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_check_disk__a_folder_that_can_only_be_read__is_doubted(tmp_path):
    tmp_path.chmod(0o555)
    assert isinstance(check_disk(look_at(tmp_path)), Doubt)
