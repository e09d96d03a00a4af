"""Where the honest answers come from: a real node behind a faulty one, or a chain in memory."""

from __future__ import annotations

import json
from typing import Any, Protocol

from indexer.adapters.nodes.transport import Transport
from indexer.words.faults import NodeFault

Json = dict[str, Any]


class RefusalError(Exception):
    """A JSON-RPC error; `data` is what the node gave with it, None for nothing."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


class Source(Protocol):
    """Answers single JSON-RPC calls truthfully."""

    def answer(self, method: str, params: list[Any]) -> Any:
        """Return the result as JSON values, or raise a RefusalError."""


class Upstream:
    """A real node."""

    def __init__(self, url: str) -> None:
        self._transport = Transport(url)

    def answer(self, method: str, params: list[Any]) -> Any:
        """Pass the call on; a node that cannot be reached is a RefusalError too."""
        try:
            answer = json.loads(self._transport.call_body(method, params).copied())
        except (NodeFault, ValueError) as error:
            raise RefusalError(-32603, f"upstream: {type(error).__name__}") from error
        if "error" in answer:
            said = answer["error"]
            raise RefusalError(said.get("code", 0), said.get("message", ""), said.get("data"))
        return answer["result"]
