"""What the chain says of the rules before anything is indexed: the RulesetSet in force, from its logs."""

from __future__ import annotations

from indexer.ports.chain import Node
from indexer.rules.columns.logs import LogColumns
from indexer.words.blocks import BlockRange
from indexer.words.faults import UnreachableFault
from indexer.words.finality import Finality
from indexer.words.quantities import Address, BlockNumber, Epoch, Hash32
from settlement.rules.facts.epoch_facts import RulesetChoice, decode_ruleset_choice

_WORD_BYTES = 32


def fetch_choice_in_force(
    node: Node, kind: Hash32, parameters: Address, epoch: Epoch, finality: Finality
) -> RulesetChoice | None:
    """Return the RulesetSet (of topic `kind`) in force for an epoch by one node's final logs, None if there is none.

    RangeFault where the node does not answer for so many blocks.
    """
    final = node.fetch_head(finality).ref.number
    blocks = BlockRange(BlockNumber(0), final)
    logs = node.fetch_logs(blocks, [parameters], [kind]).sorted()
    in_force = [row for row in range(len(logs)) if _from_epoch(logs, row) <= epoch]
    if not in_force:
        return None
    row = max(in_force, key=lambda row: (_from_epoch(logs, row), row))
    data = logs.data_of(row)
    if len(data) != 2 * _WORD_BYTES:
        raise UnreachableFault("node answered a malformed RulesetSet", got=f"{len(data)} bytes", where=node.name)
    return decode_ruleset_choice(data[:_WORD_BYTES], int.from_bytes(data[_WORD_BYTES:], "big"))


def _from_epoch(logs: LogColumns, row: int) -> int:
    return int.from_bytes(logs.topics[row, 1].tobytes(), "big")
