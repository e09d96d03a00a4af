"""What the distributor's treasury can pay, the least of its balance and of its allowance, and how long roots wait."""

from typing import Any

from indexer.words.quantities import Address
from settlement.adapters.chain.chain_state import ChainState
from settlement.adapters.chain.contract import Contract


def _view(name: str, output: str, *inputs: str) -> dict[str, Any]:
    return {
        "type": "function",
        "name": name,
        "inputs": [{"type": each, "name": ""} for each in inputs],
        "outputs": [{"type": output, "name": ""}],
        "stateMutability": "view",
    }


_DISTRIBUTOR = [_view("treasury", "address"), _view("token", "address"), _view("activationDelay", "uint64")]
_TOKEN = [_view("balanceOf", "uint256", "address"), _view("allowance", "uint256", "address", "address")]


def fetch_treasury(state: ChainState, distributor: Address) -> int:
    """Return what the treasury can pay of the network's token now, in wei."""
    held = Contract(state, distributor, _DISTRIBUTOR, name="RewardDistributor", key="contracts.distributor")
    treasury, token = (_address(held.read(name)[0]) for name in ("treasury", "token"))
    paying = Contract(state, token, _TOKEN, name="token", key="contracts.token")
    balance, allowance = paying.read("balanceOf", treasury)[0], paying.read("allowance", treasury, distributor)[0]
    return min(int(balance), int(allowance))


def fetch_delay(state: ChainState, distributor: Address) -> int:
    """Return for how many seconds a proposed root waits before it can be activated."""
    held = Contract(state, distributor, _DISTRIBUTOR, name="RewardDistributor", key="contracts.distributor")
    return int(held.read("activationDelay")[0])


def _address(text: str) -> Address:
    return Address(bytes.fromhex(text.removeprefix("0x")))
