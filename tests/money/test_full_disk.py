"""`pozk index` on a disk that is full, PostgreSQL included; the disk is a small tmpfs, where mounting is allowed."""

import os
import subprocess
from contextlib import suppress

import pytest

from indexer.rules.protocols.reference import REFERENCE
from tests.support.operator import operator_of, tables_of

pytestmark = [pytest.mark.chain, pytest.mark.database, pytest.mark.slow]
TABLES = ["blocks", "quarantine", *(event.table for event in REFERENCE.kinds)]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 100 MB, of which an empty database takes 40."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m", "tmpfs", folder], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("left_kilobytes", [0, 100, 200, 400] if "SIM_SEEDS" in os.environ else [100])
def test_index__disk_full__is_3_with_one_line_and_the_next_run_finishes(
    devnet, settled_operator, small_disk, capsys, left_kilobytes
):
    operator = operator_of(devnet, small_disk, capsys)
    operator.pozk("index", "--to-block", "3")
    fill(small_disk, left_kilobytes)
    process = operator.start("index", "--max-range", "5")
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 3, errors
    assert [line for line in errors.splitlines() if line.startswith("error: ")] == errors.splitlines()[-1:]
    assert "No space left on device" in errors or "check database and disk" in errors
    (small_disk / "ballast").unlink()
    operator.pozk("index")
    assert tables_of(operator, TABLES) == tables_of(settled_operator, TABLES)


def fill(folder, left_kilobytes):
    with (folder / "ballast").open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1 << 14)):
            pass
    size = (folder / "ballast").stat().st_size
    with (folder / "ballast").open("r+b") as file:
        file.truncate(size - left_kilobytes * 1024)
