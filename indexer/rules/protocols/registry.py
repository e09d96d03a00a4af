"""The protocols there are."""

from indexer.rules.protocols.pozk import POZK
from indexer.rules.protocols.protocol import Protocol
from indexer.rules.protocols.reference import REFERENCE

PROTOCOLS = (REFERENCE, POZK)
"""Every protocol; the first one is meant where a configuration names none."""


def find_protocol(name: str) -> Protocol:
    """Return the protocol of a name; ValueError naming those there are."""
    for protocol in PROTOCOLS:
        if protocol.name == name:
            return protocol
    raise ValueError(f"one of {', '.join(protocol.name for protocol in PROTOCOLS)}")
