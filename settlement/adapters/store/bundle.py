"""One settled epoch as a folder: report.json and its stages as Parquet; here or anywhere fsspec reads.

What a bundle says is proven by the digests in its report, never by the bytes of its files.
"""

import posixpath
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa

from indexer.adapters.store.parquet_rows import describe_fault
from indexer.words.errors import InputError, RetryLaterError, UnsoundError
from settlement.rules.columns.conversions import addresses_from_arrow, amounts_from_arrow
from settlement.rules.entitlements.ledger import Leaves
from settlement.rules.epoch.deposits import Deposits
from settlement.rules.epoch.stages import AmountRows
from settlement.rules.facts.aggregates import Aggregates, aggregates_from_arrow

_Loaded = TypeVar("_Loaded")
_BROKEN = (pa.ArrowException, OSError, ValueError, LookupError, TypeError, OverflowError, MemoryError)
"""What reading and converting a file that is damaged may raise."""


class PublishedBundle:
    """The folder of one epoch at a path or URL. Reading raises UnsoundError for a file that is missing or broken.

    `remedy` is what to do then.
    """

    def __init__(self, url: str, remedy: str = "ask for another copy of it") -> None:
        import fsspec

        self.url, self._remedy = url.rstrip("/"), remedy
        try:
            self._files, self._root = fsspec.core.url_to_fs(self.url)
        except (ValueError, ImportError) as error:
            raise InputError("not a place a bundle can be", got=str(error), where=url) from error

    def exists(self) -> bool:
        """Return whether the folder has a report; RetryLaterError if the place cannot be asked."""
        return self._read("report.json") is not None

    def load_document(self) -> bytes:
        """Return the bytes of the report."""
        return self.load_file("report.json")

    def load_aggregates(self) -> Aggregates:
        """Return the aggregates stage."""
        return self._load("aggregates", aggregates_from_arrow)

    def load_deposits(self) -> Deposits:
        """Return the deposits stage."""
        return self._load("deposits", _deposits_of)

    def load_amounts(self) -> AmountRows:
        """Return the amounts stage."""
        return self._load("amounts", _amounts_of)

    def load_leaves(self) -> Leaves:
        """Return the leaves stage, by (account, token)."""
        return self._load("leaves", _leaves_of)

    def load_file(self, name: str) -> bytes:
        """Return the bytes of one file."""
        content = self._read(name)
        if content is None:
            raise UnsoundError("a bundle lacks a file", expected=name, got="none", where=self.url, remedy=self._remedy)
        return content

    def _read(self, name: str) -> bytes | None:
        """Return the bytes of a file, None only where the place says that there is none."""
        try:
            return bytes(self._files.cat_file(self._path(name)))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except Exception as error:  # each kind of place has errors of its own
            raise RetryLaterError("a bundle cannot be read", got=str(error), where=f"{self.url}/{name}") from error

    def load_present(self, names: Sequence[str]) -> dict[str, bytes]:
        """Return those of the named files that are there, by name; places that can are asked for many at a time."""
        paths = {self._path(name): name for name in names}
        try:
            found = self._files.cat(list(paths), on_error="return")
        except FileNotFoundError:
            return {}
        except Exception as error:  # each kind of place has errors of its own
            raise RetryLaterError("a bundle cannot be read", got=str(error), where=self.url) from error
        present = {}
        for path, content in found.items():
            if isinstance(content, bytes):
                present[paths[path]] = content
            elif not isinstance(content, FileNotFoundError):
                raise RetryLaterError("a bundle cannot be read", got=str(content), where=path)
        return present

    def store_file(self, name: str, content: bytes) -> None:
        """Write one file, making the folder if it is not there; RetryLaterError if the place refuses."""
        self.store_files({name: content})

    def store_files(self, files: Mapping[str, bytes]) -> None:
        """Write several files by name, making the folders that are not there; RetryLaterError if the place refuses."""
        paths = {self._path(name): content for name, content in files.items()}
        try:
            for folder in {posixpath.dirname(path) for path in paths}:
                self._files.makedirs(folder, exist_ok=True)
            self._files.pipe(paths)
        except Exception as error:  # each kind of place has errors of its own
            where = f"{self.url}/{next(iter(files))}"
            raise RetryLaterError("a bundle cannot be written", got=str(error), where=where) from error

    def _load(self, name: str, read: Callable[[pa.Table], _Loaded]) -> _Loaded:
        import pyarrow.parquet as pq

        content = self.load_file(f"{name}.parquet")
        try:
            return read(pq.read_table(pa.BufferReader(content)))
        except _BROKEN as error:
            raise UnsoundError(
                "a file of a bundle is broken",
                expected="the Parquet that was written",
                got=describe_fault(error),
                where=f"{self.url}/{name}.parquet",
                remedy=self._remedy,
            ) from error

    def _path(self, name: str) -> str:
        return posixpath.join(self._root, name)


def open_bundle(place: str) -> PublishedBundle:
    """Return the bundle that a user names; InputError if none is there."""
    bundle = PublishedBundle(place)
    if not bundle.exists():
        raise InputError("no bundle is there", expected="the folder of one epoch with its report.json", where=place)
    return bundle


def _deposits_of(table: pa.Table) -> Deposits:
    return Deposits(
        app=addresses_from_arrow(table["app"]),
        token=addresses_from_arrow(table["token"]),
        account=addresses_from_arrow(table["account"]),
        deposited=amounts_from_arrow(table["deposited"]),
        returned=amounts_from_arrow(table["returned"]),
    )


def _amounts_of(table: pa.Table) -> AmountRows:
    return AmountRows(
        token=addresses_from_arrow(table["token"]),
        account=addresses_from_arrow(table["account"]),
        app=addresses_from_arrow(table["app"]),
        role=table["role"].to_numpy().astype(np.uint8),
        amount=amounts_from_arrow(table["amount"]),
    )


def _leaves_of(table: pa.Table) -> Leaves:
    return Leaves(
        account=addresses_from_arrow(table["account"]),
        token=addresses_from_arrow(table["token"]),
        cumulative=amounts_from_arrow(table["cumulative"]),
    )
