"""Answers with strong ETags that are our digests, and 304 where the asker has them already."""

import hashlib
from typing import Any

import msgspec
from fastapi import Request, Response

from settlement.entry.http.layers.headers import IMMUTABLE, REVALIDATE

JSON = "application/json"
BYTES = "application/octet-stream"


def answer_document(request: Request, document: Any) -> Response:
    """Return a document as JSON; its ETag is the sha256 of its bytes, and it may be asked for again any time."""
    content = json_of(document)
    return answer_bytes(request, content, JSON, hashlib.sha256(content).digest())


def json_of(document: Any) -> bytes:
    """Return a document as compact JSON, members in order of their names."""
    return msgspec.json.encode(document, order="sorted")


def answer_bytes(
    request: Request, content: bytes, media_type: str, digest: bytes, *, is_immutable: bool = False
) -> Response:
    """Return bytes under the digest that names them: 304 where `If-None-Match` has it."""
    tag = f'"{digest.hex()}"'
    asked = next((value for name, value in request.scope["headers"] if name == b"if-none-match"), None)
    is_known = asked is not None and has_tag(asked.decode("latin-1"), tag)
    answer = Response(status_code=304) if is_known else Response(content)
    headers = [(b"etag", tag.encode()), (b"cache-control", (IMMUTABLE if is_immutable else REVALIDATE).encode())]
    answer.raw_headers += headers if is_known else [*headers, (b"content-type", media_type.encode())]
    return answer


def has_tag(asked: str, tag: str) -> bool:
    """Return whether an If-None-Match names a strong tag, or anything."""
    return asked.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in asked.split(","))
