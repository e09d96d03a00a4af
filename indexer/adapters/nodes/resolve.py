"""The numbers of host names, by the system's resolver."""

from __future__ import annotations

import socket


def resolve(host: str) -> frozenset[str]:
    """Return the IP addresses of a host name, none where it has none: the node will say so when it is asked."""
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        return frozenset()
    return frozenset(str(entry[4][0]) for entry in found)
