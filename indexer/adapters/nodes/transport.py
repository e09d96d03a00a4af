"""JSON-RPC over HTTP to one address: requests out, bytes in, every failure a NodeFault.

Any answer whatever ends as a result or as a fault of its node: nothing in it can end this process.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn, TypeVar

import msgspec
import numpy as np

from indexer.adapters.nodes.access import Access
from indexer.adapters.nodes.http import (
    HttpAddressError,
    HttpAnswer,
    HttpClient,
    HttpDroppedError,
    HttpError,
    HttpSizeError,
)
from indexer.rules.nodes.error_shapes import NodeRefusal, read_error
from indexer.rules.nodes.node_address import parse_node_address
from indexer.rules.scan.body import Body
from indexer.words.errors import InputError
from indexer.words.faults import (
    BrokenFault,
    DeniedFault,
    MethodFault,
    MissingFault,
    NodeFault,
    RangeFault,
    RateFault,
    RevertFault,
    SettingFault,
    UnreachableFault,
)

A = TypeVar("A")
RpcParams = Sequence[object]
_RANGE_METHODS = {"eth_getLogs", "eth_getBlockReceipts"}
_CALL_METHODS = {"eth_call", "eth_estimateGas"}
_DENIED = {401, 402, 403, 404, 405, 407, 426, 464, 501, 505}
_CUSTOM_ERROR = re.compile(r"custom error 0x([0-9a-f]{8})(?:: ?([0-9a-f]{0,4096})\b)?")
_REVERTED_CODE = 3
_LONGEST_WAIT_SECONDS = 86_400.0
_MOST_DEPTH = 100  # brackets; the deepest honest answers, logs in receipts, have six
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_UNREADABLE = (ValueError, RecursionError)  # the second for what is nested too deeply
_MOST_WORDS = 200  # of a node's own text in an error


class RpcError(msgspec.Struct):
    """The error object of a JSON-RPC answer."""

    code: int = 0
    message: str | None = ""
    data: msgspec.Raw = msgspec.Raw(b"null")


class RpcAnswer(msgspec.Struct):
    """One JSON-RPC answer, its result not decoded yet. Where there is an error it counts, whatever else is there."""

    result: msgspec.Raw = msgspec.Raw(b"null")
    error: RpcError | str | None = None


class BatchAnswer(RpcAnswer):
    """One answer of a batch; some nodes write ids as text."""

    id: int | str | None = None


_one = msgspec.json.Decoder(RpcAnswer)
_many = msgspec.json.Decoder(list[BatchAnswer])


class Transport:
    """One HTTP address with kept-alive connections; for use by several threads at a time."""

    def __init__(self, url: str, access: Access | None = None) -> None:
        try:
            address = parse_node_address(url)
        except ValueError as error:
            raise InputError("rpc address is malformed", expected=str(error), where="chain.rpc") from None
        self.name, self._address = address.name, address
        self._http = HttpClient(address, access or Access())

    def call_body(self, method: str, params: RpcParams) -> Body:
        """Return the whole answer to one call, for a scanner; it may hold an error. Good until the next call."""
        return self._post(msgspec.json.encode(_request(0, method, params)), divisible=method in _RANGE_METHODS)

    def call(self, method: str, params: RpcParams) -> msgspec.Raw:
        """Return the result of one call; a RangeFault only where less can be asked for."""
        try:
            return self.result_of(self.call_body(method, params), method)
        except RangeFault as fault:
            if method in _RANGE_METHODS:
                raise
            raise NodeFault("node refuses a request", got=fault.got, where=self.name, remedy=fault.remedy) from fault

    def result_of(self, body: Body, method: str) -> msgspec.Raw:
        """Return the result in a whole answer to one call of `method`."""
        return self._result(self._decode(_one, body.copied()), method)

    def call_many(self, method: str, calls: Sequence[RpcParams]) -> list[msgspec.Raw]:
        """Return the results of one batch, in the order of `calls`; a node may refuse batches with a NodeFault."""
        if len(calls) == 1:
            return [self.call(method, calls[0])]
        return self.results_of(self.batch_body(method, calls), method, len(calls))

    def batch_body(self, method: str, calls: Sequence[RpcParams]) -> Body:
        """Return the whole answer to one batch; its ids count from 0, in any order. Good until the next call."""
        return self.mixed_body([(method, params) for params in calls])

    def mixed_body(self, calls: Sequence[tuple[str, RpcParams]]) -> Body:
        """Return the whole answer to one batch of calls of any methods, as `batch_body` does."""
        requests = [_request(index, method, params) for index, (method, params) in enumerate(calls)]
        return self._post(msgspec.json.encode(requests), divisible=True)

    def results_of(self, body: Body, method: str, count: int) -> list[msgspec.Raw]:
        """Return the results in the answer to a batch of `count` calls, in the order of the calls."""
        text = body.copied()
        if text.lstrip()[:1] != b"[":
            self._result(self._decode(_one, text), method)
            raise MethodFault("node does not answer batches", where=self.name)
        answers = self._decode(_many, text)
        by_id = {str(answer.id): answer for answer in answers}
        if len(answers) != count or any(str(index) not in by_id for index in range(count)):
            raise UnreachableFault("node answered a part of a batch", got=f"{len(answers)} of {count}", where=self.name)
        return [self._result(by_id[str(index)], method) for index in range(count)]

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _post(self, body: bytes, *, divisible: bool) -> Body:
        """Return an answer's body; `divisible`: where it is too large, less may be asked for."""
        try:
            answer = self._http.post(body)
        except HttpAddressError as error:
            raise SettingFault(
                "node cannot be used at this address", got=str(error), where=self.name, remedy="correct chain.rpc"
            ) from error
        except HttpSizeError as error:
            if divisible:
                raise RangeFault("node answered too much", got=str(error), where=self.name) from error
            raise UnreachableFault("node answered too much", got=str(error), where=self.name) from error
        except HttpDroppedError as error:
            raise BrokenFault("node dropped a request", got=str(error), where=self.name) from error
        except HttpError as error:
            got = self._address.without_secrets(str(error))
            remedy = "start it or correct chain.rpc"
            raise UnreachableFault("node is unreachable", got=got, where=self.name, remedy=remedy) from error
        if not 200 <= answer.status < 300:
            self._refuse_status(answer)
        return answer.body

    def _refuse_status(self, response: HttpAnswer) -> NoReturn:
        status, body = response.status, response.body.copied()
        if status == 429:
            wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            raise RateFault("node limits the rate", retry_after_seconds=wait, got=_asked(status, wait), where=self.name)
        try:
            answer = _one.decode(body)
        except _UNREADABLE:
            answer = RpcAnswer()
        if answer.error is not None:
            self._result(answer, "")
        if status == 413:
            raise RangeFault("node refuses the size of a request", got="HTTP 413", where=self.name)
        if status in _DENIED or 300 <= status < 400:
            raise DeniedFault(
                "node refuses requests", got=f"HTTP {status}", where=self.name, remedy="correct chain.rpc"
            )
        wait = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
        if wait is not None:
            raise RateFault("node is overloaded", retry_after_seconds=wait, got=_asked(status, wait), where=self.name)
        raise BrokenFault("node failed", got=f"HTTP {status}", where=self.name, remedy="try again later")

    def _decode(self, decoder: msgspec.json.Decoder[A], body: bytes) -> A:
        if nesting(body) > _MOST_DEPTH:
            raise UnreachableFault("node answered no JSON-RPC", got="nested too deeply", where=self.name)
        try:
            return decoder.decode(body)
        except (ValueError, RecursionError) as error:
            raise UnreachableFault(
                "node answered no JSON-RPC", got=str(error)[:_MOST_WORDS], where=self.name
            ) from error

    def _result(self, answer: RpcAnswer, method: str) -> msgspec.Raw:
        if answer.error is None:
            return answer.result
        error = RpcError(message=answer.error) if isinstance(answer.error, str) else answer.error
        error.message = self._address.without_secrets(error.message or "")
        raise fault_of(error, method, self.name)


def fault_of(error: RpcError, method: str, node: str) -> NodeFault:
    """Return the fault that a JSON-RPC error means for a call of `method`."""
    message = error.message or ""
    hint = read_error(error.code, message)
    got = f"{method} error {error.code} {message[:_MOST_WORDS]}"
    if method in _CALL_METHODS and (error.code == _REVERTED_CODE or "revert" in message[:_MOST_WORDS].lower()):
        data = _revert_data(error.data) or _data_in_words(message)
        return RevertFault("node says that the call reverts", data=data, got=got, where=node)
    if hint.refusal is NodeRefusal.RATE:
        return RateFault("node limits the rate", got=got, where=node)
    if hint.refusal is NodeRefusal.METHOD:
        return MethodFault("node lacks a method", got=got, where=node, remedy="use another node")
    if hint.refusal is NodeRefusal.LAG:
        return MissingFault("node lacks a block", got=got, where=node, remedy="wait, or use another node")
    if hint.refusal is NodeRefusal.RANGE or (hint.refusal is NodeRefusal.UNKNOWN and method in _RANGE_METHODS):
        return RangeFault("node refuses a range", max_blocks=hint.max_blocks, got=got, where=node)
    return NodeFault("node answered with an error", got=got, where=node, remedy="use another node")


def nesting(body: bytes) -> int:
    """Return how deeply the brackets of a JSON text are nested at most; those in strings count, too."""
    brackets = np.frombuffer(body.translate(None, _NO_BRACKETS), dtype=np.uint8)
    if not len(brackets):
        return 0
    steps = np.where((brackets == ord("[")) | (brackets == ord("{")), np.int8(1), np.int8(-1))
    return int(steps.cumsum(dtype=np.int64).max())


def _revert_data(raw: msgspec.Raw) -> bytes:
    """Return what a contract gave with its refusal: hex text, which some nodes put into an object."""
    try:
        found = msgspec.json.decode(raw, type=str | dict[str, object] | None)
        text = found.get("data", found.get("result")) if isinstance(found, dict) else found
        return bytes.fromhex(str(text or "").removeprefix("0x"))
    except _UNREADABLE:
        return b""


def _data_in_words(message: str) -> bytes:
    """Return what a contract gave with its refusal where a node, or a gateway before it, has it in its words alone."""
    found = _CUSTOM_ERROR.search(message)
    try:
        return b"" if found is None else bytes.fromhex(found[1] + (found[2] or ""))
    except ValueError:
        return b""


def retry_after(text: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, a day at most: a number, or a date seen from `now`."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text) - now).total_seconds()
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return min(max(0.0, seconds), _LONGEST_WAIT_SECONDS) if math.isfinite(seconds) else None


def _asked(status: int, wait: float | None) -> str:
    return f"HTTP {status}" + (f", Retry-After {wait:.0f} s" if wait else "")


def _request(index: int, method: str, params: RpcParams) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
