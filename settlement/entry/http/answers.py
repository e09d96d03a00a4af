"""Answers with strong ETags that are our digests, and 304 where the asker has them already."""

import hashlib
from typing import Any

import msgspec
from fastapi import Request, Response

from settlement.entry.http.headers import IMMUTABLE, REVALIDATE

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
    headers = {"etag": tag, "cache-control": IMMUTABLE if is_immutable else REVALIDATE}
    if has_tag(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


def has_tag(asked: str, tag: str) -> bool:
    """Return whether an If-None-Match names a strong tag, or anything."""
    return asked.strip() == "*" or tag in (each.strip().removeprefix("W/") for each in asked.split(","))
