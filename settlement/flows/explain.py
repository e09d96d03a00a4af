"""Why an account is owed what it is owed: from the leaf back to proofs, stakes, factors and rounding."""

from dataclasses import dataclass

from indexer.words.errors import UnsoundError
from indexer.words.quantities import Address, Epoch
from settlement.flows.settle import Settler
from settlement.rules.allocation.amounts import BonusRows
from settlement.rules.allocation.bonus_pools import return_deposits
from settlement.rules.allocation.explanation import Explanation, Reason, explain_plain, order_rows, reasons_for_nothing
from settlement.rules.columns.conversions import amount_at
from settlement.rules.columns.ordering import rows_equal
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.epoch.causes import verify_settleable
from settlement.rules.epoch.settlement import Settlement, terms_in_force
from settlement.rules.epoch.stages import ROLE_OPENING
from settlement.rules.facts.account_facts import AccountFacts, RoleFacts
from settlement.rules.facts.aggregates import ROLE_RETURNED
from settlement.rules.facts.epoch_facts import Correction, EpochFacts, RulesetChoice


@dataclass(frozen=True, slots=True)
class Entitlement:
    """What an account is owed of a token before and after the epoch, in wei."""

    token: Address
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class OpeningBalance:
    """What an account brought along into the network, in wei of a token."""

    token: Address
    amount: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """An (app, role) in which the account has a part and is paid nothing of the emission, with the reasons."""

    facts: RoleFacts
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class AccountStory:
    """Everything that is known of an account in a settled epoch; a voided one pays nothing of the emission."""

    account: Address
    epoch: Epoch
    entitlements: tuple[Entitlement, ...]
    explanation: Explanation
    is_voided: bool
    corrections: tuple[Correction, ...]
    opening: tuple[OpeningBalance, ...]
    nothing: tuple[Nothing, ...]
    facts: AccountFacts


def explain_account(settler: Settler, account: Address, epoch: Epoch) -> AccountStory:
    """Return the story of an account in a settled epoch; UnsoundError if it does not add up to the leaf."""
    previous, choice = settler.load_previous(epoch), settler.settled_choice(epoch)
    with settler.read_anew(epoch) as reading:
        facts, account_facts = reading.facts, reading.load_account(account)
    settlement = settler.compute(facts, previous, choice)
    explanation = _explain(facts, choice, account)
    corrections = tuple(row for row in facts.corrections if row.account == account)
    story = AccountStory(
        account=account,
        epoch=epoch,
        entitlements=_entitlements(account, previous.leaves, settlement.leaves),
        explanation=explanation,
        is_voided=settlement.is_voided,
        corrections=corrections,
        opening=_opening(settlement, account),
        nothing=() if settlement.is_voided else _nothing(explanation, account_facts),
        facts=account_facts,
    )
    _verify_adds_up(story, settler.network.token, settlement)
    return story


def project_account(settler: Settler, account: Address) -> AccountStory:
    """Return the story of an account in the open epoch, as if it ended with the newest final block; none is owed yet.

    Errors are those of settling it.
    """
    with settler.facts.load_open_facts() as reading:
        facts, account_facts = reading.facts, reading.load_account(account)
    explanation, is_voided = _explain(facts, settler.configured, account), verify_settleable(facts) is None
    return AccountStory(
        account=account,
        epoch=facts.epoch,
        entitlements=(),
        explanation=explanation,
        is_voided=is_voided,
        corrections=tuple(row for row in facts.corrections if row.account == account),
        opening=(),
        nothing=() if is_voided else _nothing(explanation, account_facts),
        facts=account_facts,
    )


def _explain(facts: EpochFacts, configured: RulesetChoice, account: Address) -> Explanation:
    """Return the amounts of the emission and of bonuses; in a voided epoch there are only deposits that came back."""
    if verify_settleable(facts) is None:
        return _explain_returned(return_deposits(facts.bonuses), account)
    return terms_in_force(facts, configured).explain(facts.aggregates, facts.bonuses, account)


def _explain_returned(back: BonusRows, account: Address) -> Explanation:
    rows = [
        explain_plain(back.app[at].tobytes(), back.token[at].tobytes(), ROLE_RETURNED, amount_at(back.amount, at))
        for at in rows_equal(back.account, account)
    ]
    return Explanation(account, order_rows(rows), None)


def _opening(settlement: Settlement, account: Address) -> tuple[OpeningBalance, ...]:
    amounts = settlement.amounts
    rows = [row for row in rows_equal(amounts.account, account) if amounts.role[row] == ROLE_OPENING]
    return tuple(OpeningBalance(Address(amounts.token[row].tobytes()), amount_at(amounts.amount, row)) for row in rows)


def _entitlements(account: Address, before: Leaves, after: Leaves) -> tuple[Entitlement, ...]:
    earlier, later = _owed(account, before), _owed(account, after)
    return tuple(Entitlement(token, earlier.get(token, 0), amount) for token, amount in later.items())


def _owed(account: Address, leaves: Leaves) -> dict[Address, int]:
    rows = rows_equal(leaves.account, account)
    return {Address(leaves.token[row].tobytes()): amount_at(leaves.cumulative, row) for row in rows}


def _nothing(explanation: Explanation, facts: AccountFacts) -> tuple[Nothing, ...]:
    emission = {(row.app, row.role): row for row in explanation.rows if row.token is None}
    found = [Nothing(role, reasons_for_nothing(role, emission.get((role.app, role.role)))) for role in facts.roles]
    return tuple(entry for entry in found if entry.reasons)


def _verify_adds_up(story: AccountStory, token: Address, settlement: Settlement) -> None:
    """Raise UnsoundError unless the explained amounts and corrections are what the leaves grew by."""
    explained: dict[bytes, int] = {}
    for row in story.explanation.rows:
        paid_in = row.token or token
        explained[paid_in] = explained.get(paid_in, 0) + row.amount
    added = [(row.token, row.amount) for row in story.corrections] + [(row.token, row.amount) for row in story.opening]
    for paid_in, amount in added:
        explained[paid_in] = explained.get(paid_in, 0) + amount
    grown = {entry.token: entry.after - entry.before for entry in story.entitlements}
    for paid_in in explained.keys() | grown.keys():
        if explained.get(paid_in, 0) != grown.get(Address(paid_in), 0):
            raise UnsoundError(
                f"the explanation of epoch {settlement.facts.epoch} does not add up to the leaf",
                expected=str(grown.get(Address(paid_in), 0)),
                got=str(explained.get(paid_in, 0)),
                remedy="run `pozk verify`",
            )
