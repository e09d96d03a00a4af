import random

import psycopg
import pytest

from deploy.faults.plan import parse_plan
from deploy.faults.vandal import Vandal, alter_journal, flip_bit


def bits_between(one, other):
    return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))


def test_flip_bit__two_files__one_bit_of_one_of_them_and_never_the_magic(tmp_path):
    for seed in range(40):
        kept = {}
        for name in ("a.parquet", "b.parquet"):
            kept[tmp_path / name] = b"PAR1" + bytes(3) + b"PAR1"
            (tmp_path / name).write_bytes(kept[tmp_path / name])
        damaged = flip_bit(tmp_path, random.Random(seed))
        assert bits_between(damaged.read_bytes(), kept[damaged]) == 1
        assert damaged.read_bytes()[:4] == damaged.read_bytes()[-4:] == b"PAR1"
        assert sum(path.read_bytes() != data for path, data in kept.items()) == 1


def test_flip_bit__no_file__nothing(tmp_path):
    assert flip_bit(tmp_path, random.Random(0)) is None


def test_strike__plan_of_bit_flips__as_often_as_it_says(tmp_path):
    (tmp_path / "lake").mkdir()
    file = tmp_path / "lake" / "a.parquet"
    file.write_bytes(bytes(2000))
    vandal = Vandal(tmp_path, parse_plan("bitflip=0.5", seed=3))
    changed = 0
    for number in range(200):
        before = file.read_bytes()
        vandal.strike(number)
        changed += before != file.read_bytes()
    assert 60 < changed < 140
    Vandal(tmp_path, parse_plan("journal=1")).strike(1)  # no server runs there: nothing to alter


@pytest.mark.chain
@pytest.mark.database
def test_alter_journal__settled_epochs__a_report_is_another_and_no_vote_is_sent(settled_operator):
    url = settled_operator.environment["POZK_STORE_DATABASE_URL"]
    query = "SELECT epoch, report_hash, root FROM pozk.reports ORDER BY epoch"
    with psycopg.connect(url) as connection:
        before = connection.execute(query).fetchall()
    assert alter_journal(url, random.Random(2)) == "alter_root"
    with psycopg.connect(url) as connection:
        after = connection.execute(query).fetchall()
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1
    (epoch,) = [row[0] for row, other in zip(before, after, strict=True) if row != other]
    settled_operator.pozk("verify", "--epoch", str(epoch), code=1)
