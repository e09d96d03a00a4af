"""Signed votes as files: a folder that members share, or one that each of them serves over HTTP for the others.

A file says nothing that is believed: the contract decides whether the signature in it is good.
"""

import json
import posixpath
from collections.abc import Callable, Sequence
from typing import Any

import fsspec

from indexer.words.errors import InputError, PozkError, RetryLaterError, UnsoundError
from indexer.words.quantities import Address, Epoch, Hash32, to_hex
from settlement.rules.columns.strict_json import read_json
from settlement.words.signed_votes import Ballot, SignedVote

_WIDEST = 1 << 20
_LONGEST_SIGNATURE = 8_192


class VoteFiles:
    """Votes of members at `places`, folders or URLs: `EPOCH/ROUND-MEMBER.json` each. The first gets what is stored.

    `tell` hears of files that are no votes, and of places that do not answer.
    """

    def __init__(self, places: Sequence[str], tell: Callable[[str], None] | None = None) -> None:
        self._tell = tell
        try:
            self._places = [(place, *fsspec.core.url_to_fs(place.rstrip("/"))) for place in places]
        except (ValueError, ImportError) as error:
            raise InputError("not a place that votes can be at", got=str(error), where=", ".join(places)) from error

    def store(self, vote: SignedVote) -> str:
        """Put a vote at the first place and return where it lies; RetryLaterError if the place refuses."""
        place, files, root = self._places[0]
        name = _name(vote.ballot.epoch, vote.round, vote.member)
        path = posixpath.join(root, name)
        try:
            files.makedirs(posixpath.dirname(path), exist_ok=True)
            files.pipe_file(path, json.dumps(_document(vote), indent=1).encode())
        except Exception as error:  # fsspec's places each have errors of their own
            raise RetryLaterError("the vote cannot be put there", got=str(error), where=place) from error
        return f"{place.rstrip('/')}/{name}"

    def load(self, epoch: Epoch, turn: int, members: Sequence[Address]) -> list[SignedVote]:
        """Return the votes of these members for a round of an epoch, each once.

        A place that does not answer and a file that is no vote are told and left out: one member's must not keep the
        others from a quorum. RetryLaterError where no place answers.
        """
        found: dict[Address, SignedVote] = {}
        silent: list[RetryLaterError] = []
        for place, files, root in self._places:
            try:
                for member in members:
                    name = _name(epoch, turn, member)
                    content = _read(files, posixpath.join(root, name), place)
                    if content is not None and member not in found:
                        self._take(content, member, turn, f"{place}/{name}", found)
            except RetryLaterError as error:
                silent.append(error)
                self._say(error)
        if silent and len(silent) == len(self._places):
            raise silent[0]
        return [found[member] for member in sorted(found)]

    def _take(self, content: bytes, member: Address, turn: int, where: str, found: dict[Address, SignedVote]) -> None:
        try:
            found[member] = _parse(content, member, turn, where)
        except UnsoundError as error:
            self._say(error)

    def _say(self, error: PozkError) -> None:
        if self._tell is not None:
            self._tell(error.line())


def _read(files: Any, path: str, place: str) -> bytes | None:
    try:
        content: bytes = files.cat_file(path, end=_WIDEST)
    except FileNotFoundError:
        return None
    except Exception as error:  # fsspec's places each have errors of their own
        raise RetryLaterError(
            "votes cannot be read", got=str(error)[:200], where=place, remedy="call again, or leave this place out"
        ) from error
    return content


def _name(epoch: Epoch, turn: int, member: Address) -> str:
    return f"{epoch:08d}/{turn}-{to_hex(member)}.json"


def _document(vote: SignedVote) -> dict[str, Any]:
    ballot = vote.ballot
    return {
        "epoch": ballot.epoch,
        "root": to_hex(ballot.root),
        "totals": [{"token": to_hex(token), "cumulative": str(amount)} for token, amount in ballot.totals],
        "report_hash": to_hex(ballot.report_hash),
        "nonce": vote.nonce,
        "signature": to_hex(vote.signature),
    }


def _parse(content: bytes, member: Address, turn: int, where: str) -> SignedVote:
    try:
        found = read_json(content)
        totals = tuple((Address(_bytes(row["token"], 20)), int(row["cumulative"])) for row in found["totals"])
        root, report_hash = (Hash32(_bytes(found[name], 32)) for name in ("root", "report_hash"))
        ballot = Ballot(Epoch(int(found["epoch"])), root, totals, report_hash)
        signature = bytes.fromhex(found["signature"].removeprefix("0x"))[:_LONGEST_SIGNATURE]
        vote = SignedVote(ballot, member, turn, int(found["nonce"]), signature)
        written = _document(vote)
        said = {name: found[name] for name in written}
        if json.dumps(said, sort_keys=True) != json.dumps(written, sort_keys=True):  # also 9.0 for 9, true for 1
            raise ValueError("numbers or bytes that are written otherwise")
        return vote
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnsoundError(
            "this is no signed vote", expected="a file of `pozk committee sign`", got=str(error)[:200], where=where
        ) from error


def _bytes(text: str, length: int) -> bytes:
    found = bytes.fromhex(text.removeprefix("0x"))
    if len(found) != length:
        raise ValueError(f"{length} bytes of hex, got {len(found)}")
    return found
