"""Contracts of a network."""

from dataclasses import dataclass

from indexer.words.quantities import Address, BlockNumber

_FIRST_BLOCK = BlockNumber(0)


@dataclass(frozen=True, slots=True)
class ContractSpan:
    """A contract whose logs count from `from_block` on: 0 unless it took another one's place."""

    address: Address
    from_block: BlockNumber = _FIRST_BLOCK
