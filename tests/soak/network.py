"""The chain of a soak: its traffic goes on block by block while oracles work, and governance steps in between."""

from dataclasses import replace

from web3 import HTTPProvider, Web3

from deploy.artifacts import load_artifact
from deploy.devnet import advance_time, mine
from deploy.devnet.calendar import calendar_of
from deploy.devnet.challenge_plan import plan_challenge
from deploy.devnet.plan_words import Name, PlannedBlock, StepCall
from deploy.devnet.rpc import DevRpc, head_timestamp
from deploy.devnet.run import YoungDevnet

DISTRIBUTOR, PARAMETERS, TOKEN = "RewardDistributor", "Parameters", "token"
MOST_EPOCHS_AHEAD = 2
"""Ended epochs that may wait for a vote before the traffic waits for the oracles."""


class LiveNetwork:
    """`young` is driven up to the false root of its traffic and no further; the rest comes by `step`."""

    def __init__(self, young: YoungDevnet) -> None:
        self.young, self.devnet, self.rpc = young, young.devnet, DevRpc(young.devnet.rpc)
        self._blocks = [_without_late_voids(block, self.devnet.length_seconds) for block in young.plan.blocks]
        web3 = Web3(HTTPProvider(self.devnet.rpc))
        self.distributor = web3.eth.contract(
            Web3.to_checksum_address(self.devnet.addresses["distributor"]), abi=load_artifact(DISTRIBUTOR).abi
        )
        self.token = web3.eth.contract(
            Web3.to_checksum_address(self.devnet.addresses["token"]), abi=load_artifact("DevToken").abi
        )
        settings = self.devnet.settings
        until = plan_challenge(calendar_of(settings), settings.epochs)[-1].offset_seconds
        while self._blocks and self._blocks[0].offset_seconds <= until:
            self.young.drive(self._blocks.pop(0))

    @property
    def is_over(self) -> bool:
        """Whether the traffic is done and the last epoch has ended."""
        return not self._blocks

    @property
    def epoch(self) -> int:
        """The epoch of the newest block."""
        return (head_timestamp(self.rpc) - self.devnet.genesis) // self.devnet.length_seconds

    @property
    def block(self) -> int:
        """The number of the newest block."""
        return int(self.rpc.call("eth_blockNumber"), 16)

    @property
    def voting(self) -> int:
        """The epoch that is voted on."""
        return self._words("nextEpoch")[0]

    @property
    def active(self) -> int:
        """The newest active epoch, -1 before the first."""
        exists, epoch, _ = self._words("latestActive")
        return epoch if exists else -1

    def step(self) -> None:
        """Drive one block of the traffic, or one without, where the oracles have not voted for what has ended."""
        if self.is_over:
            self._pass_delay()
            mine(self.rpc)
            return
        follows = self.devnet.genesis + self._blocks[0].offset_seconds
        is_ahead = self.epoch - self.voting >= MOST_EPOCHS_AHEAD
        if is_ahead and head_timestamp(self.rpc) + 2 < follows:
            mine(self.rpc)
            return
        self.young.drive(self._blocks.pop(0))
        if self.is_over:
            self.young.end_traffic()
            self.rpc.call("evm_setAutomine", False)  # governance goes on, a block for each call

    def call(self, role: str, contract: str, function: str, *arguments) -> None:
        """Put one call into a block of its own, a second after the newest."""
        offset = head_timestamp(self.rpc) + 1 - self.devnet.genesis
        if self._blocks and offset >= self._blocks[0].offset_seconds:
            self.step()
            offset = head_timestamp(self.rpc) + 1 - self.devnet.genesis
        self.young.drive(PlannedBlock(offset, (StepCall(Name(role), Name(contract), function, arguments),)))

    def set_committee(self, members: list[str]) -> None:
        self.call("dao", DISTRIBUTOR, "setCommittee", tuple(sorted(members)), len(members) // 2 + 1)

    def pending(self) -> int | None:
        """The oldest epoch whose root waits for its activation."""
        oldest = self.active + 1
        return oldest if oldest < self.voting else None

    def _words(self, function: str, *arguments: int) -> list[int]:
        """Return what the distributor answers, by words: web3 asks twice for it, and a soak asks every turn."""
        call = {"to": self.distributor.address, "data": self.distributor.encode_abi(function, arguments)}
        answer = bytes.fromhex(self.rpc.call("eth_call", call, "latest").removeprefix("0x"))
        return [int.from_bytes(answer[at : at + 32]) for at in range(0, len(answer), 32)]

    def _pass_delay(self) -> None:
        """Let the chain's time pass by the delay of the oldest pending root, and no further."""
        epoch = self.pending()
        if epoch is None:
            return
        due = self._words("rootAt", epoch)[3]
        now = head_timestamp(self.rpc)
        if due > now:
            advance_time(self.rpc, due - now)


def _without_late_voids(block: PlannedBlock, length_seconds: int) -> PlannedBlock:
    """Leave out the void of an epoch that is over: here it is settled by then, and the contract refuses."""
    epoch = block.offset_seconds // length_seconds
    calls = (call for call in block.calls if call.function != "voidEpoch" or call.arguments[0] > epoch)
    return replace(block, calls=tuple(calls))
