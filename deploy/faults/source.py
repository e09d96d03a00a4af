"""Where the honest answers come from: a real node behind a faulty one, or a chain in memory."""

from __future__ import annotations

from typing import Any, Protocol

import urllib3


class RefusalError(Exception):
    """A JSON-RPC error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Source(Protocol):
    """Answers single JSON-RPC calls truthfully."""

    def answer(self, method: str, params: list[Any]) -> Any:
        """Return the result as JSON values, or raise a RefusalError."""


class Upstream:
    """A real node."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(maxsize=8, retries=False, timeout=60)

    def answer(self, method: str, params: list[Any]) -> Any:
        """Pass the call on; a node that cannot be reached is a RefusalError too."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        try:
            answer = self._pool.request("POST", self._url, json=body).json()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise RefusalError(-32603, f"upstream: {type(error).__name__}") from error
        if "error" in answer:
            raise RefusalError(answer["error"].get("code", 0), answer["error"].get("message", ""))
        return answer["result"]
