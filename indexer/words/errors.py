"""Errors sorted by what the caller must do next; each is one line and carries its exit code.

The line answers: what, expected, got, where, what to do (SPEC section 9).
"""


def printable(text: str) -> str:
    """Return a text of foreign origin with control, format and lone surrogate characters as escapes.

    Worked: an escape character that would colour a terminal becomes the four characters `\\x1b`.
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


class PozkError(Exception):
    """Root of every error this project raises on purpose.

    `exit_code` is the process exit code of SPEC section 9.
    """

    exit_code = 1

    def __init__(self, what: str, *, expected: str = "", got: str = "", where: str = "", remedy: str = "") -> None:
        self.what, self.expected, self.got, self.where, self.remedy = what, expected, got, where, remedy
        super().__init__(self.line())

    def line(self) -> str:
        """Return the error as one line without line breaks; what a terminal would obey is written out."""
        parts = [self.what]
        if self.expected:
            parts.append(f"expected {self.expected}")
        if self.got:
            parts.append(f"got {self.got}")
        if self.where:
            parts.append(f"at {self.where}")
        text = ", ".join(parts)
        if self.remedy:
            text += f"; {self.remedy}"
        return printable(" ".join(text.split()))


class UnsoundError(PozkError):
    """A difference or a state that must not be settled: we, or our inputs, are wrong. Stop. Exit code 1."""

    exit_code = 1


class BrokenFileError(UnsoundError):
    """A file that we wrote is missing, or is not what was written. Exit code 1."""


class CoverageGapError(UnsoundError):
    """Stored blocks that no range of the coverage ledger holds: whether all their logs are stored is not known."""


class InputError(PozkError):
    """The configuration, the command line or a file is wrong: fix it and call again. Exit code 2."""

    exit_code = 2


class RetryLaterError(PozkError):
    """A node or database is out of reach, or the chain is not far enough: call again later. Exit code 3."""

    exit_code = 3


class OutcomeUnknownError(PozkError):
    """A sent transaction whose fate is not known: look before acting again. Exit code 4."""

    exit_code = 4
