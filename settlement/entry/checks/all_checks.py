"""What `pozk check` tests, in the order in which commands would meet it; one cause is said once."""

from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from indexer.words.errors import InputError
from settlement.entry.checks.contract_checks import (
    check_challenges,
    check_contracts,
    check_distributor,
    check_opening,
    check_reports,
    check_ruleset,
    check_signer,
    check_vote,
)
from settlement.entry.checks.inspection import NODE, NODES, Check, CheckResult, Inspection, run_all
from settlement.entry.checks.node_checks import (
    check_chain,
    check_clock,
    check_finality,
    check_ingestion,
    check_node,
    check_proof,
    check_start,
)
from settlement.entry.checks.store_checks import check_database, check_disk, check_engine, check_journal, check_lake
from settlement.entry.configuration.settings import Settings

_SOON_SECONDS = 5
_OF_EVERY_NETWORK = ("chain", "proof", "finality", "clock", "start", "ingestion", "lake")
_ABOUT_KEYS = ("start", "contracts", "distributor")


def run_checks(settings: Settings) -> list[CheckResult]:
    """Return the results of all checks. Lake and journal are read; nothing is stored in them, nor sent."""
    with ExitStack() as closing:
        look = Inspection(settings, closing)
        return run_all(look, [*_node_checks(look), *_checks_of(settings)])


def find_wrong_setting(settings: Settings) -> InputError | None:
    """Return what is wrong in the settings by the word of the nodes; None where nothing is, or no node answers soon.

    What cannot be settled looks the same whether the network did wrong or a key names another contract.
    """
    chain = replace(settings.chain, patience_seconds=min(settings.chain.patience_seconds, _SOON_SECONDS))
    with ExitStack() as closing:
        look = Inspection(replace(settings, chain=chain), closing)
        nodes = [check for check in _node_checks(look) if check.name.startswith(NODE)]
        about_keys = [replace(check, needs=("chain",)) for check in _checks_of(settings) if check.name in _ABOUT_KEYS]
        results = run_all(look, [*nodes, Check("chain", check_chain, (NODES,)), *about_keys])
    wrong = next((each for each in results if each.exit_code == InputError.exit_code), None)
    return None if wrong is None else InputError(f"the settings are wrong: {wrong.said}")


def _checks_of(settings: Settings) -> list[Check]:
    """Return what concerns a network: one that only is indexed has no contracts of ours, no journal, no vote."""
    is_settled = "distributor" in settings.protocol.contracts
    return [check for check in _CHECKS if is_settled or check.name in _OF_EVERY_NETWORK]


def _node_checks(look: Inspection) -> list[Check]:
    nodes = [Check(f"{NODE}{node.name}", partial(check_node, node=node)) for node in look.chain.pool.nodes]
    return [Check("disk", check_disk), Check("database", check_database, ("disk",)), *nodes]


_CHECKS = (
    Check("chain", check_chain, (NODES,)),
    Check("proof", check_proof, ("chain",)),
    Check("finality", check_finality, ("proof",)),
    Check("clock", check_clock, ("chain",)),
    Check("start", check_start, ("finality",)),
    Check("ingestion", check_ingestion, ("finality",)),
    Check("contracts", check_contracts, ("chain",)),
    Check("distributor", check_distributor, ("contracts",)),
    Check("lake", check_lake, ("database",)),
    Check("journal", check_journal, ("lake",)),
    Check("engine", check_engine),
    Check("ruleset", check_ruleset),
    Check("opening", check_opening, ("contracts",)),
    Check("signer", check_signer, ("distributor",)),
    Check("reports", check_reports, ("journal", "distributor")),
    Check("challenges", check_challenges, ("distributor",)),
    Check("vote", check_vote, ("reports",)),
)
