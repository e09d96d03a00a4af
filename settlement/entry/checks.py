"""What `pozk check` tests, each check on its own, so that one failure hides no other."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from indexer.adapters.database import connect, open_database, rights_on
from indexer.flows.estimate import estimate
from indexer.flows.head import fetch_agreed_head
from indexer.ports.chain import Node
from indexer.rules.checkpoints import format_checkpoint, verify_checkpoints, verify_reached
from indexer.words.blocks import BlockRange, BlockRef
from indexer.words.errors import InputError, PozkError, RetryLaterError, UnsoundError, printable
from indexer.words.quantities import Address, BlockNumber, to_hex
from settlement.adapters.chain_state import StateAt
from settlement.entry.beliefs import beliefs
from settlement.entry.chain import Chain
from settlement.entry.output import note
from settlement.entry.settings import Settings
from settlement.entry.system_errors import operating_system_error
from settlement.entry.world import ingest_settings, open_nodes, open_store
from settlement.flows.before_vote import verify_executed
from settlement.rules.facts import describe_difference

_NODE = "node "
MIN_FREE_BYTES = 1 << 30
MAX_HEAD_AGE_SECONDS = 600
GIGABYTE = 1e9
MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: 0 or the exit code that a command would fail with, and one line of what it found.

    A warning fails no command: what is wrong is made up for by something else.
    """

    name: str
    exit_code: int
    said: str
    is_warning: bool = False


def run_checks(settings: Settings) -> list[CheckResult]:
    """Return the results of all checks, in the order in which commands would meet them."""
    chain = Chain(settings)
    checks: list[tuple[str, Callable[[], str]]] = [
        ("disk", partial(_check_disk, settings)),
        ("database", partial(_check_database, settings)),
        *((f"{_NODE}{node.name}", partial(_check_node, settings, chain, node)) for node in chain.pool.nodes),
        ("finality", partial(_check_finality, settings)),
        ("ingestion", partial(_check_ingestion, settings)),
        ("clock", partial(_check_clock, chain)),
        ("contracts", partial(_check_contracts, settings, chain)),
        ("distributor", partial(_check_distributor, settings, chain)),
        ("signer", partial(_check_signer, settings, chain)),
        ("ruleset", partial(_check_ruleset, settings)),
        ("reports", partial(_check_reports, settings, chain)),
    ]
    return tolerate_silent_nodes([_run(name, check) for name, check in checks])


def tolerate_silent_nodes(results: list[CheckResult]) -> list[CheckResult]:
    """Return the results with nodes that do not answer as warnings, as long as more than half of the nodes do."""
    nodes = [result for result in results if result.name.startswith(_NODE)]
    if 2 * sum(result.exit_code == 0 for result in nodes) <= len(nodes):
        return results
    silent = [result for result in nodes if result.exit_code == RetryLaterError.exit_code]
    return [replace(result, exit_code=0, is_warning=True) if result in silent else result for result in results]


def _run(name: str, check: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(name, 0, check())
    except PozkError as error:
        return CheckResult(name, error.exit_code, error.line())
    except OSError as error:
        refusal = operating_system_error(error)
        return CheckResult(name, refusal.exit_code, refusal.line())


def _check_disk(settings: Settings) -> str:
    data_dir = settings.store.data_dir
    existing = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < MIN_FREE_BYTES:
        raise RetryLaterError("the disk is nearly full", expected="1 GB free", got=f"{free / GIGABYTE:.2f} GB")
    return f"{free / GIGABYTE:.0f} GB free at {existing}"


def _check_database(settings: Settings) -> str:
    settings.store.data_dir.mkdir(parents=True, exist_ok=True)
    with (
        open_database(settings.store.database_url, settings.store.data_dir) as database,
        connect(database.uri) as connection,
    ):
        row = connection.execute("SHOW server_version").fetchone()
        may_create, takes_writes = rights_on(connection)
    kind = "given server" if settings.store.database_url else "embedded"
    limits = "" if takes_writes else ", a server that only reads: index and settle would be refused"
    if takes_writes and not may_create:
        limits = ", a role that may create nothing: only what exists can be used, and read where it has no more rights"
    return f"PostgreSQL {row[0] if row else '?'} ({kind}){limits}"


def _check_node(settings: Settings, chain: Chain, node: Node) -> str:
    chain.state.verify_chain(node)
    version = printable(str(node.request("web3_clientVersion", [])))[:100]
    head = node.fetch_head("0").ref.number
    if settings.chain.finality != "finalized":
        return f"{version}, head {head}"
    return f"{version}, head {head}, finalized {node.fetch_head('finalized').ref.number}"


def _check_finality(settings: Settings) -> str:
    """Say what enough nodes call final, as a line for the configuration, and what is believed without a check."""
    wanted, pool = ingest_settings(settings, None), open_nodes(settings)
    agreement = fetch_agreed_head(pool, wanted)
    verify_reached(wanted.checkpoints, agreement.head)
    for checkpoint in wanted.checkpoints:
        alone = BlockRange(checkpoint.number, checkpoint.number)
        pool.attempt(partial(_verify_checkpoint, blocks=alone, checkpoint=checkpoint), rounds=1)
    agreed = f"{wanted.agreement(len(pool.nodes))} of {len(pool.nodes)} nodes agree on block {agreement.head.number}"
    paste = f'to paste below [chain]: checkpoints = ["{format_checkpoint(agreement.head)}"]'
    return "; ".join([agreed, paste, *beliefs(settings), *filter(None, [agreement.lag])])


def _verify_checkpoint(node: Node, blocks: BlockRange, checkpoint: BlockRef) -> None:
    verify_checkpoints(node.fetch_headers(blocks), [checkpoint], node.name)


def _check_ingestion(settings: Settings) -> str:
    """Estimate what a first ingestion costs, by the first node that answers."""
    wanted, pool = ingest_settings(settings, None), open_nodes(settings)
    found, node = pool.attempt(lambda node: (estimate(node, wanted, time.monotonic), node.name), rounds=1)
    if not found.serves_receipts and settings.chain.verify == "receipts":
        raise InputError(
            "the node serves no receipts at chain.start_block",
            expected="receipts of old blocks",
            got="none",
            where=f"{node} block {settings.chain.start_block}",
            remedy="use an archive node or `pozk index --import BUNDLE`",
        )
    served = "served" if found.serves_receipts else "NOT served (pruned)"
    return (
        f"{found.blocks:,} blocks from start_block to finalized: about {found.requests:,} requests, "
        f"{found.bytes / MEGABYTE:,.1f} MB, {found.seconds:,.1f} s from an empty lake; "
        f"receipts of block {settings.chain.start_block} are {served}"
    )


def _check_clock(chain: Chain) -> str:
    def newest(node: Node) -> list[int]:
        head = node.fetch_head("0").ref.number
        headers = node.fetch_headers(BlockRange(BlockNumber(max(0, head - 3)), head))
        return [int(timestamp) for timestamp in headers.timestamp]

    times = chain.pool.attempt(newest)
    if any(later < earlier for earlier, later in pairwise(times)):
        raise UnsoundError("block timestamps fall", got=str(times))
    age = int(time.time()) - times[-1]
    if age < -MAX_HEAD_AGE_SECONDS:
        raise UnsoundError(
            "the newest block is in the future", got=f"{-age} s ahead", remedy="correct this machine's clock"
        )
    return f"newest block {age} s old" + (" (a test chain, or a node that lags)" if age > MAX_HEAD_AGE_SECONDS else "")


def _check_contracts(settings: Settings, chain: Chain) -> str:
    entries = {role: at[-1].address for role, at in settings.contracts.by_role.items()}
    entries["token"] = settings.contracts.token
    for role, address in entries.items():
        if not chain.state.at_newest(partial(_has_code, address)):
            raise InputError(
                f"no contract at contracts.{role}",
                expected="code",
                got="none",
                where=to_hex(address),
                remedy="correct it",
            )
    return f"{len(entries)} contracts have code"


def _has_code(address: Address, state: StateAt) -> bool:
    return state.node.has_code(address, state.block)


def _check_distributor(settings: Settings, chain: Chain) -> str:
    expected: dict[str, int | str] = {
        "token": to_hex(settings.contracts.token),
        "genesis": settings.clock.genesis,
        "length_seconds": settings.clock.length_seconds,
        "first": settings.clock.first,
    }
    for key, held in chain.distributor.constants().items():
        if held != expected[key]:
            raise InputError(
                f"the distributor holds another {key}", expected=str(held), got=str(expected[key]), where="pozk.toml"
            )
    return f"constants agree; votes are open for epoch {chain.distributor.next_epoch()}"


def _check_ruleset(settings: Settings) -> str:
    """Say which ruleset is in force; a configuration that differs is noted, for the chain wins."""
    with open_store(settings) as store:
        try:
            said = store.lake_facts.load_choice_in_force()
        except RetryLaterError as error:
            return f"the RulesetSet in force is not known yet: {error.what}"
        configured = store.settler.configured
    if (difference := describe_difference(said, configured)) is not None:
        note(difference)
    used, source = (configured, "the configuration, no RulesetSet is in force") if said is None else (said, "the chain")
    return f"{used.ruleset} with {used.residual}, from {source}"


def _check_reports(settings: Settings, chain: Chain) -> str:
    """Hold every report that the committee executed against ours."""
    with open_store(settings) as store:
        count = verify_executed(chain.distributor, store.journal)
    return f"{count} executed by the committee are ours" if count else "none is settled here and executed"


def _check_signer(settings: Settings, chain: Chain) -> str:
    if not settings.signer.private_key:
        return "no key: nothing can be sent (settle, verify and proof need none)"
    wallet = chain.wallet()
    balance = wallet.fetch_balance()
    member = "a committee member" if chain.distributor.is_member(wallet.address) else "NOT on the committee"
    if balance == 0:
        raise InputError("the signer cannot pay for gas", expected="a balance", got="0", where=to_hex(wallet.address))
    return f"{to_hex(wallet.address)}, {member}, {balance} wei for gas"
