"""One account's signed calls of one contract: signed by a signer, sent and looked for through the nodes."""

from __future__ import annotations

from typing import Any

from indexer.ports.chain import Node
from indexer.words.faults import MethodFault, NodeFault, RevertFault, SendFault, UnreachableFault
from indexer.words.finality import Finality
from indexer.words.quantities import ZERO_ADDRESS, Address, BlockNumber, Hash32, parse_quantity, to_hex
from settlement.adapters.chain.chain_state import ChainState, StateAt
from settlement.adapters.chain.raw_transaction import read_raw
from settlement.adapters.chain.refused import refused_call
from settlement.ports.signer import Signer
from settlement.words.errors import CannotPayError, UnderpricedError
from settlement.words.intents import Attempt, Call, FeeMarket, Fees
from settlement.words.records import TransactionReceipt

KNOWN_ALREADY = ("already known", "already imported", "known transaction", "nonce too low", "already exists")
TOO_CHEAP = ("underpriced", "fee too low", "less than block base fee", "max fee per gas less", "fee cap less")
TOO_POOR = ("insufficient funds", "insufficient balance", "out of gas funds")


class ChainWallet:
    """Sends for the account of a signer; without one it only reads. `finality` says which block is final."""

    def __init__(self, state: ChainState, contract: Address, signer: Signer | None, finality: Finality) -> None:
        self._state, self._finality, self._signer = state, finality, signer
        self.contract = contract

    @property
    def address(self) -> Address:
        """Return the account; zero without a signer."""
        return ZERO_ADDRESS if self._signer is None else self._signer.address

    @property
    def can_sign(self) -> bool:
        """Return whether there is a signer."""
        return self._signer is not None

    def calling(self, contract: Address) -> ChainWallet:
        """Return the wallet of the same account that calls another contract."""
        return ChainWallet(self._state, contract, self._signer, self._finality)

    def sign(self, call: Call, nonce: int, fees: Fees) -> tuple[Hash32, bytes]:
        """Return the hash and the bytes of a signed transaction; nothing is sent."""
        if self._signer is None:
            raise AssertionError("a wallet without a signer is of a dry run, which signs nothing")
        transaction: dict[str, Any] = {
            "to": call.to,
            "data": call.data,
            "chainId": self._state.chain_id,
            "nonce": nonce,
            "value": 0,
            "gas": call.gas,
        }
        if fees.tip_wei is None:
            return self._signer.sign(transaction | {"gasPrice": fees.max_fee_wei})
        offered = {"maxFeePerGas": fees.max_fee_wei, "maxPriorityFeePerGas": fees.tip_wei}
        return self._signer.sign(transaction | {"type": 2} | offered)

    def read_call(self, attempt: Attempt) -> Call:
        """Return what a signed transaction calls."""
        return read_raw(attempt.raw)[0]

    def estimate_gas(self, purpose: str, subject: str, data: bytes) -> int:
        """Return what the nodes estimate a call to cost.

        If all say that it would revert: RetryLaterError where the contract names what passes, else UnsoundError.
        """
        try:
            return self._state.at_newest(lambda state: state.estimate_gas(self.address, self.contract, data))
        except RevertFault as fault:
            raise refused_call(f"{purpose} {subject}", fault, self.contract) from fault

    def send_raw(self, raw: bytes) -> None:
        """Hand a signed transaction to all nodes that are well; one that they already know is no error."""

        def send(node: Node) -> None:
            self._state.verify_chain(node)
            try:
                node.request("eth_sendRawTransaction", [to_hex(raw)])
            except NodeFault as fault:
                if _says(fault, (*TOO_CHEAP, *TOO_POOR)):
                    raise SendFault(fault.what, got=fault.got, where=fault.where) from fault
                if not _says(fault, KNOWN_ALREADY):
                    raise

        try:
            self._state.pool.attempt_on_all(send)
        except SendFault as fault:
            if _says(fault, TOO_CHEAP):
                raise UnderpricedError("the node wants a higher fee", got=fault.got, where=fault.where) from fault
            raise CannotPayError(
                "the signer cannot pay for gas",
                got=fault.got,
                where=to_hex(self.address),
                remedy="send it some, then call again: nothing is sent twice",
            ) from fault

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

    def fetch_final(self) -> tuple[BlockNumber, int]:
        """Return the final block and how many transactions of the account are in blocks up to it."""

        def count(node: Node) -> tuple[BlockNumber, int]:
            final = StateAt(node, node.fetch_head(self._finality).ref.number)
            return final.block, final.count_transactions(self.address)

        return self._state.pool.attempt(count)

    def fetch_nonce(self) -> int:
        """Return how many transactions of the account are in blocks."""
        return self._state.at_newest(lambda state: state.count_transactions(self.address))

    def fetch_balance(self) -> int:
        """Return what the account has for gas, in wei."""
        return self._state.at_newest(
            lambda state: state.number("eth_getBalance", [to_hex(self.address), hex(state.block)])
        )

    def fetch_market(self) -> FeeMarket:
        """Return the base fee and the node's tip, or the node's price on a chain without a base fee."""
        return self._state.at_newest(_market)


def _says(fault: NodeFault, words: tuple[str, ...]) -> bool:
    return any(each in fault.got.lower() for each in words)


def _market(state: StateAt) -> FeeMarket:
    base = state.header().get("baseFeePerGas")
    if base is None:
        return FeeMarket(None, state.number("eth_gasPrice", []))
    base_fee = state.number_of(base)
    try:
        tip = state.number("eth_maxPriorityFeePerGas", [])
    except MethodFault:
        tip = max(0, state.number("eth_gasPrice", []) - base_fee)
    return FeeMarket(base_fee, tip)


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
