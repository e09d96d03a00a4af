"""The configuration as frozen values: what `pozk.toml` and the environment say, read once at the entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from indexer.adapters.nodes.access import Access
from indexer.adapters.store.bounds import Bounds
from indexer.rules.protocols.protocol import Protocol
from indexer.words.blocks import BlockRef
from indexer.words.contracts import ContractSpan
from indexer.words.errors import InputError
from indexer.words.finality import Finality
from indexer.words.levels import Level
from indexer.words.quantities import Address, BlockNumber
from settlement.rules.facts.epochs import EpochClock
from settlement.words.service import Limits


@dataclass(frozen=True, slots=True)
class ChainSettings:
    """Section [chain]. `finality` says which block is final, `level` how completeness of logs is proven.

    `access` holds how the nodes are reached; `patience_seconds` bounds the waiting for them, for one piece of work.
    `final_agreement` 0 is more than half of the nodes, `max_ahead_seconds` 0 is no limit.
    """

    rpc: tuple[str, ...] = field(repr=False)
    chain_id: int
    finality: Finality
    level: Level
    start_block: BlockNumber
    access: Access
    patience_seconds: int
    final_agreement: int = 0
    checkpoints: tuple[BlockRef, ...] = ()
    max_ahead_seconds: int = 900
    vouch_start: bool = False


@dataclass(frozen=True, slots=True)
class ContractSettings:
    """Section [contracts]. `by_name` maps each contract of the protocol to its addresses, oldest first.

    `addresses` are those that are no source of logs.
    """

    by_name: dict[str, tuple[ContractSpan, ...]]
    addresses: dict[str, Address]

    @property
    def token(self) -> Address:
        """Return the token that the emission is paid in."""
        return self.addresses["token"] if "token" in self.addresses else self.by_name["token"][-1].address

    @property
    def distributor(self) -> Address:
        """Return the distributor in use: the last one listed; InputError for a protocol that has none."""
        if "distributor" not in self.by_name:
            raise InputError(
                "this network has no distributor: nothing of it is settled, voted or claimed by this oracle",
                where="protocol.name",
                remedy="use `pozk index`, `pozk query` and `pozk shadow`",
            )
        return self.by_name["distributor"][-1].address


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """Section [settlement]: ruleset and residual hold only for epochs for which no RulesetSet is in force.

    `opening` is the file of opening balances, None where the operator has none. `spark_master` and `spark_config` say
    where and how the engine spark runs. `peers` are places with the bundles of other oracles.
    """

    ruleset: str
    residual: str
    engine: str
    opening: Path | None
    spark_master: str
    spark_config: Mapping[str, str]
    peers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Section [store]. An empty `database_url` means the embedded PostgreSQL below `data_dir`."""

    data_dir: Path
    database_url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Section [serve]: where `pozk serve` listens, which other pages may read it, and how often one client may ask.

    `requests_per_minute` 0 is no limit. `behind_proxy`: clients are named by X-Forwarded-For.
    `public_rpc`: nodes without secrets, which a page may name to wallets; chain.rpc is told to nobody.
    """

    host: str
    port: int
    origins: tuple[str, ...]
    requests_per_minute: int
    behind_proxy: bool
    public_rpc: tuple[str, ...]
    explorer: str


@dataclass(frozen=True, slots=True)
class SignerSettings:
    """Section [signer]. Without a key nothing is ever sent: commands that would send say so.

    A key is given itself, as a keystore with its password, or as the address of a signer that holds it. No
    transaction offers more than `max_fee_gwei` for a unit of gas.
    """

    private_key: str = field(repr=False)
    keystore: Path | None
    password: str = field(repr=False)
    url: str = field(repr=False)
    address: Address | None
    max_fee_gwei: int


@dataclass(frozen=True, slots=True)
class RunSettings:
    """Section [run]: how often `pozk run` does its jobs, where it mirrors, and what a day's distribution may cost.

    `dust_wei`: claims below it are left for later, and those worth less than `worth_percent` of their gas by `prices`,
    which are wei of the chain's currency for 10^18 base units of a token. `backup_folder` is None where no backups
    are made; there is one a day, from `backup_hour` (UTC) on, and the newest `backups_kept` stay.
    """

    follow_seconds: int
    look_seconds: int
    audit_seconds: int
    compact_seconds: int
    distribute_seconds: int
    mirrors: tuple[str, ...]
    gas_per_day: int
    batch: int
    dust_wei: int
    prices: Mapping[Address, int]
    worth_percent: int
    backup_folder: Path | None
    backup_hour: int
    backups_kept: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a command may need to know. `vesting` is the path of a file, `state`, `calls`, or empty."""

    protocol: Protocol
    vesting: str
    chain: ChainSettings
    contracts: ContractSettings
    clock: EpochClock
    rules: RuleSettings
    store: StoreSettings
    serve: ServeSettings
    signer: SignerSettings
    relayer: SignerSettings
    run: RunSettings
    alerts: Limits
    query: Bounds

    def with_peer(self, place: str | None) -> "Settings":
        """Return the settings with one more place that has bundles of others, looked at first; None changes nothing."""
        if place is None:
            return self
        return replace(self, rules=replace(self.rules, peers=(place, *self.rules.peers)))
