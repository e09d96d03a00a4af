"""The file of opening balances that the configuration names."""

from pathlib import Path

from indexer.words.errors import InputError


class OpeningFile:
    """A file, or none at all."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    @property
    def where(self) -> str:
        """Return where it is, or what would name it."""
        return "settlement.opening" if self._path is None else str(self._path)

    def load(self) -> bytes | None:
        """Return its bytes, None if there is none; InputError if it cannot be read."""
        if self._path is None:
            return None
        if self._path.exists() and not self._path.is_file():
            raise InputError(
                "the opening balances are no file", expected="a file", got="something else", where=self.where
            )
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(
                "the file of opening balances cannot be read", got=str(error.strerror), where=self.where
            ) from error
