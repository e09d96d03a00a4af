"""Names of the contracts' custom errors in what a node answers to a reverted call."""

from collections.abc import Iterable, Mapping
from typing import Any

from eth_utils.abi import abi_to_signature, function_signature_to_4byte_selector

from deploy.artifacts import Artifact

_NO_DATA = "revert without data"


class RevertNames:
    """Custom errors by their selector, over the ABIs of several contracts."""

    def __init__(self, artifacts: Iterable[Artifact]) -> None:
        errors = [entry for artifact in artifacts for entry in artifact.abi if entry["type"] == "error"]
        self._names = {_selector(entry): str(entry["name"]) for entry in errors}

    def name(self, error: Mapping[str, Any]) -> str:
        """Return the name for a JSON-RPC error object; an unknown one gives the node's own words."""
        data = error.get("data")
        if not isinstance(data, str) or len(data) < 10:
            return str(error.get("message", _NO_DATA))
        return self.name_of_data(data)

    def name_of_data(self, data: str) -> str:
        """Return the name for revert data (0x hex); the first bytes themselves where it is unknown."""
        return self._names.get(data[:10].lower(), f"unknown error {data[:74]}")


def _selector(entry: dict[str, Any]) -> str:
    return "0x" + function_signature_to_4byte_selector(abi_to_signature(entry)).hex()  # type: ignore[arg-type] # ABI entries are plain JSON here
