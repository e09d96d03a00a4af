"""The address of a node as it is typed: taken apart once, and never shown with its path, query or password."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

_PORTS = {"http": 80, "https": 443}
_PATH_SAFE = "/%:@!$&'()*+,;=~?"  # what may stand in a request line as it is
_SHORTEST_SECRET = 6  # what is shorter, as v2 or rpc, is no key
_OTHER_KINDS = ("ws", "wss", "ipc", "unix", "file")


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """Where a node listens. `target` is what stands in the request line; it and `authorization` may hold secrets."""

    scheme: str
    host: str
    port: int
    name: str
    target: str = field(repr=False)
    authorization: str | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def without_secrets(self, text: str) -> str:
        """Return a foreign text with what it repeats of this address's keys and passwords left out."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    @property
    def has_secret(self) -> bool:
        """Whether path, query or credentials may be a key."""
        return self.target != "/" or self.authorization is not None

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        return self.host == "localhost" or self.host == "::1" or self.host.startswith("127.")

    def same_host(self, other: NodeAddress) -> bool:
        """Whether what may be told to one may be told to the other: scheme, host and port agree."""
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)

    def moved_to(self, location: str) -> NodeAddress:
        """Return where a redirection from here leads, credentials kept on the same host; ValueError for no address."""
        base = f"{self.scheme}://{self.name}{self.target}"
        target = parse_node_address(urljoin(base, location.strip()))
        if not self.same_host(target):
            return target
        return replace(target, authorization=self.authorization, secrets=self.secrets)


def parse_node_address(text: str) -> NodeAddress:
    """Return the parts of an address; ValueError says in one line what is expected, and shows no secret.

    Worked: `https://user:pass@node.example/v2/KEY` is named `node.example`; all else of it goes to that host alone.
    """
    if re.search(r"[\x00-\x20\x7f]", text):
        raise ValueError("http:// or https:// with host and port, without blanks")
    parts, port = _split(text)
    if parts.scheme not in _PORTS:
        raise ValueError(_expected_scheme(text, parts.scheme))
    host = _ascii_host(parts)
    shown = f"[{host}]" if ":" in host else host
    return NodeAddress(
        parts.scheme,
        host,
        _PORTS[parts.scheme] if port is None else port,
        shown if port is None else f"{shown}:{port}",
        _target(parts),
        _basic(parts),
        _secrets(parts),
    )


def _split(text: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(text)
        if parts.port == 0:
            raise ValueError
        return parts, parts.port
    except ValueError:  # brackets without an address in them, a port that is no number or above 65535
        raise ValueError("http(s)://host:port with a port from 1 to 65535") from None


def _expected_scheme(text: str, scheme: str) -> str:
    if scheme in _OTHER_KINDS or text.startswith("/") or text.endswith(".ipc"):
        return "the node's http:// or https:// address: WebSocket (ws://) and IPC are not spoken here"
    return "http(s)://host:port"


def _ascii_host(parts: SplitResult) -> str:
    try:
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    if not re.fullmatch(r"[0-9a-z._~-]+|[0-9a-f:.]+(%[0-9a-z]+)?", host):
        raise ValueError("http(s)://host:port with the name or number of a host")
    return host


def _target(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe=_PATH_SAFE.replace("?", ""))
    return path + (f"?{quote(parts.query, safe=_PATH_SAFE)}" if parts.query else "")


def _basic(parts: SplitResult) -> str | None:
    """Return the header of Basic authentication for the user and password in an address."""
    if parts.username is None and parts.password is None:
        return None
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def _secrets(parts: SplitResult) -> tuple[str, ...]:
    """Return what may be a key, the longest first: a password, the query, its parts, and those of the path."""
    words = [parts.password or "", parts.query, *parts.path.split("/"), *re.split("[&=]", parts.query)]
    words += [unquote(word) for word in words]
    return tuple(sorted({word for word in words if len(word) >= _SHORTEST_SECRET}, key=len, reverse=True))
