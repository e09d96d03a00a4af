"""The call that claims leaves at the distributor, which nobody has to be asked for."""

from collections.abc import Sequence
from typing import Any

from indexer.words.quantities import Epoch
from settlement.rules.contracts.call_data import encode_call
from settlement.rules.entitlements.tree_layout import LeafProof

CLAIM_MANY, _CLAIM_TYPES = "claimMany", ("uint64", "address[]", "address[]", "uint256[]", "bytes32[][]")
CLAIM_SIGNATURE = f"{CLAIM_MANY}({','.join(_CLAIM_TYPES)})"


def encode_claims(epoch: Epoch, leaves: Sequence[LeafProof]) -> bytes:
    """Return the call data that claims leaves under an active root, each with its own proof."""
    return encode_call(CLAIM_MANY, _CLAIM_TYPES, claim_arguments(epoch, leaves))


def claim_arguments(epoch: Epoch, leaves: Sequence[LeafProof]) -> list[Any]:
    """Return the arguments of that call."""
    return [epoch, *leaf_columns(leaves), [leaf.siblings for leaf in leaves]]


def leaf_columns(leaves: Sequence[LeafProof]) -> list[list[Any]]:
    """Return accounts, tokens and cumulative amounts."""
    return [[leaf.account for leaf in leaves], [leaf.token for leaf in leaves], [leaf.cumulative for leaf in leaves]]
