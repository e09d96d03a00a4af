"""What tokens call themselves and where their point stands: asked of the chain once, then kept in a file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from indexer.rules.consensus.address_checksum import read_address
from indexer.words.errors import InputError
from indexer.words.quantities import Address, to_hex
from settlement.adapters.chain.chain_state import ChainState
from settlement.adapters.chain.contract import Contract
from settlement.rules.columns.strict_json import read_json
from settlement.rules.columns.units import TokenUnits

NETWORK_DECIMALS = 18
"""Of the network's own token until the chain was asked: SPEC section 1 calls its base units wei."""
_SYMBOL_CHARACTERS = 32
"""Kept of a symbol: whoever deploys a token writes what it likes there."""
_NO_ARGUMENTS: list[dict[str, str]] = []


def _view(name: str, output: str) -> dict[str, Any]:
    outputs = [{"type": output, "name": ""}]
    return {
        "type": "function",
        "name": name,
        "inputs": _NO_ARGUMENTS,
        "outputs": outputs,
        "stateMutability": "view",
    }


_ABI = [_view("symbol", "string"), _view("decimals", "uint8")]


class KnownTokens:
    """The tokens that were asked about, in `tokens.json` of a data directory; it may be deleted at any time."""

    def __init__(self, data_dir: Path, network_token: Address) -> None:
        self._path, self._network_token = data_dir / "tokens.json", network_token

    def load(self) -> dict[Address, TokenUnits]:
        """Return what is known; the network's own token is always in it."""
        return {self._network_token: TokenUnits("", NETWORK_DECIMALS)} | self._stored()

    def learn(self, state: ChainState, tokens: Sequence[Address]) -> dict[Address, TokenUnits]:
        """Return what is known after the chain was asked about those of `tokens` that it was not asked about before.

        RetryLaterError where no node answers; a token that does not say its decimals stays unknown.
        """
        known = self._stored()
        missing = [token for token in dict.fromkeys(tokens) if token not in known]
        for token in missing:
            found = ask_token(state, token)
            if found is not None:
                known[token] = found
        if missing:
            text = {to_hex(token): {"symbol": each.symbol, "decimals": each.decimals} for token, each in known.items()}
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps(text, indent=2) + "\n", encoding="utf-8")
        return self.load()

    def _stored(self) -> dict[Address, TokenUnits]:
        if not self._path.exists():
            return {}
        try:
            rows = read_json(self._path.read_bytes())
            return {
                read_address(token): TokenUnits(str(row["symbol"]), int(row["decimals"])) for token, row in rows.items()
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                "what is known of tokens cannot be read",
                got=str(error),
                where=str(self._path),
                remedy="delete it: it is written anew",
            ) from error


def ask_token(state: ChainState, token: Address) -> TokenUnits | None:
    """Return what a token says of itself, None where it does not say its decimals."""
    contract = Contract(state, token, _ABI, name="token", key="--units")
    try:
        (decimals,) = contract.read("decimals")
    except InputError:
        return None
    try:
        (symbol,) = contract.read("symbol")
    except InputError:  # some say it as bytes32, some not at all
        symbol = ""
    shown = "".join(character for character in str(symbol) if character.isprintable())
    return TokenUnits(shown[:_SYMBOL_CHARACTERS], int(decimals))
