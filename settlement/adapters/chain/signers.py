"""Who signs: a private key held in memory, an encrypted keystore, or a signer that is asked over JSON-RPC."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from eth_account import Account
from eth_account.messages import encode_typed_data

from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.transport import Transport
from indexer.rules.consensus.keccak import keccak256
from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.faults import MethodFault, NodeFault
from indexer.words.quantities import Address, Hash32, to_hex
from settlement.adapters.chain.raw_transaction import fields_to_sign, signed_fields
from settlement.rules.columns.strict_json import read_json

_SECONDS = 10.0
_METHODS = ("eth_signTransaction", "account_signTransaction")
_TYPED_METHODS = ("eth_signTypedData_v4", "eth_signTypedData", "account_signTypedData")
_DOMAIN_TYPES = {"name": "string", "version": "string", "chainId": "uint256", "verifyingContract": "address"}
_NUMBERS = ("chainId", "nonce", "value", "gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas")


class KeySigner:
    """Signs with a private key, 0x and 64 hex digits."""

    def __init__(self, private_key: str) -> None:
        self._account = Account.from_key(private_key)

    @property
    def address(self) -> Address:
        """Return the account."""
        return Address(bytes.fromhex(self._account.address.removeprefix("0x")))

    def sign(self, transaction: dict[str, Any]) -> tuple[Hash32, bytes]:
        """Return the hash and the bytes of a signed transaction."""
        signed = self._account.sign_transaction(transaction)
        return Hash32(bytes(signed.hash)), bytes(signed.raw_transaction)

    def sign_typed(self, domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any]) -> bytes:
        """Return the signature under typed data."""
        return bytes(self._account.sign_typed_data(domain, types, message).signature)


def open_keystore(path: Path, password: str) -> KeySigner:
    """Return the signer of an encrypted keystore; InputError for a file that is none, or another password."""
    try:
        content = read_json(path.read_bytes())
        return KeySigner(to_hex(bytes(Account.decrypt(content, password))))
    except OSError as error:
        raise InputError("the keystore cannot be read", got=str(error.strerror), where=str(path)) from error
    except (ValueError, TypeError, KeyError) as error:
        got = "another password" if "MAC" in str(error) else "no keystore"
        raise InputError(
            "the keystore cannot be opened",
            expected="a keystore of version 3 and its password",
            got=got,
            where=str(path),
            remedy="correct signer.keystore and signer.password (POZK_SIGNER_PASSWORD_FILE)",
        ) from None


class RemoteSigner:
    """Asks a signer over JSON-RPC (web3signer, clef, a node) to sign for an account, and trusts nothing it answers."""

    def __init__(self, url: str, address: Address, access: Access | None = None) -> None:
        self._transport, self._address = Transport(url, access or Access(answer_seconds=_SECONDS)), address

    @property
    def address(self) -> Address:
        """Return the account."""
        return self._address

    def sign(self, transaction: dict[str, Any]) -> tuple[Hash32, bytes]:
        """Return the hash and the bytes of a signed transaction.

        RetryLaterError where the signer does not answer or refuses, UnsoundError where it signed something else.
        """
        raw = _raw_of(self._ask(transaction), self._transport.name)
        self._verify(transaction, raw)
        return Hash32(keccak256(raw)), raw

    def sign_typed(self, domain: dict[str, Any], types: dict[str, Any], message: dict[str, Any]) -> bytes:
        """Return the signature under typed data; the errors are those of `sign`."""
        whole = {
            "types": types | {"EIP712Domain": [{"name": name, "type": _DOMAIN_TYPES[name]} for name in domain]},
            "primaryType": next(iter(types)),
            "domain": domain,
            "message": message,
        }
        signature = _raw_of(self._try_methods(_TYPED_METHODS, [to_hex(self._address), whole]), self._transport.name)
        said = encode_typed_data(full_message=whole)
        try:
            signer = bytes.fromhex(Account.recover_message(said, signature=signature).removeprefix("0x"))
        except Exception as error:
            raise UnsoundError("the signer answered no signature", where=self._transport.name) from error
        if signer != self._address:
            raise self._signed_another("the typed data", f"something by {to_hex(signer)}")
        return signature

    def _ask(self, transaction: dict[str, Any]) -> object:
        written = {name: hex(value) if name in _NUMBERS else value for name, value in transaction.items()}
        written |= {"from": to_hex(self._address), "to": to_hex(transaction["to"])}
        written |= {"data": to_hex(transaction["data"])}
        written.pop("type", None)  # the fees say which
        return self._try_methods(_METHODS, [written])

    def _try_methods(self, methods: Sequence[str], parameters: list[Any]) -> object:
        """Return the answer of the first method that the signer knows; RetryLaterError if it does not sign."""
        fault: NodeFault | None = None
        for method in methods:
            try:
                return msgspec.json.decode(self._transport.call(method, parameters))
            except MethodFault as missing:
                fault = missing
            except NodeFault as other:
                fault = other
                break
        raise RetryLaterError(
            "the signer does not sign",
            got=fault.got if fault else "",
            where=self._transport.name,
            remedy="start it, unlock the account, or correct signer.url",
        ) from fault

    def _verify(self, transaction: dict[str, Any], raw: bytes) -> None:
        """Raise UnsoundError unless it is our account's signature of just what was to be signed."""
        try:
            signer = bytes.fromhex(Account.recover_transaction(raw).removeprefix("0x"))
            asked = fields_to_sign(transaction)
            signed = signed_fields(raw)
        except Exception as error:
            raise UnsoundError("the signer answered no transaction", where=self._transport.name) from error
        if signer != self._address or asked != signed:
            raise self._signed_another(str(asked), f"{signed} by {to_hex(signer)}")

    def _signed_another(self, asked: str, got: str) -> UnsoundError:
        return UnsoundError(
            "the signer signed something else",
            expected=f"{asked} by {to_hex(self._address)}",
            got=got,
            where=self._transport.name,
            remedy="nothing was sent; find out what answers at signer.url",
        )


def _raw_of(answer: object, where: str) -> bytes:
    """Return the bytes of a signed transaction: hex text, or an object with it."""
    text = answer.get("raw") if isinstance(answer, dict) else answer
    try:
        return bytes.fromhex(str(text).removeprefix("0x"))
    except ValueError:
        raise UnsoundError(
            "the signer answered no transaction", got="other text, which is not shown", where=where
        ) from None
