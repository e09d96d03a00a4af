"""Every key of the configuration, once: how it is read, its default, its unit, and what it means to people."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from indexer.rules.protocols.protocol import ClockEpochs, Protocol
from indexer.rules.protocols.registry import PROTOCOLS
from settlement.entry.configuration import values
from settlement.rules.rulesets.usual import USUAL

REQUIRED = object()


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the file: how its value is read, its default (REQUIRED if none), whether it is a secret.

    says: for the template and docs/configuration.md. unit: of a number. example: what the template shows of a key
    that has no default.
    """

    read: Callable[[Any], Any]
    default: Any = REQUIRED
    secret: bool = False
    says: str = ""
    unit: str = ""
    example: Any = None


def _contract_keys(protocol: Protocol) -> dict[str, Key]:
    logs = {name: Key(values.read_contracts, says=says, example="0x..") for name, says in protocol.contracts.items()}
    more = {name: Key(values.read_address, says=says, example="0x..") for name, says in protocol.addresses.items()}
    return logs | more


def _signing() -> dict[str, Key]:
    """Return the keys of a section that says who signs."""
    return {
        "keystore": Key(values.read_text, "", says="an encrypted key file (version 3, as geth writes it), with"),
        "password": Key(
            values.read_text,
            "",
            secret=True,
            says="its password; better in the variable, or a file named by it",
            example="..",
        ),
        "url": Key(
            values.read_signer_url,
            "",
            secret=True,
            says="or a signer that is asked over JSON-RPC (web3signer, clef), for the account",
        ),
        "address": Key(values.read_optional_address, "", says="0x.. that it holds the key of"),
        "private_key": Key(
            values.read_private_key,
            "",
            secret=True,
            says="better in the variable, or a file named by it; without a key nothing is sent",
            example="0x..",
        ),
    }


KEYS: dict[str, dict[str, Key]] = {
    "protocol": {
        "name": Key(
            values.one_of(*(protocol.name for protocol in PROTOCOLS)),
            PROTOCOLS[0].name,
            says="the network's contracts: " + " | ".join(protocol.name for protocol in PROTOCOLS),
        ),
        "vesting": Key(
            values.read_text,
            "",
            says="of a network of the deployed PoZK contracts, the miners' vesting amounts: a file, `state` or `calls`",
        ),
    },
    "chain": {
        "rpc": Key(
            values.read_urls,
            ("http://127.0.0.1:8545",),
            secret=True,
            says="one or more nodes; more than one gives failover and cross-checks",
        ),
        "chain_id": Key(values.read_count, says="refused if a node serves another chain", example=31337),
        "finality": Key(
            values.read_finality,
            "finalized",
            says="the node's tag, or a number of confirmations",
            unit="blocks, where a number",
        ),
        "verify": Key(
            values.read_verify,
            "receipts",
            says="receipts | bloom | none | quorum:N: how completeness of logs is proven",
        ),
        "start_block": Key(
            values.read_count, 0, says="the block of the first contract, or earlier", unit="block number"
        ),
        "final_agreement": Key(
            values.read_count,
            0,
            says="how many nodes must call a block final and hold it by hash; 0: more than half",
            unit="nodes",
        ),
        "checkpoints": Key(
            values.read_checkpoints,
            (),
            says='"NUMBER:0xHASH": blocks that must lie on the chain; `pozk check` prints one',
        ),
        "max_ahead_seconds": Key(
            values.read_count,
            900,
            says="a header further ahead of this machine's clock is refused; 0: none is",
            unit="seconds",
        ),
        "vouch_start": Key(
            values.read_switch, False, says="true: you answer for it that no log of ours lies below start_block"
        ),
        "ca_file": Key(values.read_text, "", says="certificates (PEM) of a private authority, for https nodes"),
        "client_cert": Key(values.read_text, "", says="a certificate (PEM) that https nodes ask for, and"),
        "client_key": Key(values.read_text, "", says="its key, where it is in a file of its own"),
        "answer_seconds": Key(
            values.read_positive, 60, says="one answer takes at most this long, however slowly it drips", unit="seconds"
        ),
        "answer_megabytes": Key(values.read_positive, 256, says="and has at most this size, unpacked", unit="MiB"),
        "patience_seconds": Key(
            values.read_count,
            300,
            says="nodes that ask to wait are waited for this long, then exit 3",
            unit="seconds",
        ),
    },
    "contracts": _contract_keys(PROTOCOLS[0]),
    "epoch": {
        "genesis": Key(
            values.read_seconds,
            says="where epoch 0 begins; the same in the contracts",
            unit="seconds since 1970 UTC",
            example=1700000000,
        ),
        "length_seconds": Key(values.read_length, 86400, says="the same in the contracts", unit="seconds"),
        "first": Key(values.read_count, 0, says="the first epoch that is settled"),
    },
    "settlement": {
        "ruleset": Key(values.read_text, USUAL, says="only for epochs with no RulesetSet in force"),
        "residual": Key(values.one_of("rollover", "normalize"), "rollover", says="rollover | normalize; the same"),
        "engine": Key(
            values.one_of("duckdb", "spark"), "duckdb", says="duckdb | spark: what aggregates (docs/scaling.md)"
        ),
        "spark_master": Key(
            values.read_text, "local[*]", says="where Spark runs, of the engine spark: local[N] or a URL"
        ),
        "spark_config": Key(
            values.read_spark_config, (), says='its settings: "spark.executor.memory=8g", .., or a table of them'
        ),
        "opening": Key(values.read_text, "", says="the file of opening balances, if the network has any"),
        "peers": Key(
            values.read_places,
            (),
            says="folders or fsspec URLs of other oracles' bundles: they name the first stage where an executed report "
            "differs from ours",
        ),
    },
    "store": {
        "data_dir": Key(values.read_path, "./data", says="relative to this file"),
        "database_url": Key(
            values.read_text,
            "",
            secret=True,
            says="empty: the embedded PostgreSQL in data_dir; or postgresql://user@host/name",
        ),
    },
    "serve": {
        "host": Key(
            values.read_host, "127.0.0.1", says="where `pozk serve` listens; 0.0.0.0: on every address of this machine"
        ),
        "port": Key(values.read_port, 8600, says="0: any that is free", unit="TCP port"),
        "origins": Key(
            values.read_origins,
            (),
            says='pages of other sites that may read it: "https://dao.example"; "*": any',
        ),
        "requests_per_minute": Key(values.read_count, 600, says="of one client; 0: no limit", unit="requests a minute"),
        "behind_proxy": Key(
            values.read_switch, False, says="true: a proxy of yours names the client in X-Forwarded-For"
        ),
        "public_rpc": Key(values.read_public_urls, (), says="nodes that the page may name to wallets and ask itself"),
        "explorer": Key(values.read_text, "", says="a block explorer's address, where the page links transactions to"),
    },
    "query": {
        "seconds": Key(values.read_positive, 60, says="that a question of `pozk query` may take", unit="seconds"),
        "memory_megabytes": Key(values.read_positive, 2048, says="that it may take, and again its rows", unit="MiB"),
        "spill_megabytes": Key(values.read_count, 10240, says="of files beside it in data_dir/spill", unit="MiB"),
    },
    "signer": _signing()
    | {
        "max_fee_gwei": Key(
            values.read_positive, 500, says="no transaction offers more for a unit of gas", unit="10^9 wei"
        ),
    },
    "relayer": _signing(),
    "run": {
        "follow_seconds": Key(values.read_length, 6, says="between two looks for new blocks", unit="seconds"),
        "look_seconds": Key(
            values.read_length,
            10,
            says="between two looks for an epoch to settle, a vote, a root to activate",
            unit="seconds",
        ),
        "audit_seconds": Key(
            values.read_length,
            300,
            says="between two pieces of the endless second proof of what is stored",
            unit="seconds",
        ),
        "compact_seconds": Key(
            values.read_length, 600, says="between two looks for small files to merge", unit="seconds"
        ),
        "distribute_seconds": Key(
            values.read_length,
            3600,
            says="between two distributions; there are some where [relayer] has a key",
            unit="seconds",
        ),
        "mirrors": Key(values.read_places, (), says="folders or fsspec URLs that get each settled epoch's bundle"),
        "gas_per_day": Key(values.read_count, 30_000_000, says="that distributions may use in 24 hours", unit="gas"),
        "batch": Key(values.read_batch, 50, says="claims in one transaction of a distribution"),
        "dust_wei": Key(values.read_wei, 0, says="what is owed below it is left for a later distribution", unit="wei"),
        "backup_folder": Key(
            values.read_text,
            "",
            says="gets a backup each day, restored elsewhere and verified; empty: there is none; relative to this file",
        ),
        "backup_hour": Key(values.read_hour, 3, says="of the day (UTC) from which on it is made", unit="hour"),
        "backups_kept": Key(values.read_positive, 7, says="of those in the folder; older ones go", unit="backups"),
        "prices": Key(
            values.read_prices,
            (),
            says='"0xTOKEN:WEI": wei of the chain for 10^18 base units of a token; where there are some, claims that '
            "are not worth their gas are left, and those of tokens without one",
        ),
        "worth_percent": Key(
            values.read_count,
            200,
            says="a claim is paid where it is worth this much of its gas; looked at where there are prices",
            unit="percent of the gas",
        ),
    },
    "alerts": {
        "nodes_seconds": Key(
            values.read_length, 25, says="no node has answered; more than two of run.look_seconds", unit="seconds"
        ),
        "disagree_seconds": Key(
            values.read_seconds, 900, says="a node's wrong answer is told for this long", unit="seconds"
        ),
        "lag_blocks": Key(values.read_count, 200, says="the lake behind the final block", unit="blocks"),
        "lag_seconds": Key(values.read_seconds, 600, says="the same in time of the chain", unit="seconds"),
        "stalled_seconds": Key(values.read_seconds, 1800, says="behind, and no progress", unit="seconds"),
        "final_stuck_seconds": Key(
            values.read_seconds, 900, says="the final block stands; 0: not looked at", unit="seconds"
        ),
        "overdue_seconds": Key(values.read_seconds, 3600, says="an ended, final epoch is not settled", unit="seconds"),
        "overdue_critical_seconds": Key(values.read_seconds, 14400, says="the same, critical", unit="seconds"),
        "vote_seconds": Key(values.read_seconds, 1800, says="settled, and our vote is missing", unit="seconds"),
        "quorum_seconds": Key(values.read_seconds, 21600, says="settled, and nothing is proposed", unit="seconds"),
        "transaction_seconds": Key(values.read_seconds, 600, says="a transaction of unknown fate", unit="seconds"),
        "votes_left": Key(values.read_count, 10, says="that the signer can pay for", unit="votes"),
        "votes_left_critical": Key(values.read_count, 3, says="the same, critical", unit="votes"),
        "idle_seconds": Key(
            values.read_seconds, 93600, says="without a distribution where there is a relayer", unit="seconds"
        ),
        "clock_seconds": Key(
            values.read_seconds, 30, says="the clock from the newest block; 0: not looked at", unit="seconds"
        ),
        "disk_epochs": Key(values.read_count, 3, says="that must fit on the disk", unit="epochs"),
        "memory_percent": Key(values.read_count, 90, says="of what this process may have", unit="percent"),
        "mirror_seconds": Key(
            values.read_seconds, 3600, says="the newest epoch is missing on a mirror", unit="seconds"
        ),
        "job_seconds": Key(values.read_seconds, 600, says="a job of the service fails", unit="seconds"),
        "backup_seconds": Key(
            values.read_seconds,
            691200,
            says="since a backup was last verified; looked at where there is one",
            unit="seconds",
        ),
        "http_p99_ms": Key(
            values.read_positive, 1000, says="in which 99 of 100 requests of a server are answered", unit="milliseconds"
        ),
        "http_error_percent": Key(values.read_count, 5, says="that end in a 5xx", unit="percent of requests"),
        "http_refused_percent": Key(
            values.read_count, 20, says="that the rate limit refuses", unit="percent of requests"
        ),
    },
}
"""Sections and keys in the order of the file, of the first protocol."""


def keys_of(protocol: Protocol) -> dict[str, dict[str, Key]]:
    """Return the sections and keys of a protocol: its contracts, and the clock where its epochs go by one."""
    epoch = KEYS["epoch"] if isinstance(protocol.epochs, ClockEpochs) else {"first": KEYS["epoch"]["first"]}
    return KEYS | {"contracts": _contract_keys(protocol), "epoch": epoch}


def every_key() -> dict[str, dict[str, Key]]:
    """Return the keys of all protocols together."""
    contracts = {name: key for protocol in PROTOCOLS for name, key in _contract_keys(protocol).items()}
    return KEYS | {"contracts": contracts}


OTHER_VARIABLES = {
    "POZK_CONFIG": "the configuration that --config names where that option is not given",
    **{
        f"POZK_{account}_KEY": f"the {account.lower()}'s private key for `pozk wire`; with _FILE a file that holds it"
        for account in ("DEPLOYER", "DAO", "TREASURY")
    },
    "POZK_TRACEBACK": "1: an error that is a fault of this program is shown with its traceback",
}
"""What the command line reads of the environment beside the keys."""
FOREIGN_VARIABLES = {
    "HTTP_PROXY, HTTPS_PROXY, NO_PROXY": "proxies on the way to nodes (docs/nodes.md)",
    "NUMBA_CACHE_DIR": "where compiled kernels are kept",
    "XDG_CACHE_HOME, HOME, TMPDIR": "where they are kept otherwise, the first that can be written",
    "NO_COLOR, COLUMNS": "how tables look",
}
"""What libraries and habits of the shell read."""


def variable_of(section: str, key: str) -> str:
    """Return the name of the environment variable of a key."""
    return f"POZK_{section}_{key}".upper()
