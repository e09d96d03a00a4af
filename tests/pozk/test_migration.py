"""From a network of the deployed contracts to one of ours: what it owes is what its accounts begin with."""

import hashlib

import pytest

from deploy.wiring.opening import read_opening
from settlement.rules.columns.conversions import amounts_to_ints
from settlement.rules.shadow.opening import opening_bytes
from tests.money.test_json_documents import verify
from tests.pozk.network import PLAYERS
from tests.settlement.flows.oracles import finish, oracle_of, working_chain
from tests.support.operator import operator_of

pytestmark = [pytest.mark.chain, pytest.mark.database]


def test_opening__written_by_shadow__is_paid_in_the_first_epoch_of_our_network(
    played, operator, postgres, lake_template, tmp_path
):
    network, _ = played
    file = tmp_path / "opening.bin"
    document = operator.pozk(
        "shadow", "--vesting", str(operator.folder / "vesting.csv"), "--opening", str(file)
    ).document
    verify("shadow", document)
    content, made = file.read_bytes(), document["opening"]
    assert made["sha256"] == "0x" + hashlib.sha256(content).hexdigest()
    token = network.addresses["token"]
    owed = int(document["totals"]["owed"]) + sum(int(row["amount"]) for row in document["extras"])
    assert made["tokens"] == [{"token": token, "amount": str(owed)}]
    assert [(each.lower(), amount) for each, amount in read_opening(file).sums] == [(token, owed)]

    def early(chain):
        chain.emit(
            "opening_added",
            token=bytes.fromhex(token[2:]),
            amount=owed,
            sha256=hashlib.sha256(content).digest(),
        )

    (tmp_path / "oracle").mkdir()
    with oracle_of(
        finish(working_chain(early=early)), postgres, lake_template, tmp_path / "oracle", opening=file
    ) as settler:
        first = next(iter(settler.settle_all()))
    rows = first.amounts
    paid = {
        (rows.token[at].tobytes(), rows.account[at].tobytes()): amount
        for at, amount in enumerate(amounts_to_ints(rows.amount))
        if rows.role[at] == 4
    }
    assert opening_bytes(paid) == content
    blocked = {row["account"]: int(row["blocked"]) for row in document["accounts"] if int(row["blocked"])}
    assert blocked  # what the contracts will never pay is among it
    assert all(paid[bytes.fromhex(token[2:]), bytes.fromhex(account[2:])] >= wei for account, wei in blocked.items())
    assert PLAYERS[2] in blocked


def test_opening__asked_for_after_the_first_settlement__exit_2(settled_operator, devnet, tmp_path, capsys):
    answer = settled_operator.pozk(
        "shadow", "--opening", str(tmp_path / "late.bin"), "--network", str(settled_operator.config), code=2
    )
    assert "opening balances come before the first settlement" in answer.document["error"]
    assert not (tmp_path / "late.bin").exists()
    new = operator_of(devnet, tmp_path, capsys)
    assert "networks of the deployed PoZK contracts" in new.pozk("shadow", code=2).document["error"]
