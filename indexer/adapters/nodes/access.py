"""How nodes are reached: limits of one answer, certificates, proxies. A value; made once, at the entry."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from indexer.rules.nodes.node_address import NodeAddress, parse_node_address
from indexer.words.errors import InputError


@dataclass(frozen=True, slots=True)
class Access:
    """What holds for every node.

    `answer_seconds` bounds one answer from the first byte sent to the last one read, `answer_bytes` its size after
    decompression. `ca_file`, `client_cert` and `client_key` are PEM files for https. `proxies` maps http, https and
    no to what HTTP_PROXY, HTTPS_PROXY and NO_PROXY say.
    """

    answer_seconds: float = 60.0
    answer_bytes: int = 256 << 20
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)

    def proxy_for(self, address: NodeAddress) -> NodeAddress | None:
        """Return the proxy that stands before a node, None for none; this machine is never asked through one."""
        if address.is_loopback or _is_excepted(address, self.proxies.get("no", "")):
            return None
        text = self.proxies.get(address.scheme) or self.proxies.get("all")
        if not text:
            return None
        try:
            return parse_node_address(text if "://" in text else f"http://{text}")
        except ValueError as error:
            variable = f"{address.scheme.upper()}_PROXY"
            raise InputError(
                "proxy cannot be used", expected=f"an http:// proxy ({error})", got="another", where=variable
            ) from None

    def tls_context(self) -> ssl.SSLContext:
        """Return how https is spoken; InputError for a certificate file that cannot be used."""
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        if self.ca_file is not None:
            with _named(self.ca_file, "chain.ca_file", "certificates in PEM"):
                context.load_verify_locations(self.ca_file)
        if self.client_cert is not None:
            with _named(self.client_cert, "chain.client_cert", "a certificate and its key without passphrase, in PEM"):
                context.load_cert_chain(self.client_cert, self.client_key, password="")
        elif self.client_key is not None:
            raise InputError("a client key without its certificate", expected="chain.client_cert", got="none")
        return context


def _is_excepted(address: NodeAddress, exceptions: str) -> bool:
    """Whether NO_PROXY names a host: `*`, the host itself or with its port, or a domain that it lies in."""
    for entry in (part.strip().lower().lstrip(".") for part in exceptions.split(",")):
        if entry and (entry in ("*", address.host, f"{address.host}:{address.port}", f"[{address.host}]")):
            return True
        if entry and address.host.endswith(f".{entry}"):
            return True
    return False


class _named:  # noqa: N801 - reads as a statement
    """Turn what the ssl module says of a file into one line that names the key."""

    def __init__(self, path: Path, key: str, expected: str) -> None:
        self._path, self._key, self._expected = path, key, expected

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError | ValueError):
            reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
            raise InputError(
                f"{self._key} cannot be used", expected=self._expected, got=str(reason), where=str(self._path)
            ) from None


def read_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY (in either case) say, by http, https, all and no."""
    found = {}
    for name in ("http", "https", "all", "no"):
        for variable in (f"{name}_proxy", f"{name}_PROXY".upper()):
            if variable in environment:
                found[name] = environment[variable]
                break
    return found
