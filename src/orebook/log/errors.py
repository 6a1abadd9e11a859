"""What the log refuses, told apart by whose move it is."""

from __future__ import annotations


class LogError(ValueError):
    """A refusal that names its place, what was expected and what was found.

    ``code`` is stable: tables of HTTP statuses and exit codes may be keyed by it.
    """

    code = "log"

    def __init__(self, place: str, expected: str, found: str = "") -> None:
        self.place = place
        self.expected = expected
        self.found = found
        tail = f", found {found}" if found else ""
        super().__init__(f"{place}: expected {expected}{tail}")


class Malformed(LogError):
    """The bytes are not of the form they claim; the sender can fix them."""

    code = "log.malformed"


class Tampered(LogError):
    """The form is right and the cryptography is not: stop, and tell everyone."""

    code = "log.tampered"


def show(data: bytes | str, limit: int = 40) -> str:
    """Gives a short printable form of foreign bytes, safe to put in a message."""
    text = data.decode("ascii", "backslashreplace") if isinstance(data, bytes) else data
    clean = text.encode("ascii", "backslashreplace").decode("ascii")
    return repr(clean if len(clean) <= limit else clean[:limit] + "…")
