"""What is said of the committee: counted by SQL as plain Python counts it."""

import random

import duckdb
import pytest

from sql import load_sql

MEMBERS = [bytes([number]) * 20 for number in range(1, 7)]
HASHES = [bytes([number]) * 32 for number in range(3)]


def random_words(seed):
    """Return what was proposed, voted and dissented in a few epochs: epoch -> hash, and (epoch, oracle) -> hash."""
    rng = random.Random(seed)
    roots = {epoch: rng.choice(HASHES) for epoch in range(6) if rng.random() < 0.7}
    said = [(epoch, oracle) for epoch in range(6) for oracle in MEMBERS]
    votes, dissents = ({key: rng.choice(HASHES) for key in said if rng.random() < share} for share in (0.6, 0.2))
    return roots, votes, dissents, MEMBERS[: rng.randrange(len(MEMBERS))]


def ask(step, roots, votes, dissents, **params):
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE roots (epoch UBIGINT, report_hash BLOB)")
        for name, words in (("votes", votes), ("dissents", dissents)):
            connection.execute(f"CREATE TABLE {name} (epoch UBIGINT, oracle BLOB, report_hash BLOB)")
            for (epoch, oracle), report_hash in words.items():
                connection.execute(f"INSERT INTO {name} VALUES (?, ?, ?)", [epoch, oracle, report_hash])
        for epoch, report_hash in roots.items():
            connection.execute("INSERT INTO roots VALUES (?, ?)", [epoch, report_hash])
        connection.execute(f"CREATE TABLE against AS {load_sql('protocols/reference/serve/against')}")
        text = load_sql(f"protocols/reference/serve/{step}")
        return connection.execute(text, params or None).to_arrow_table().to_pylist()


def plain_member(member, roots, votes, dissents):
    own = {epoch: said for (epoch, oracle), said in votes.items() if oracle == member}
    against = {epoch for epoch, oracle in dissents if oracle == member}
    against |= {epoch for epoch, said in own.items() if roots.get(epoch, said) != said}
    missed = len(roots.keys() - own.keys())
    counted = {"votes": len(own), "dissents": len(against), "missed": missed, "last_epoch": max(own, default=None)}
    return {"member": member} | counted


def plain_epoch(epoch, roots, votes, dissents):
    said = {oracle: each for (of, oracle), each in (votes | dissents).items() if of == epoch}
    agree = sum(each == roots[epoch] for each in said.values())
    dissent = [{"member": who, "report_hash": each} for who, each in sorted(said.items()) if each != roots[epoch]]
    return {"epoch": epoch, "report_hash": roots[epoch], "agree": agree, "dissent": dissent}


@pytest.mark.parametrize("seed", range(6))
def test_committee__random_votes_and_dissents__are_counted_as_in_plain_python(seed):
    roots, votes, dissents, members = random_words(seed)
    rows = ask("committee_members", roots, votes, dissents, members=members)
    wanted = [plain_member(each, roots, votes, dissents) for each in members]
    assert sorted(rows, key=lambda row: row["member"]) == wanted
    epochs = ask("committee_epochs", roots, votes, dissents)
    assert epochs == [plain_epoch(epoch, roots, votes, dissents) for epoch in sorted(roots, reverse=True)]
