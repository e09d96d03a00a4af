"""What `pozk check` is made of: checks, what they know of each other, and what they found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from indexer.rules.proof.ingest_settings import IngestSettings
from indexer.words.errors import PozkError, RetryLaterError
from indexer.words.quantities import Address
from settlement.entry.configuration.assembly import Store, ingest_settings
from settlement.entry.configuration.chain_access import ChainAccess
from settlement.entry.configuration.settings import Settings
from settlement.entry.system_errors import operating_system_error

NODE = "node "
NODES = "nodes"
"""What a check needs that any one node is enough for."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: 0 or the exit code that a command would fail with, and one line of what it found.

    A warning fails no command: what is wrong is made up for by something else. `blocked_by` names the check whose
    failure left nothing to try here; the cause is said there.
    """

    name: str
    exit_code: int
    said: str
    is_warning: bool = False
    blocked_by: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a check found that fails no command."""

    said: str


Said = str | Doubt


class SeveralCauses(Exception):  # noqa: N818 - no error of its own: a carrier of some
    """More than one cause in one check, each of which is said by itself."""

    def __init__(self, causes: Sequence[PozkError]) -> None:
        super().__init__()
        self.causes = causes


@dataclass
class Inspection:
    """What checks share: the settings, the nodes, the opened database, and the keys that are known to be wrong.

    `wrong_keys` are named as lake and journal name what they were filled for. `closing` closes what was opened.
    """

    settings: Settings
    closing: ExitStack
    chain: ChainAccess = field(init=False)
    store: Store | None = None
    has_lake: bool = False
    has_journal: bool = False
    is_indexed: bool = False
    wrong_keys: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.chain = ChainAccess(self.settings)

    @property
    def wanted(self) -> IngestSettings:
        """Return what the indexer would be told."""
        return ingest_settings(self.settings, None)

    @property
    def contracts(self) -> dict[str, Address]:
        """Return the contract in use of each key, the token among them."""
        at = {name: entries[-1].address for name, entries in self.settings.contracts.by_name.items()}
        return at | {"token": self.settings.contracts.token}


@dataclass(frozen=True, slots=True)
class Check:
    """One check; it is left out where one that it needs has failed, since that failure would be said again."""

    name: str
    run: Callable[[Inspection], Said]
    needs: tuple[str, ...] = ()


def run_all(look: Inspection, checks: Sequence[Check]) -> list[CheckResult]:
    """Return what each check found, in order. A node that is down is no failure while more than half of them answer."""
    results: list[CheckResult] = []
    for check in checks:
        if not check.name.startswith(NODE):
            results = tolerate_silent_nodes(results)
        blocking = next((need for need in check.needs if not _is_met(need, results)), None)
        if blocking is None:
            found = _run(look, check)
            results += found
            if not any(result.exit_code for result in found):
                look.passed.add(check.name)
        else:
            results.append(CheckResult(check.name, 0, f"not tried: {blocking} failed", blocked_by=blocking))
    return results


def tolerate_silent_nodes(results: list[CheckResult]) -> list[CheckResult]:
    """Return the results with nodes that do not answer as warnings, as long as more than half of the nodes do."""
    nodes = [result for result in results if result.name.startswith(NODE)]
    if 2 * sum(result.exit_code == 0 and not result.is_warning for result in nodes) <= len(nodes):
        return results
    silent = [result for result in nodes if result.exit_code == RetryLaterError.exit_code]
    return [replace(result, exit_code=0, is_warning=True) if result in silent else result for result in results]


def _is_met(need: str, results: Sequence[CheckResult]) -> bool:
    named = [each for each in results if (each.name.startswith(NODE) if need == NODES else each.name == need)]
    if need == NODES:
        return any(each.exit_code == 0 and not each.is_warning for each in named)
    return not any(each.exit_code or each.blocked_by for each in named)


def _run(look: Inspection, check: Check) -> list[CheckResult]:
    try:
        found = check.run(look)
    except SeveralCauses as several:
        return [CheckResult(check.name, cause.exit_code, cause.line()) for cause in several.causes]
    except PozkError as error:
        return [CheckResult(check.name, error.exit_code, error.line())]
    except OSError as error:
        refusal = operating_system_error(error)
        return [CheckResult(check.name, refusal.exit_code, refusal.line())]
    if isinstance(found, Doubt):
        return [CheckResult(check.name, 0, found.said, is_warning=True)]
    return [CheckResult(check.name, 0, found)]
