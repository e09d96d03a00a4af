"""A deployed PoZK network out of its lake, with the miners' vesting amounts from where the operator says."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.adapters.postgres.database import open_database
from indexer.adapters.store.lake import Lake, open_lake
from indexer.flows.storing.identity import load_identity, verify_identity
from indexer.words.errors import InputError
from indexer.words.quantities import ZERO_ADDRESS, Address
from settlement.adapters.shadow.shadow_rows import NetworkAddresses, VestingSource, load_network
from settlement.adapters.shadow.vesting_calls import fetch_calls, scan_calls
from settlement.adapters.shadow.vesting_state import fetch_vesting
from settlement.entry.configuration.assembly import ingest_settings, open_nodes
from settlement.entry.configuration.input_files import read_input
from settlement.entry.configuration.settings import Settings
from settlement.rules.shadow.seen import FAMILY, NetworkSeen
from settlement.rules.shadow.vesting import read_transactions, read_vesting

STATE, CALLS = "state", "calls"
"""What names an archive node's state, or the call data of all transactions, in place of a file."""
_MOST_BYTES = 1 << 28


@contextmanager
def open_shadowed_lake(settings: Settings) -> Iterator[Lake]:
    """Open the lake of a deployed PoZK network for reading; InputError for a network of another kind."""
    if settings.protocol.family != FAMILY:
        raise InputError(
            "pozk shadow is for networks of the deployed PoZK contracts",
            expected='[protocol] name = "pozk"',
            got=settings.protocol.name,
            where="protocol.name",
            remedy="use `pozk verify` for this network",
        )
    data_dir = settings.store.data_dir
    with (
        open_database(settings.store.database_url, data_dir) as database,
        open_lake(database.uri, data_dir, settings.protocol, read_only=True) as lake,
    ):
        verify_identity(load_identity(lake), ingest_settings(settings, None))
        lake.use_all_cores()
        yield lake


def load_seen(settings: Settings, lake: Lake, vesting: str) -> NetworkSeen:
    """Return what the lake says; `vesting` names a file, or `state`, or `calls`, or nothing."""
    addresses = NetworkAddresses(*(_address_of(settings, role) for role in ("vesting", "reward", "token")))
    source, said = _vesting_source(settings, vesting, addresses.vesting)
    return load_network(lake, settings.clock, settings.chain.level, addresses, source, said)


def _vesting_source(settings: Settings, vesting: str, contract: Address) -> tuple[VestingSource | None, str]:
    if not vesting:
        return None, ""
    if vesting == STATE:
        pool = open_nodes(settings)
        return lambda reads, _: fetch_vesting(pool, contract, reads), "the state of an archive node"
    if vesting == CALLS:
        pool, first = open_nodes(settings), settings.chain.start_block
        said = f"the call data of all transactions from block {first} on"
        return lambda reads, last: scan_calls(pool, contract, first, reads, last), said
    content = _read(Path(vesting))
    hashes = read_transactions(content, vesting)
    if hashes is not None:
        pool = open_nodes(settings)
        said = f"the call data of the {len(hashes)} transactions that file {vesting} names"
        return lambda reads, last: fetch_calls(pool, contract, hashes, reads, last), said
    rows = read_vesting(content, vesting)
    return lambda *_: rows, f"file {vesting}"


def _read(path: Path) -> bytes:
    try:
        return read_input(path, _MOST_BYTES)
    except OSError as error:
        raise InputError("the vesting amounts cannot be read", got=str(error.strerror), where=str(path)) from error


def _address_of(settings: Settings, key: str) -> Address:
    """Return a contract's address, the zero address where the protocol has no such contract."""
    found = settings.contracts.by_name.get(key)
    return ZERO_ADDRESS if found is None else found[-1].address
