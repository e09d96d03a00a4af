"""Errors as answers: the document that `--json` prints, with the status of what the caller must do."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from indexer.words.errors import InputError, OutcomeUnknownError, PozkError, RetryLaterError, UnsoundError
from settlement.entry.system_errors import operating_system_error

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

STATUS: dict[type[PozkError], HTTPStatus] = {
    InputError: HTTPStatus.BAD_REQUEST,
    RetryLaterError: HTTPStatus.SERVICE_UNAVAILABLE,
    UnsoundError: HTTPStatus.INTERNAL_SERVER_ERROR,
    OutcomeUnknownError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
RETRY_SECONDS = "5"
_SCHEMA = {
    "type": "object",
    "required": ["error", "exit_code"],
    "properties": {"error": {"type": "string"}, "exit_code": {"type": "integer"}},
}
_SAID = {
    400: "A parameter is wrong: the error says what to send.",
    404: "There is no such thing, or not yet.",
    429: "Too many requests: come back after Retry-After seconds.",
    500: "What is stored is not sound; nothing is answered from it.",
    503: "A node or the database is out of reach: come back later.",
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"description": said, "content": {"application/json": {"schema": _SCHEMA}}}
    for status, said in _SAID.items()
}
ERRORS: dict[int | str, dict[str, Any]] = {**_ANSWERS, 304: {"description": "You have it already."}}
"""What every route may answer beside its result, for the OpenAPI document."""


class UnknownError(InputError):
    """What was asked for does not exist, or not yet: 404."""


def error_document(error: PozkError) -> dict[str, Any]:
    """Return an error as `--json` prints it."""
    return {"error": error.line(), "exit_code": error.exit_code}


def answer_error(error: PozkError) -> JSONResponse:
    """Return an error as an answer."""
    found = next((STATUS[each] for each in type(error).__mro__ if each in STATUS), HTTPStatus.INTERNAL_SERVER_ERROR)
    status = HTTPStatus.NOT_FOUND if isinstance(error, UnknownError) else found
    later = {"retry-after": RETRY_SECONDS} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(error_document(error), status, later)


def add_error_answers(app: "FastAPI") -> None:
    """Answer every error of ours, wrong input and unknown paths with one document."""

    @app.exception_handler(PozkError)
    async def _of_ours(_request: "Request", error: PozkError) -> JSONResponse:
        return answer_error(error)

    @app.exception_handler(OSError)
    async def _of_the_system(_request: "Request", error: OSError) -> JSONResponse:
        return answer_error(operating_system_error(error))

    @app.exception_handler(RequestValidationError)
    async def _of_input(_request: "Request", error: RequestValidationError) -> JSONResponse:
        return answer_error(_wrong_input(error))

    @app.exception_handler(HTTPException)
    async def _of_http(request: "Request", error: HTTPException) -> JSONResponse:
        what = f"{request.method} {request.url.path}: {error.detail}"
        return JSONResponse({"error": what, "exit_code": 2}, error.status_code, error.headers)


def _wrong_input(error: RequestValidationError) -> InputError:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return InputError(
        "a parameter cannot be read", expected=first["msg"], got=repr(first.get("input"))[:80], where=where
    )
