"""Vesting amounts by a node's state: one that changed in the very block is not guessed."""

import pytest

from indexer.words.errors import InputError
from settlement.adapters.shadow.vesting_state import fetch_vesting
from settlement.rules.shadow.vesting import VestingAmount

MINER, CONTRACT = bytes(19) + b"\1", bytes(20)


class Archive:
    """A node, and the pool of it, with an amount for each block."""

    name = "archive"

    def __init__(self, amounts):
        self.amounts = amounts

    def attempt(self, work):
        return work(self)

    def request_many(self, _method, calls):
        return ["0x" + self.amounts[int(block, 16)].to_bytes(32, "big").hex() for _, block in calls]


def test_fetch_vesting__same_before_and_in_the_block__counts_from_the_block_before():
    assert fetch_vesting(Archive({4: 7, 5: 7}), CONTRACT, [(MINER, 5)]) == [VestingAmount(4, MINER, 7, 0)]
    assert fetch_vesting(Archive({}), CONTRACT, []) == []


def test_fetch_vesting__changed_in_the_block__asks_for_a_file():
    with pytest.raises(InputError, match=r"does not tell.*got 7 and 8.*--vesting FILE"):
        fetch_vesting(Archive({4: 7, 5: 8}), CONTRACT, [(MINER, 5)])
