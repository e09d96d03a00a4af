"""One account's signed calls of one contract, through web3 and eth-account."""

from typing import Any

from eth_account import Account
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import ContractCustomError, ContractLogicError, TransactionNotFound, Web3RPCError
from web3.types import BlockIdentifier, TxParams

from indexer.words.errors import InputError, UnsoundError
from indexer.words.quantities import Address, BlockNumber, Hash32, to_hex
from settlement.adapters.distributor import translated
from settlement.words.records import SignedTransaction, TransactionReceipt

GAS_MARGIN_PERCENT = 25
KNOWN_ALREADY = ("already known", "already imported", "known transaction", "nonce too low")


class KeyWallet:
    """Signs with a private key held in memory. `finality` is "finalized" or a number of confirmations."""

    def __init__(self, web3: Web3, contract: Address, private_key: str, finality: str | int) -> None:
        if not private_key:
            raise InputError(
                "no key to sign with",
                expected="signer.private_key",
                got="none",
                remedy="set POZK_SIGNER_PRIVATE_KEY or POZK_SIGNER_PRIVATE_KEY_FILE",
            )
        self._web3, self._contract, self._finality = web3, contract, finality
        self._account = Account.from_key(private_key)

    @property
    def address(self) -> Address:
        """Return the account."""
        return Address(bytes.fromhex(self._account.address.removeprefix("0x")))

    def sign_call(self, purpose: str, subject: str, data: bytes) -> SignedTransaction:
        """Return a signed call at the next nonce; UnsoundError if the chain says that it would revert."""
        with translated(f"{purpose} {subject}"):
            call = self._call(data)
            gas = self.estimate_gas(purpose, subject, data)
            tip = self._web3.eth.max_priority_fee
            fee = 2 * self._web3.eth.get_block("latest")["baseFeePerGas"] + tip
            nonce = self.fetch_nonce()
            transaction: dict[str, Any] = {
                **{key: value for key, value in call.items() if key != "from"},
                "type": 2,
                "chainId": self._web3.eth.chain_id,
                "nonce": nonce,
                "value": 0,
                "gas": gas + gas * GAS_MARGIN_PERCENT // 100,
                "maxFeePerGas": fee,
                "maxPriorityFeePerGas": tip,
            }
        signed = self._account.sign_transaction(transaction)
        return SignedTransaction(
            Hash32(bytes(signed.hash)), purpose, subject, self.address, nonce, bytes(signed.raw_transaction)
        )

    def estimate_gas(self, purpose: str, subject: str, data: bytes) -> int:
        """Return what the node estimates a call to cost; UnsoundError if the chain says that it would revert."""
        try:
            with translated(f"{purpose} {subject}"):
                return self._web3.eth.estimate_gas(self._call(data))
        except (ContractCustomError, ContractLogicError) as error:
            raise UnsoundError(
                f"the contract refuses: {purpose} {subject}",
                expected="a call that succeeds",
                got=str(error.data or error.message),
                where=to_hex(self._contract),
                remedy="nothing was sent; `pozk check` compares the configuration with the contract",
            ) from error

    def send_raw(self, transaction: SignedTransaction) -> None:
        """Hand a signed transaction to the node; one that it already knows is no error."""
        with translated(f"{transaction.purpose} {transaction.subject}"):
            try:
                self._web3.eth.send_raw_transaction(transaction.raw)
            except Web3RPCError as error:
                if not any(words in error.message.lower() for words in KNOWN_ALREADY):
                    raise

    def fetch_receipt(self, transaction: Hash32) -> TransactionReceipt | None:
        """Return the receipt, None while the transaction is in no block."""
        with translated(f"receipt of {to_hex(transaction)}"):
            try:
                receipt = self._web3.eth.get_transaction_receipt(HexBytes(transaction))
            except TransactionNotFound:
                return None
        return TransactionReceipt(receipt["status"] == 1, BlockNumber(receipt["blockNumber"]), receipt["gasUsed"])

    def fetch_nonce(self) -> int:
        """Return how many transactions of the account are in blocks."""
        with translated(f"nonce of {self._account.address}"):
            return self._web3.eth.get_transaction_count(self._account.address, "latest")

    def fetch_final_nonce(self) -> int:
        """Return how many transactions of the account are in finalized blocks."""
        with translated(f"final nonce of {self._account.address}"):
            block: BlockIdentifier = "finalized"
            if isinstance(self._finality, int):
                block = max(0, self._web3.eth.block_number - self._finality)
            return self._web3.eth.get_transaction_count(self._account.address, block)

    def _call(self, data: bytes) -> TxParams:
        return {
            "from": self._account.address,
            "to": Web3.to_checksum_address(self._contract),
            "data": Web3.to_hex(data),
        }
