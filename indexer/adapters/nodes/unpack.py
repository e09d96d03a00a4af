"""The body of an answer, unpacked where it is compressed, and never more of it than a limit."""

from __future__ import annotations

import http.client
import zlib
from collections.abc import Iterator

from indexer.rules.scan.body import Body, body_of, empty_body

_PIECE = 1 << 20
_BOM = b"\xef\xbb\xbf"
_AUTOMATIC, _RAW = 47, -15  # zlib's words for "gzip or zlib, by its first bytes" and for deflate without either


class TooLargeError(Exception):
    """An answer of more bytes than the limit."""


def read_body(response: http.client.HTTPResponse, most: int) -> Body:
    """Return what a response carries, without a byte order mark before it; the response is read to its end.

    Raises TooLargeError, HTTPException for a cut or undecodable body, and whatever the connection raises.
    """
    coding = (response.headers.get("Content-Encoding") or "identity").strip().lower()
    if response.length is not None and response.length > most:
        raise TooLargeError(f"an answer of {response.length} bytes")
    if coding in ("identity", ""):
        body = _whole(response) if response.length is not None else body_of(b"".join(_pieces(response, most)))
    elif coding in ("gzip", "x-gzip", "deflate"):
        body = body_of(_unpacked(_pieces(response, most), most))
    else:
        raise http.client.HTTPException(f"an answer encoded as {coding[:40]!r}")
    response.close()
    return body_of(body.copied()[len(_BOM) :]) if bytes(body.view()[: len(_BOM)]) == _BOM else body


def _whole(response: http.client.HTTPResponse) -> Body:
    """Read as many bytes as the header says, straight to where they are scanned."""
    body = empty_body(response.length or 0)
    rest = body.view()
    while rest:
        count = response.readinto(rest)
        if not count:
            raise http.client.IncompleteRead(b"", len(rest))
        rest = rest[count:]
    return body


def _pieces(response: http.client.HTTPResponse, most: int) -> Iterator[bytes]:
    """Read on to the end, wherever it is."""
    size = 0
    while piece := response.read(_PIECE):
        size += len(piece)
        if size > most:
            raise TooLargeError(f"an answer of more than {most} bytes")
        yield piece


def _unpacked(pieces: Iterator[bytes], most: int) -> bytes:
    """Return what gzip or deflate packed; deflate comes with zlib's header or, from some servers, without."""
    unpacker, found, size = zlib.decompressobj(_AUTOMATIC), [], 0
    for count, piece in enumerate(pieces):
        try:
            part = unpacker.decompress(piece, most + 1 - size)
        except zlib.error as error:
            if count:
                raise http.client.HTTPException(f"an answer that does not unpack: {error}") from error
            unpacker, part = _raw_deflate(piece, most)
        size += len(part)
        if size > most:
            raise TooLargeError(f"an answer of more than {most} bytes when unpacked")
        found.append(part)
    if not unpacker.eof:
        raise http.client.IncompleteRead(b"")
    return b"".join(found)


def _raw_deflate(piece: bytes, most: int) -> tuple[zlib._Decompress, bytes]:
    unpacker = zlib.decompressobj(_RAW)
    try:
        return unpacker, unpacker.decompress(piece, most + 1)
    except zlib.error as error:
        raise http.client.HTTPException(f"an answer that does not unpack: {error}") from error
