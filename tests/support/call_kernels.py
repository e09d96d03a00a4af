"""Calls kernels of both packages by the functions that use them, and prints what had to be compiled: see `kernels`."""

import json

import numpy as np

from indexer.rules.consensus.keccak import keccak_ragged
from settlement.rules.columns.conversions import amounts_from_ints
from settlement.rules.columns.ordering import address_order
from settlement.rules.entitlements.ledger import Credits, Leaves, merge_entitlements
from settlement.rules.entitlements.tree_growth import tree_of
from tests.support.kernels import kernels_called

MANY = 2_000
"""Rows: above every number below which plain Python does it."""


def main():
    offsets = np.arange(0, 32 * MANY + 1, 32)
    hashes = keccak_ragged(np.random.default_rng(1).integers(0, 256, 32 * MANY, dtype=np.uint8), offsets)
    accounts, tokens = np.ascontiguousarray(hashes[:, :20]), np.zeros((MANY, 20), dtype=np.uint8)
    order = address_order(accounts)
    nothing = Leaves(accounts[:0], tokens[:0], amounts_from_ints([]))
    leaves = merge_entitlements(nothing, Credits(tokens[order], accounts[order], amounts_from_ints([1] * MANY)))
    tree_of(leaves)
    print(json.dumps(kernels_called()))


if __name__ == "__main__":
    main()
