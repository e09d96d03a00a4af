"""A devnet's state in a file, as anvil writes it and `--load-state` reads it."""

import gzip
from pathlib import Path

from deploy.devnet.rpc import DevRpc


def dump_state(rpc: DevRpc, path: Path) -> None:
    """Write blocks, transactions, receipts and the states of all blocks."""
    packed = bytes.fromhex(rpc.call("anvil_dumpState", True)[2:])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.decompress(packed))
