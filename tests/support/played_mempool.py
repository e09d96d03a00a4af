"""A chain with a pool of waiting transactions, a wallet on it and a journal, in memory: the ports are ours.

Time is simulated: `sleep` moves it and mines. What goes wrong is drawn by a seed: answers lost before or after the node
acted, the process killed at any call, pools emptied, blocks reorganised away, base fees that leap.
"""

import hashlib
import json
import random
from dataclasses import dataclass, field, replace

from indexer.words.faults import UnreachableFault
from settlement.words.errors import CannotPayError, UnderpricedError
from settlement.words.intents import Call, FeeMarket, Intent, IntentState
from settlement.words.records import TransactionReceipt

ME, CONTRACT = b"\x01" * 20, b"\x02" * 20
BLOCK_SECONDS, FINAL_DEPTH = 12, 8
GWEI = 10**9


class Killed(BaseException):
    """The process ends here; what it had in memory is gone."""


@dataclass
class Faults:
    """How likely each fault is: at a call, or at a block."""

    lost: float = 0.0
    killed: float = 0.0
    dropped: float = 0.0
    reorganised: float = 0.0
    spike: float = 0.0


@dataclass
class PlayedMempool:
    """The chain and its pool. `executed` counts the calls of each subject in the canonical chain."""

    rng: random.Random = field(default_factory=lambda: random.Random(0))
    faults: Faults = field(default_factory=Faults)
    now: float = 0.0
    base_fee: int = 20 * GWEI
    blocks: list = field(default_factory=lambda: [{}])
    pool: dict = field(default_factory=dict)
    spike_left: int = 0
    mines: bool = True
    balance: int = 10**30
    refuses: bool = False
    counts: dict = field(default_factory=dict)

    def sleep(self, seconds):
        before, self.now = self.now, self.now + seconds
        for _ in range(int(self.now // BLOCK_SECONDS) - int(before // BLOCK_SECONDS)):
            self._block()

    def executed(self, subject):
        return sum(tx["subject"] == subject and tx["good"] for block in self.blocks for tx in block.values())

    def nonce(self, depth=0):
        return sum(len(block) for block in self.blocks[: len(self.blocks) - depth])

    def drop(self):
        self.pool.clear()

    def reorganise(self, depth, *, keeps=True):
        for block in self.blocks[-depth:]:
            for key, tx in block.items():
                if keeps:
                    self.pool[tx["nonce"]] = (key, tx)
        del self.blocks[-depth:]
        self.blocks += [{} for _ in range(depth)]

    def _block(self):
        self._move_base_fee()
        draw = self.rng.random()
        if draw < self.faults.reorganised and len(self.blocks) > 4:
            self._count("reorganised")
            self.reorganise(self.rng.randint(1, 3), keeps=self.rng.random() < 0.5)
        if self.rng.random() < self.faults.dropped and self.pool:
            self._count("dropped")
            self.drop()
        block, nonce = {}, self.nonce()
        while self.mines and nonce in self.pool and self.pool[nonce][1]["most"] >= self.base_fee:
            key, tx = self.pool.pop(nonce)
            block[key] = tx
            nonce += 1
        self.pool = {at: entry for at, entry in self.pool.items() if at >= nonce}
        self.blocks.append(block)

    def _move_base_fee(self):
        if self.spike_left == 0 and self.rng.random() < self.faults.spike:
            self._count("spike")
            self.spike_left = self.rng.randint(3, 20)
        up = self.spike_left > 0
        self.spike_left -= up
        self.base_fee = max(GWEI, min(400 * GWEI, self.base_fee * 9 // 8 if up else self.base_fee * 8 // 9))
        if up and self.rng.random() < 0.1:
            self.base_fee = min(400 * GWEI, 4 * self.base_fee)

    def _count(self, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1


@dataclass
class PlayedWallet:
    """The wallet of ME on a played chain."""

    chain: PlayedMempool
    address: bytes = ME
    contract: bytes = CONTRACT
    can_sign: bool = True
    signed: int = 0

    def estimate_gas(self, _purpose, _subject, _data):
        self._fault()
        if self.chain.refuses:
            from indexer.words.errors import UnsoundError

            raise UnsoundError("the contract refuses")
        return 50_000

    def fetch_market(self):
        self._fault()
        return FeeMarket(self.chain.base_fee, 2 * GWEI)

    def sign(self, call, nonce, fees):
        self.signed += 1
        tx = {"to": call.to.hex(), "subject": call.data.decode(), "nonce": nonce}
        tx |= {"most": fees.max_fee_wei, "tip": fees.tip_wei, "gas": call.gas}
        raw = json.dumps(tx).encode()
        return hashlib.sha256(raw).digest(), raw

    def read_call(self, attempt):
        tx = json.loads(attempt.raw)
        return Call(bytes.fromhex(tx["to"]), tx["subject"].encode(), tx["gas"])

    def send_raw(self, raw):
        self._fault()
        chain, tx = self.chain, json.loads(raw)
        key, there = hashlib.sha256(raw).digest(), self.chain.pool.get(tx["nonce"])
        if tx["most"] * tx["gas"] > chain.balance:
            raise CannotPayError("the signer cannot pay for gas")
        if tx["nonce"] >= chain.nonce() and (there is None or there[0] != key):
            if there is not None and tx["most"] < there[1]["most"] * 110 // 100:
                raise UnderpricedError("replacement transaction underpriced")
            tx["good"] = tx["to"] == CONTRACT.hex() and not chain.refuses
            chain.pool[tx["nonce"]] = (key, tx)
        self._fault()

    def fetch_receipt(self, transaction):
        self._fault()
        for number, block in enumerate(self.chain.blocks):
            if transaction in block:
                good = block[transaction]["good"] or block[transaction]["to"] == ME.hex()
                return TransactionReceipt(good, number, 50_000)
        return None

    def fetch_nonce(self):
        self._fault()
        return self.chain.nonce()

    def fetch_final(self):
        self._fault()
        return max(0, len(self.chain.blocks) - 1 - FINAL_DEPTH), self.chain.nonce(FINAL_DEPTH)

    def _fault(self):
        draw, faults = self.chain.rng.random(), self.chain.faults
        if draw < faults.killed:
            self.chain._count("killed")
            raise Killed
        if draw < faults.killed + faults.lost:
            self.chain._count("lost")
            raise UnreachableFault("the answer was lost")


@dataclass
class PlayedJournal:
    """Intents as a database keeps them: what was stored outlives the process."""

    rows: dict = field(default_factory=dict)
    final: set = field(default_factory=set)

    def open_intent(self, purpose, subject, sender, nonce, attempt):
        assert all(row.nonce != nonce or row.state is IntentState.REPLACED for row in self.rows.values())
        number = len(self.rows) + 1
        self.rows[number] = Intent(number, purpose, subject, sender, nonce, IntentState.OPEN, (attempt,))
        return self.rows[number]

    def add_attempt(self, intent, attempt):
        row = self.rows[intent.id]
        self.rows[intent.id] = replace(row, attempts=(*row.attempts, attempt))

    def list_open(self, sender):
        return sorted(self._of(sender, IntentState.OPEN), key=lambda row: row.nonce)

    def list_passing(self, sender):
        states = (IntentState.MINED, IntentState.REVERTED, IntentState.CANCELLED)
        return [row for row in self._of(sender, *states) if row.id not in self.final]

    def load_intent(self, number):
        return self.rows.get(number)

    def reopen_from(self, sender, nonce):
        for row in self.list_passing(sender):
            if row.nonce >= nonce:
                self.rows[row.id] = replace(row, state=IntentState.OPEN, block_number=None, gas_used=None)

    def close_intent(self, intent, state, receipt):
        found = (receipt.block_number, receipt.gas_used) if receipt else (None, None)
        row = self.rows[intent.id]
        self.rows[intent.id] = replace(row, state=state, block_number=found[0], gas_used=found[1])

    def mark_final(self, intent):
        self.final.add(intent.id)

    def states(self):
        return [row.state.value for row in self.rows.values()]

    def _of(self, sender, *states):
        return [row for row in self.rows.values() if row.sender == sender and row.state in states]
