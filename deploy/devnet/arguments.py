"""What a plan's arguments are once the chain is there: names, hashes, moments and signatures as values."""

from collections.abc import Mapping
from typing import Any

from eth_abi.abi import encode
from eth_account import Account
from eth_utils.crypto import keccak
from web3.contract import Contract

from deploy.devnet.plan_words import (
    AppFlag,
    CodeHash,
    Commitment,
    Moment,
    Name,
    OrderSignature,
    PlainValue,
    PlannedArgument,
)
from deploy.devnet.rpc import DevRpc

_MARKET = "TaskMarket"
_DOMAIN = {"name": "PoZK Task Market", "version": "1"}


class Arguments:
    """Turns the arguments of a plan into those of a call.

    `values` are the named ones, which grow while the plan is driven; `keys` private keys by address.
    """

    def __init__(
        self, rpc: DevRpc, values: Mapping[str, PlainValue], contracts: Mapping[str, Contract], keys: Mapping[str, str]
    ) -> None:
        self._rpc, self._values, self._contracts, self._keys = rpc, values, contracts, keys
        self._code_hashes: dict[str, bytes] = {}

    def value(self, argument: PlannedArgument, genesis: int) -> Any:
        """Return what the ABI encoder takes for the argument."""
        match argument:
            case Name(text):
                return self._values[text]
            case CodeHash(of):
                return self._code_hash(str(self._values[of.text]))
            case AppFlag(app, word):
                return bytes.fromhex(str(self._values[app.text])[2:]) + word.encode("ascii").ljust(12, b"\0")
            case Moment(offset_seconds):
                return genesis + offset_seconds
            case Commitment():
                return self._commitment(argument)
            case OrderSignature(order):
                return self._signature(self.value(order, genesis))
            case tuple():
                return tuple(self.value(part, genesis) for part in argument)
        return argument

    def _code_hash(self, address: str) -> bytes:
        if address not in self._code_hashes:
            self._code_hashes[address] = keccak(hexstr=self._rpc.call("eth_getCode", address, "latest"))
        return self._code_hashes[address]

    def _commitment(self, made: Commitment) -> bytes:
        words = (self._values[made.task.text], self._values[made.prover.text], keccak(made.proof), made.salt)
        return keccak(encode(("uint256", "address", "bytes32", "bytes32"), words))

    def _signature(self, order: tuple[Any, ...]) -> bytes:
        """Sign as a wallet does: the type is that of the function's argument."""
        market = self._contracts[_MARKET]
        fields = market.get_function_by_name("lockOrder").abi["inputs"][0]["components"]
        types = {"Order": [{"name": field["name"], "type": field["type"]} for field in fields]}
        domain = _DOMAIN | {"chainId": int(self._rpc.call("eth_chainId"), 16), "verifyingContract": market.address}
        message = {field["name"]: word for field, word in zip(fields, order, strict=True)}
        return bytes(Account.sign_typed_data(self._keys[order[0]], domain, types, message).signature)
