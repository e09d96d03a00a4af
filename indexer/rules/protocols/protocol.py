"""A protocol as a value: the contracts of a network, their events and the tables these become, its epochs, its rules.

It is handed to whoever filters, decodes, stores, sums up or reads logs; nothing below knows a network by name. Its SQL,
which turns the tables into facts, lies in `sql/protocols/<name>/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from indexer.rules.protocols.contract_views import ContractViews
from indexer.rules.protocols.signatures import Argument, EventType
from indexer.words.quantities import Hash32

PLACE = ("block_number", "log_index", "tx_index", "address")
"""The columns that say where a log stands, first in every table of events."""
_QUARANTINE = ("block_number", "block_hash", "log_index", "tx_index", "address", "event", "topics", "data", "reason")
_OWN = {
    "blocks": ("number", "hash", "parent_hash", "timestamp", "our_logs"),
    "quarantine": _QUARANTINE,
    "undecoded": _QUARANTINE,
}


@dataclass(frozen=True, slots=True)
class ClockEpochs:
    """Epochs by the timestamps of blocks: genesis and length are those of the configuration."""


@dataclass(frozen=True, slots=True)
class HeightEpochs:
    """Epochs of so many blocks each; epoch 0 begins with block `origin`."""

    blocks: int
    origin: int = 0


@dataclass(frozen=True, slots=True)
class EventEpochs:
    """An epoch begins with an event that names it: the protocol's step `epochs` finds them."""


EpochSource = ClockEpochs | HeightEpochs | EventEpochs


@dataclass(frozen=True, slots=True)
class EventTable:
    """A table of events: the kinds whose logs it holds, oldest first, and its columns after those of the place.

    A kind that came to have further arguments is a second kind of the same name: its new columns are `optional`, NULL
    in the rows of the first.
    """

    name: str
    kinds: tuple[EventType, ...]
    columns: tuple[Argument, ...]
    optional: frozenset[str]


@dataclass(frozen=True, eq=False)
class Protocol:
    """One network's contracts and what they say.

    `contracts` are the keys of `[contracts]` whose logs are ours, `addresses` further keys there, each with what it is
    to people. `counted` are the kinds that count (SPEC section 3), `further` those that are only kept. `first_kinds`
    are the names of the kinds for which ranges were proven that do not say so, `unblocking` of those that block no
    epoch when they are in quarantine. `limits` are the greatest values of
    arguments by name. `family` is that of its rulesets, `steps` are the SQL steps that later ones read by name, in
    order; its SQL lies in `package` where it is not in `sql/protocols/<name>/`. `reads` says what is read besides
    logs. `lean` names the columns of a table that money hangs on where its rows have many others: these come first,
    and have a sum of hashes of their own; `apart` (what, by what) is summed by another column's value. `history` are
    the tables of few rows of which an epoch reads what stands before its end, of `history_to_the_head` what stands
    anywhere; `large` those of which it may read more rows than one machine holds. `views` tell the contracts apart.
    """

    name: str
    contracts: Mapping[str, str]
    counted: tuple[EventType, ...]
    family: str
    further: tuple[EventType, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    first_kinds: tuple[str, ...] = ()
    unblocking: frozenset[str] = frozenset()
    epochs: EpochSource = ClockEpochs()
    steps: tuple[str, ...] = ()
    package: str = ""
    reads: tuple[str, ...] = ()
    limits: Mapping[str, int] = field(default_factory=dict)
    lean: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    apart: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    history_to_the_head: tuple[str, ...] = ()
    large: frozenset[str] = frozenset()
    views: ContractViews = field(default_factory=ContractViews)

    @cached_property
    def kinds(self) -> tuple[EventType, ...]:
        """Every kind that is fetched and has a table."""
        return self.counted + self.further

    @cached_property
    def by_name(self) -> Mapping[str, EventType]:
        """The kinds by name, the newest where there are several."""
        return {kind.name: kind for kind in self.kinds}

    @cached_property
    def by_topic(self) -> Mapping[Hash32, EventType]:
        """The kinds by their first topics."""
        return {kind.topic0: kind for kind in self.kinds}

    @cached_property
    def tables(self) -> Mapping[str, EventTable]:
        """The tables of events by name, in the order of the kinds."""
        kinds: dict[str, tuple[EventType, ...]] = {}
        for kind in self.kinds:
            kinds[kind.table] = (*kinds.get(kind.table, ()), kind)
        return {name: _event_table(name, own) for name, own in kinds.items()}

    @cached_property
    def counted_topics(self) -> frozenset[Hash32]:
        """What a range must be proven for before anything of it settles."""
        return frozenset(kind.topic0 for kind in self.counted)

    @cached_property
    def first_topics(self) -> frozenset[Hash32]:
        """What ranges were proven for that do not say so."""
        return frozenset(kind.topic0 for kind in self.kinds if kind.name in self.first_kinds)

    @cached_property
    def summed_tables(self) -> tuple[str, ...]:
        """The tables whose rows the ledger knows, all ordered by block."""
        return (*_OWN, *self.tables)

    @cached_property
    def _columns(self) -> Mapping[str, tuple[str, ...]]:
        return _OWN | {name: self._ordered(table) for name, table in self.tables.items()}

    def columns_of(self, table: str) -> tuple[str, ...]:
        """Return the columns of a table of the ledger in the order in which its rows are hashed."""
        return self._columns[table]

    def block_column(self, table: str) -> str:
        """Return the column that says in which block a row of the table is."""
        return self._columns[table][0]

    def _ordered(self, table: EventTable) -> tuple[str, ...]:
        columns = (*PLACE, *(argument.column for argument in table.columns))
        lean = self.lean.get(table.name, ())
        return (*lean, *(column for column in columns if column not in lean))


def _event_table(name: str, kinds: tuple[EventType, ...]) -> EventTable:
    columns: dict[str, Argument] = {}
    for kind in kinds:
        for argument in kind.arguments:
            known = columns.setdefault(argument.column, argument)
            if known.abi_type != argument.abi_type:
                raise ValueError(f"{name}.{argument.column} is {known.abi_type} and {argument.abi_type}")
    in_all = set.intersection(*({argument.column for argument in kind.arguments} for kind in kinds))
    return EventTable(name, kinds, tuple(columns.values()), frozenset(columns) - in_all)
