"""Signs with local keys and sends: one transaction at a time, each waited for, each failure named."""

from collections.abc import Iterable
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from hexbytes import HexBytes
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import ContractLogicError, TimeExhausted, Web3Exception
from web3.types import TxParams, TxReceipt

from deploy.artifacts import Artifact
from deploy.pool_provider import connect
from deploy.revert import RevertNames
from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.pool import open_chain
from indexer.words.errors import InputError, OutcomeUnknownError, UnsoundError
from indexer.words.faults import NodeFault

_RECEIPT_SECONDS = 180
_POLL_SECONDS = 0.02


class WiringSender:
    """A chain reached through one node, and the accounts whose keys are at hand."""

    def __init__(
        self, rpc: str, private_keys: Iterable[str], errors: Iterable[Artifact] = (), access: Access | None = None
    ) -> None:
        self.address = rpc
        self.web3 = connect(open_chain([rpc], access=access))
        accounts: list[LocalAccount] = [_account(key) for key in private_keys]
        self._accounts = {str(account.address): account for account in accounts}
        self._reverts = RevertNames(errors)

    def can_sign(self, account: str) -> bool:
        """Tell whether the key of the account is at hand."""
        return Web3.to_checksum_address(account) in self._accounts

    def chain_id(self) -> int:
        """Return the chain's id; RetryLaterError when the node does not answer."""
        return int(self.web3.eth.chain_id)

    def deploy(self, artifact: Artifact, arguments: list[Any], sender: str) -> str:
        """Create a contract and return its address; the errors are those of `transact`."""
        contract: type[Contract] = self.web3.eth.contract(abi=artifact.abi, bytecode=artifact.bytecode)
        data = contract.constructor(*arguments).data_in_transaction
        receipt = self._send({"data": data}, sender, f"deployment of {artifact.name}")
        return str(receipt["contractAddress"])

    def transact(self, contract: Contract, function: str, arguments: list[Any], sender: str) -> TxReceipt:
        """Call a function and return the receipt.

        InputError with the contract's reason when it would revert, UnsoundError when it did, OutcomeUnknownError
        when no receipt came, RetryLaterError when the node did not answer before anything was sent.
        """
        data = contract.encode_abi(function, args=arguments)
        return self._send({"to": contract.address, "data": data}, sender, f"call of {function}{tuple(arguments)}")

    def _send(self, request: dict[str, Any], sender: str, what: str) -> TxReceipt:
        account = self._accounts[Web3.to_checksum_address(sender)]
        raw = account.sign_transaction(self._filled(request, account.address, what)).raw_transaction
        sent = HexBytes(Web3.keccak(raw))
        try:
            self.web3.eth.send_raw_transaction(raw)
            receipt = self.web3.eth.wait_for_transaction_receipt(
                sent, timeout=_RECEIPT_SECONDS, poll_latency=_POLL_SECONDS
            )
        except (NodeFault, TimeExhausted) as error:
            raise OutcomeUnknownError(
                f"{what} was sent but its fate is not known",
                expected="a receipt",
                got=type(error).__name__,
                where=f"transaction {sent.to_0x_hex()}",
                remedy="look for the transaction, then run again",
            ) from error
        if receipt["status"] != 1:
            raise UnsoundError(f"{what} failed on chain", got="status 0", where=f"transaction {sent.to_0x_hex()}")
        return receipt

    def _filled(self, request: dict[str, Any], sender: Any, what: str) -> dict[str, Any]:
        """Return the request with nonce, gas, fees and chain id from the node."""
        eth = self.web3.eth
        try:
            message: TxParams = {"from": sender, **request}  # type: ignore[typeddict-item] # keys are `to` and `data`
            gas = eth.estimate_gas(message) * 5 // 4
            nonce = eth.get_transaction_count(sender, "pending")
            return {**request, **self._fees(), "value": 0, "gas": gas, "nonce": nonce, "chainId": eth.chain_id}
        except ContractLogicError as error:
            raise InputError(f"{what} would revert", got=self._reason(error), where=f"sender {sender}") from error
        except Web3Exception as error:
            raise InputError(f"{what} was refused by the node", got=str(error), where=f"sender {sender}") from error

    def _fees(self) -> dict[str, int]:
        """Return twice the base fee and a tip, or the price of a chain that has no base fee."""
        eth = self.web3.eth
        base_fee = eth.get_block("latest").get("baseFeePerGas")
        if base_fee is None:
            return {"gasPrice": int(eth.gas_price)}
        tip = int(eth.max_priority_fee)
        return {"maxPriorityFeePerGas": tip, "maxFeePerGas": 2 * int(base_fee) + tip}

    def _reason(self, error: ContractLogicError) -> str:
        data = error.data
        return self._reverts.name_of_data(data) if isinstance(data, str) and data != "0x" else str(error.message)


def _account(private_key: str) -> LocalAccount:
    try:
        account: LocalAccount = Account.from_key(private_key)
    except (ValueError, TypeError) as error:
        raise InputError("unusable private key", expected="0x and 64 hex digits", got="something else") from error
    return account
