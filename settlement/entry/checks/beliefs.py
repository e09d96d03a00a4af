"""What no rule can check under these settings, and is therefore believed: one line each."""

from indexer.words.levels import BLOOM, NONE
from settlement.entry.configuration.settings import Settings


def beliefs(settings: Settings) -> list[str]:
    """Return what is believed, and of whom."""
    chain = settings.chain
    lines = []
    if len(chain.rpc) == 1 and not chain.checkpoints:
        lines.append(
            "one node and no checkpoint: which chain is the right one and what of it is final is that node's word; "
            "add nodes to chain.rpc, or a block to chain.checkpoints"
        )
    if chain.level == NONE:
        lines.append('chain.verify = "none": that no log is missing or false is the word of each node asked')
    if chain.level == BLOOM:
        lines.append('chain.verify = "bloom": what logs say, and how many a block holds, is the word of the node asked')
    if chain.start_block and chain.vouch_start:
        lines.append(f"chain.vouch_start: that no log of ours lies below block {chain.start_block} is your word")
    return lines
