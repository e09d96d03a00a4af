"""Whether several addresses are several nodes: what agrees must not be one node counted twice."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from itertools import combinations

from indexer.rules.nodes.node_address import NodeAddress
from indexer.words.errors import InputError

Resolve = Callable[[str], frozenset[str]]
_HostNumber = ipaddress.IPv4Address | ipaddress.IPv6Address
_LOOPBACK = ipaddress.ip_address("127.0.0.1")


def verify_distinct(addresses: Sequence[NodeAddress], resolve: Resolve) -> list[str]:
    """Return a warning for every two addresses that may be one node; InputError for two that are.

    Two are one if they are equal but for how they are written, or have one port on one host name, on this machine or at
    one private number. A public number may be the door to many nodes: what is shared is said. `resolve` gives the
    numbers of a host name.
    """
    numbers = {address.host: _numbers(address.host, resolve) for address in addresses}
    warnings = []
    for one, other in combinations(addresses, 2):
        shared = numbers[one.host] & numbers[other.host]
        if _is_one_node(one, other, shared):
            raise InputError(
                "one node is listed twice",
                expected="different nodes",
                got=f"{one.name} and {other.name}",
                where="chain.rpc",
                remedy="remove one of them: nodes that must agree count once each",
            )
        if _is_same_host(one, other) or any(not number.is_private for number in shared):
            what = "one host name" if _is_same_host(one, other) else f"the address {min(map(str, shared))}"
            if not all(number.is_private for number in shared) or not shared:
                warnings.append(f"{one.name} and {other.name} share {what}: they may be one node that counts twice")
    return warnings


def _is_one_node(one: NodeAddress, other: NodeAddress, shared: frozenset[_HostNumber]) -> bool:
    if one.port != other.port:
        return False
    return _is_same_host(one, other) or any(number.is_private for number in shared)


def _is_same_host(one: NodeAddress, other: NodeAddress) -> bool:
    return one.host.rstrip(".") == other.host.rstrip(".")


def _numbers(host: str, resolve: Resolve) -> frozenset[_HostNumber]:
    """Return the numbers of a host; every way to say "this machine" is the same one."""
    try:
        texts = frozenset([str(ipaddress.ip_address(host.partition("%")[0]))])
    except ValueError:
        texts = resolve(host)
    return frozenset(_plain(ipaddress.ip_address(text.partition("%")[0])) for text in texts)


def _plain(number: _HostNumber) -> _HostNumber:
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped is not None:
        number = number.ipv4_mapped
    return _LOOPBACK if number.is_loopback or number.is_unspecified else number
