"""Who signs transactions."""

from typing import Any, Protocol

from indexer.words.quantities import Address, Hash32


class Signer(Protocol):
    """An account that signs transactions and typed data; it sends nothing."""

    @property
    def address(self) -> Address:
        """Return the account."""

    def sign(self, transaction: dict[str, Any]) -> tuple[Hash32, bytes]:
        """Return the hash and the bytes of a signed transaction, which is given as eth-account takes it."""

    def sign_typed(self, domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any]) -> bytes:
        """Return the signature under typed data (EIP-712)."""
