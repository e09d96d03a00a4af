"""The checks of the contracts: each by what the others say of it, and by what it would answer to a vote."""

import difflib
import hashlib

from deploy.artifacts import Artifact, load_artifact
from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from indexer.words.faults import RangeFault
from indexer.words.quantities import Address, Epoch, Hash32, to_hex
from settlement.adapters.chain.chain_rules import fetch_choice_in_force
from settlement.adapters.chain.wiring import read_codes, read_desk, read_opening_file, read_wiring
from settlement.adapters.store.opening_file import OpeningFile
from settlement.entry.checks.inspection import Doubt, Inspection, Said, SeveralCauses
from settlement.entry.views.output import note
from settlement.flows.before_vote import verify_executed
from settlement.rules.contracts.wiring import Wiring, find_misfits, is_code_of
from settlement.rules.epoch.read_report import parse_stored
from settlement.rules.facts.epoch_facts import RulesetChoice, describe_difference
from settlement.rules.rulesets.registry import names_of

_DESK = "task_market.desk"
ARTIFACTS = {
    "app_registry": "AppRegistry",
    "staking": "Staking",
    "task_market": "TaskMarket",
    _DESK: "MarketDesk",
    "parameters": "Parameters",
    "distributor": "RewardDistributor",
}
_CONTENT = ("TotalMissing", "TotalFalls", "GrowthAboveCap")
"""Refusals of what an empty vote says, not of voting."""
_CLOCK_KEYS = ("genesis", "length_seconds", "first")


def check_contracts(look: Inspection) -> Said:
    """Ask the contracts about each other, and hold their code against the build where there is one."""
    at, state = look.contracts, look.chain.state
    codes = state.at_newest(lambda newest: read_codes(newest, at))
    if empty := [key for key, code in codes.items() if not code]:
        look.wrong_keys |= set(empty)
        raise SeveralCauses([_no_code(key, at[key]) for key in empty])
    wiring = state.at_newest(lambda newest: read_wiring(newest, look.settings.protocol.views, at))
    if misfits := find_misfits(wiring):
        look.wrong_keys |= {key for misfit in misfits for key in misfit.keys}
        raise SeveralCauses([misfit.error for misfit in misfits])
    _verify_clock(look, wiring)
    said = f"{len(at)} contracts name each other"
    desk = state.at_newest(lambda newest: read_desk(newest, at["task_market"]))
    doubts = _other_code(codes | {_DESK: desk})
    if not any(_named_distributor(wiring)):
        doubts.append("parameters name no distributor yet (setDistributor): no epoch can be voided")
    return Doubt(f"{said}; {'; '.join(doubts)}") if doubts else said


def _no_code(key: str, address: Address) -> InputError:
    return InputError(
        f"no contract at contracts.{key}", expected="code", got="none", where=to_hex(address), remedy="correct it"
    )


def _named_distributor(wiring: Wiring) -> bytes:
    named = wiring.found["parameters"].views["distributor"]
    return named if isinstance(named, bytes) else b""


def _other_code(codes: dict[str, bytes]) -> list[str]:
    """Return which contracts have other code than the build at hand; nothing where nothing is built."""
    others = []
    for key, name in ARTIFACTS.items():
        artifact = _artifact(name)
        if artifact is not None and not is_code_of(codes[key], artifact.deployed, artifact.immutables):
            others.append(key)
    return [f"of other code than this build: {', '.join(others)} (compare the source before you trust it)"] * bool(
        others
    )


def _artifact(name: str) -> Artifact | None:
    try:
        found = load_artifact(name)
    except InputError:
        return None
    return found if found.deployed else None


def _verify_clock(look: Inspection, wiring: Wiring) -> None:
    """Remember which keys of [epoch] are wrong; the distributor's check says it."""
    clock = look.settings.clock
    configured = (clock.genesis, clock.length_seconds, clock.first)
    held = wiring.clock
    look.wrong_keys |= {key for key, ours, theirs in zip(_CLOCK_KEYS, configured, held, strict=True) if ours != theirs}


def check_distributor(look: Inspection) -> Said:
    """Hold the epoch constants that all contracts share against the configuration."""
    at, clock = look.contracts, look.settings.clock
    views, own = look.settings.protocol.views, {"distributor": at["distributor"]}
    found = look.chain.state.at_newest(lambda newest: read_wiring(newest, views, own)).found
    configured = (clock.genesis, clock.length_seconds, clock.first)
    causes = [
        InputError(
            f"the distributor holds another {key}",
            expected=str(held),
            got=str(ours),
            where=f"epoch.{key} in pozk.toml",
            remedy=f"correct epoch.{key}",
        )
        for key, ours, held in zip(_CLOCK_KEYS, configured, found["distributor"].clock(views), strict=True)
        if ours != held
    ]
    if causes:
        raise SeveralCauses(causes)
    return f"constants agree; votes are open for epoch {look.chain.distributor.next_epoch()}"


def check_ruleset(look: Inspection) -> Said:
    """Say which ruleset is in force; a configuration that differs is noted, for the chain wins."""
    rules, known = look.settings.rules, names_of(look.settings.protocol.family)
    if rules.ruleset not in known:
        near = difflib.get_close_matches(rules.ruleset, known, n=1)
        raise InputError(
            "settlement.ruleset is unknown",
            expected=" or ".join(known),
            got=rules.ruleset[:100],
            remedy=f"did you mean {near[0]}?" if near else "correct it",
        )
    configured = RulesetChoice(rules.ruleset, rules.residual)
    try:
        said = _choice_on_chain(look)
    except RetryLaterError as error:
        return f"{rules.ruleset} with {rules.residual}; the RulesetSet in force is not known yet: {error.what}"
    if (difference := describe_difference(said, configured)) is not None:
        note(difference)
    used, source = (configured, "the configuration, no RulesetSet is in force") if said is None else (said, "the chain")
    if used.ruleset not in known:
        raise UnsoundError(
            "the ruleset in force is unknown here",
            expected=" or ".join(known),
            got=used.ruleset,
            remedy="use a version of pozk that knows it",
        )
    return f"{used.ruleset} with {used.residual}, from {source}" + (f"; {difference}" if difference else "")


def _choice_on_chain(look: Inspection) -> RulesetChoice | None:
    """Return the RulesetSet in force by the lake, or before there is one by the logs of the newest nodes."""
    if look.store is not None and look.is_indexed and "lake" in look.passed and not look.wrong_keys:
        return look.store.lake_facts.load_choice_in_force()
    if not {"contracts", "distributor"} <= look.passed:
        raise RetryLaterError("neither the lake nor the contracts were read")
    epoch, at = look.chain.distributor.next_epoch(), look.contracts["parameters"]
    finality, kind = look.wanted.finality, look.settings.protocol.by_name["RulesetSet"].topic0
    try:
        return look.chain.pool.attempt(lambda node: fetch_choice_in_force(node, kind, at, epoch, finality), rounds=1)
    except RangeFault as fault:
        raise RetryLaterError("the node answers few blocks at a time; run pozk index") from fault


def check_opening(look: Inspection) -> Said:
    """Hold the file of opening balances against the sha256 that the network has announced."""
    file, at = OpeningFile(look.settings.rules.opening), look.contracts["parameters"]
    announced = look.chain.state.at_newest(lambda newest: read_opening_file(newest, at))
    content = file.load()
    if not any(announced):
        if look.settings.rules.opening is not None and content is None:
            raise InputError("settlement.opening names no file", expected="a file", got="none", where=file.where)
        return "the network has announced no opening balances"
    if content is None:
        raise InputError(
            "the file of opening balances is missing",
            expected=f"a file with sha256 {to_hex(announced)}",
            got="none",
            where=file.where,
            remedy="get it from the network and name it by settlement.opening",
        )
    found = hashlib.sha256(content).digest()
    if found != announced:
        raise InputError(
            "the file of opening balances is another one",
            expected=f"sha256 {to_hex(announced)}",
            got=to_hex(found),
            where=file.where,
        )
    return f"{len(content):,} bytes with the sha256 that the network has announced"


def check_signer(look: Inspection) -> Said:
    """Say who signs, and whether it can pay for gas and vote."""
    wallet = look.chain.wallet()
    if not wallet.can_sign:
        return "no key: nothing can be sent (settle, verify and proof need none)"
    balance, account = wallet.fetch_balance(), to_hex(wallet.address)
    if balance == 0:
        raise InputError("the signer cannot pay for gas", expected="a balance", got="0", where=account)
    voter = look.chain.distributor.voter_of(wallet.address)
    if voter == wallet.address:
        return f"{account}, a committee member, {balance} wei for gas"
    if voter is not None:
        return f"{account}, the hot key of {to_hex(voter)}, a committee member, {balance} wei for gas"
    return Doubt(f"{account}, NOT on the committee: settle --publish would be refused; {balance} wei for gas")


def check_reports(look: Inspection) -> Said:
    """Hold every report that the committee executed against ours."""
    if look.store is None or not look.has_journal:
        return "none is settled here"
    store = look.store
    count = verify_executed(look.chain.distributor, store.journal, store.artifacts, store.peers.find)
    return f"{count} executed by the committee are ours" if count else "none is settled here and executed"


def check_challenges(look: Inspection) -> Said:
    """Say which pending roots somebody has challenged for a bond, and from when on they can be activated."""
    found = look.chain.distributor.open_challenges()
    if not found:
        return "no pending root is challenged"
    said = [
        f"the root of epoch {each.epoch} is challenged by {to_hex(each.by)} and can be activated from time "
        f"{each.active_at} on"
        for each in found
    ]
    return Doubt("; ".join([*said, "compare it with yours: `pozk verify`"]))


def check_vote(look: Inspection) -> Said:
    """Try a vote for the epoch that is next, without sending it: ours where it is settled, else an empty one."""
    distributor = look.chain.distributor
    epoch, members = distributor.next_epoch(), distributor.members()
    wallet = look.chain.wallet()
    voter = distributor.voter_of(wallet.address) if wallet.can_sign else None
    sender = voter or members[0]
    settled = look.store.journal.load_report(epoch) if look.store is not None and look.has_journal else None
    if settled is None:
        data = distributor.encode_vote(epoch, Hash32(b"\1" * 32), [], Hash32(b"\1" * 32))
    else:
        totals = parse_stored(settled).cumulative_totals
        data = distributor.encode_vote(epoch, settled.root, totals, settled.report_hash)
    refusal = distributor.try_call(Address(sender), data)
    what = f"{'our' if settled else 'an empty'} vote for epoch {epoch}"
    if refusal is None:
        return f"{what} would be taken"
    if refusal.words.startswith("EpochNotEnded"):
        return f"votes for epoch {epoch} are taken once it has ended"
    if settled is None and refusal.words.startswith(_CONTENT):
        return f"a vote for epoch {epoch} would be taken, were it not empty"
    return _refused(what, epoch, refusal.words, passes=refusal.passes)


def _refused(what: str, epoch: Epoch, words: str, *, passes: bool) -> Said:
    if passes:
        raise RetryLaterError(f"{what} would be refused for now", got=words, remedy="publish later")
    raise UnsoundError(
        f"{what} would be refused",
        expected="a vote that is taken",
        got=words,
        remedy=f"compare with the committee: `pozk verify --epoch {epoch}`",
    )
