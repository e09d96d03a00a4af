"""JSON-RPC over HTTP to one address: requests out, bytes in, every failure a NodeFault."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

import msgspec

from indexer.adapters.http import HttpAnswer, HttpClient, HttpError
from indexer.rules.body import Body
from indexer.rules.hints import Refusal, read_error
from indexer.words.errors import InputError
from indexer.words.faults import (
    DeniedFault,
    MethodFault,
    MissingFault,
    NodeFault,
    RangeFault,
    RateFault,
    UnreachableFault,
)

A = TypeVar("A")
Params = Sequence[object]
_RANGE_METHODS = {"eth_getLogs", "eth_getBlockReceipts"}
_DENIED = {401, 402, 403, 404, 405, 501, 505}


class RpcError(msgspec.Struct):
    """The error object of a JSON-RPC answer."""

    code: int = 0
    message: str = ""


class Answer(msgspec.Struct):
    """One JSON-RPC answer, its result not decoded yet."""

    id: int | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: RpcError | None = None


_one = msgspec.json.Decoder(Answer)
_many = msgspec.json.Decoder(list[Answer])


class Transport:
    """One HTTP address with kept-alive connections; for use by several threads at a time."""

    def __init__(self, url: str, *, timeout_seconds: float = 60.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError("rpc address is malformed", expected="http(s)://host:port", got=url, where="chain.rpc")
        self.name = parts.hostname + (f":{parts.port}" if parts.port else "")
        self._http = HttpClient(parts, timeout_seconds=timeout_seconds)

    def call_body(self, method: str, params: Params) -> Body:
        """Return the whole answer to one call, for a scanner; it may hold an error. Good until the next call."""
        return self._post(msgspec.json.encode(_request(0, method, params)))

    def call(self, method: str, params: Params) -> msgspec.Raw:
        """Return the result of one call."""
        return self.result_of(self.call_body(method, params), method)

    def result_of(self, body: Body, method: str) -> msgspec.Raw:
        """Return the result in a whole answer to one call of `method`."""
        return self._result(self._decode(_one, body.copied()), method)

    def call_many(self, method: str, calls: Sequence[Params]) -> list[msgspec.Raw]:
        """Return the results of one batch, in the order of `calls`; a node may refuse batches with a NodeFault."""
        if len(calls) == 1:
            return [self.call(method, calls[0])]
        return self.results_of(self.batch_body(method, calls), method, len(calls))

    def batch_body(self, method: str, calls: Sequence[Params]) -> Body:
        """Return the whole answer to one batch; its ids count from 0, in any order. Good until the next call."""
        requests = [_request(index, method, params) for index, params in enumerate(calls)]
        return self._post(msgspec.json.encode(requests))

    def results_of(self, body: Body, method: str, count: int) -> list[msgspec.Raw]:
        """Return the results in the answer to a batch of `count` calls, in the order of the calls."""
        text = body.copied()
        if text.lstrip()[:1] != b"[":
            self._result(self._decode(_one, text), method)
            raise MethodFault("node does not answer batches", where=self.name)
        answers = {answer.id: answer for answer in self._decode(_many, text)}
        if set(answers) != set(range(count)):
            raise UnreachableFault("node answered a part of a batch", got=f"{len(answers)} of {count}", where=self.name)
        return [self._result(answers[index], method) for index in range(count)]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _post(self, body: bytes) -> Body:
        try:
            answer = self._http.post(body)
        except HttpError as error:
            raise UnreachableFault(
                "node is unreachable", got=str(error), where=self.name, remedy="start it or correct chain.rpc"
            ) from error
        if answer.status != 200:
            self._refuse_status(answer)
        return answer.body

    def _refuse_status(self, response: HttpAnswer) -> NoReturn:
        status, body = response.status, response.body.copied()
        if status == 429:
            wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            raise RateFault("node limits the rate", retry_after_seconds=wait, got="HTTP 429", where=self.name)
        try:
            answer = _one.decode(body)
        except msgspec.DecodeError:
            answer = Answer()
        if answer.error is not None:
            self._result(answer, "")
        if status == 413:
            raise RangeFault("node refuses the size of a request", got="HTTP 413", where=self.name)
        if status in _DENIED:
            raise DeniedFault(
                "node refuses requests", got=f"HTTP {status}", where=self.name, remedy="correct chain.rpc"
            )
        wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        if wait is not None:
            raise RateFault("node is overloaded", retry_after_seconds=wait, got=f"HTTP {status}", where=self.name)
        raise UnreachableFault("node failed", got=f"HTTP {status}", where=self.name, remedy="try again later")

    def _decode(self, decoder: msgspec.json.Decoder[A], body: bytes) -> A:
        try:
            return decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnreachableFault("node answered no JSON-RPC", got=str(error), where=self.name) from error

    def _result(self, answer: Answer, method: str) -> msgspec.Raw:
        if answer.error is None:
            return answer.result
        raise fault_of(answer.error, method, self.name)


def fault_of(error: RpcError, method: str, node: str) -> NodeFault:
    """Return the fault that a JSON-RPC error means for a call of `method`."""
    hint = read_error(error.code, error.message)
    got = f"{method} error {error.code} {error.message[:200]}"
    if hint.refusal is Refusal.RATE:
        return RateFault("node limits the rate", got=got, where=node)
    if hint.refusal is Refusal.METHOD:
        return MethodFault("node lacks a method", got=got, where=node, remedy="use another node")
    if hint.refusal is Refusal.LAG:
        return MissingFault("node lacks a block", got=got, where=node, remedy="wait, or use another node")
    if hint.refusal is Refusal.RANGE or (hint.refusal is Refusal.UNKNOWN and method in _RANGE_METHODS):
        return RangeFault("node refuses a range", max_blocks=hint.max_blocks, got=got, where=node)
    return NodeFault("node answered with an error", got=got, where=node, remedy="use another node")


def retry_after(text: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for: a number, or an HTTP date seen from `now`."""
    if text is None:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None


def _request(index: int, method: str, params: Params) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
