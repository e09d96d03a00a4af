"""The shards of a published bundle: what a reader of one account fetches."""

from pathlib import Path

import pytest

from settlement.adapters.store.bundle import PublishedBundle
from settlement.flows.bundles import judge_bundle
from tests.settlement.emit_epochs import BUNDLED, emit_bundles


@pytest.fixture
def folder(tmp_path):
    emit_bundles(tmp_path, BUNDLED)
    return tmp_path / "published" / "1"


def test_mirror_bundle__settled_epoch__writes_the_shards_that_hold_rows(folder):
    names = {str(path.relative_to(folder)) for path in folder.rglob("*.bin")}
    assert {f"shards/{stage}.bin" for stage in ("aggregates", "deposits", "amounts", "leaves")} < names
    leaves = {path.name: path.read_bytes() for path in (folder / "shards" / "leaves").iterdir()}
    assert sum(map(len, leaves.values())) == 72 * len(PublishedBundle(str(folder)).load_leaves())
    assert all(
        bytes.fromhex(name[:2])[0] == rows[at] for name, rows in leaves.items() for at in range(0, len(rows), 72)
    )


@pytest.mark.parametrize("name", ["shards/leaves.bin", "shards/leaves/07.bin"])
@pytest.mark.parametrize("damage", ["short", "flipped", "gone"])
def test_judge_bundle__a_damaged_shard__is_named(folder, name, damage):
    assert judge_bundle(PublishedBundle(str(folder))).is_ok
    path: Path = folder / name
    content = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes(content[:-1] if damage == "short" else content[:-1] + bytes([content[-1] ^ 1]))
    verdict = judge_bundle(PublishedBundle(str(folder)))
    assert verdict.stage == name
    assert verdict.got == "no such file" if damage == "gone" else verdict.got.startswith(f"{path.stat().st_size} bytes")


def test_judge_bundle__a_bundle_without_shards__is_sound(folder):
    for path in sorted((folder / "shards").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert judge_bundle(PublishedBundle(str(folder))).is_ok
