"""One account's signed calls of one contract: signed by eth-account, sent and looked for through the nodes."""

from __future__ import annotations

from typing import Any

from eth_account import Account

from indexer.ports.chain import Node
from indexer.words.errors import InputError
from indexer.words.faults import MethodFault, NodeFault, RevertFault, UnreachableFault
from indexer.words.finality import Finality
from indexer.words.quantities import Address, BlockNumber, Hash32, parse_quantity, to_hex
from settlement.adapters.chain.chain_state import ChainState, StateAt
from settlement.adapters.chain.refused import refused_call
from settlement.words.records import SignedTransaction, TransactionReceipt

GAS_MARGIN_PERCENT = 25
KNOWN_ALREADY = ("already known", "already imported", "known transaction", "nonce too low", "already exists")


class KeyWallet:
    """Signs with a private key held in memory. `finality` says which block is final."""

    def __init__(self, state: ChainState, contract: Address, private_key: str, finality: Finality) -> None:
        if not private_key:
            raise InputError(
                "no key to sign with",
                expected="signer.private_key",
                got="none",
                remedy="set POZK_SIGNER_PRIVATE_KEY or POZK_SIGNER_PRIVATE_KEY_FILE",
            )
        self._state, self._contract, self._finality = state, contract, finality
        self._account = Account.from_key(private_key)

    @property
    def address(self) -> Address:
        """Return the account."""
        return Address(bytes.fromhex(self._account.address.removeprefix("0x")))

    def sign_call(self, purpose: str, subject: str, data: bytes) -> SignedTransaction:
        """Return a signed call at the next nonce; the errors are those of `estimate_gas`."""
        gas = self.estimate_gas(purpose, subject, data)
        fees, nonce = self._state.at_newest(_fees), self.fetch_nonce()
        transaction: dict[str, Any] = {
            "to": self._contract,
            "data": data,
            "chainId": self._state.chain_id,
            "nonce": nonce,
            "value": 0,
            "gas": gas + gas * GAS_MARGIN_PERCENT // 100,
            **fees,
        }
        signed = self._account.sign_transaction(transaction)
        return SignedTransaction(
            Hash32(bytes(signed.hash)), purpose, subject, self.address, nonce, bytes(signed.raw_transaction)
        )

    def estimate_gas(self, purpose: str, subject: str, data: bytes) -> int:
        """Return what the nodes estimate a call to cost.

        If all say that it would revert: RetryLaterError where the contract names what passes, else UnsoundError.
        """
        try:
            return self._state.at_newest(lambda state: state.estimate_gas(self.address, self._contract, data))
        except RevertFault as fault:
            raise refused_call(f"{purpose} {subject}", fault, self._contract) from fault

    def send_raw(self, transaction: SignedTransaction) -> None:
        """Hand a signed transaction to all nodes that are well; one that they already know is no error."""

        def send(node: Node) -> None:
            self._state.verify_chain(node)
            try:
                node.request("eth_sendRawTransaction", [to_hex(transaction.raw)])
            except NodeFault as fault:
                if not any(words in fault.got.lower() for words in KNOWN_ALREADY):
                    raise

        self._state.pool.attempt_on_all(send)

    def fetch_receipt(self, transaction: Hash32) -> TransactionReceipt | None:
        """Return the receipt that any node has, None where those that answer have none; read later states from there.

        RetryLaterError where no node answers.
        """

        def ask(node: Node) -> TransactionReceipt | None:
            return _receipt_of(node.request("eth_getTransactionReceipt", [to_hex(transaction)]), node)

        found = next((receipt for receipt in self._state.pool.each(ask) if receipt is not None), None)
        if found is not None:
            self._state.hold(found.block_number)
        return found

    def is_replaced(self, transaction: SignedTransaction) -> bool:
        """Whether a final block holds another transaction at this one's nonce: no node has a receipt then."""

        def is_used(node: Node) -> bool:
            final = StateAt(node, node.fetch_head(self._finality).ref.number)
            return final.count_transactions(self.address) > transaction.nonce

        return self._state.pool.attempt(is_used) and self.fetch_receipt(transaction.hash) is None

    def fetch_nonce(self) -> int:
        """Return how many transactions of the account are in blocks."""
        return self._state.at_newest(lambda state: state.count_transactions(self.address))

    def fetch_balance(self) -> int:
        """Return what the account has for gas, in wei."""
        return self._state.at_newest(
            lambda state: state.number("eth_getBalance", [to_hex(self.address), hex(state.block)])
        )


def _fees(state: StateAt) -> dict[str, int]:
    """Return the fees of a transaction: twice the base fee and the node's tip, or its price on a chain without."""
    base = state.header().get("baseFeePerGas")
    if base is None:
        return {"gasPrice": state.number("eth_gasPrice", [])}
    base_fee = state.number_of(base)
    try:
        tip = state.number("eth_maxPriorityFeePerGas", [])
    except MethodFault:
        tip = max(0, state.number("eth_gasPrice", []) - base_fee)
    return {"type": 2, "maxFeePerGas": 2 * base_fee + tip, "maxPriorityFeePerGas": tip}


def _receipt_of(receipt: object, node: Node) -> TransactionReceipt | None:
    """Return a receipt; None for null, and for that of a transaction in no block, which some nodes make up."""
    try:
        if receipt is None or (isinstance(receipt, dict) and receipt.get("blockNumber", "") is None):
            return None
        if isinstance(receipt, dict):
            return TransactionReceipt(
                parse_quantity(receipt["status"]) == 1,
                BlockNumber(parse_quantity(receipt["blockNumber"])),
                parse_quantity(receipt["gasUsed"]),
            )
    except (KeyError, ValueError):
        pass
    raise UnreachableFault("node answered a malformed receipt", got=str(receipt)[:80], where=node.name)
