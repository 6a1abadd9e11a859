"""Days that are asked for in an address."""

from __future__ import annotations

import datetime as dt

from orebook.model.problem import ReaderError


def day(name: str, text: str) -> str:
    """The day as ISO 8601 writes it. Refuses: ReaderError naming the parameter."""
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        message = f'{name}: expected a day such as 2027-01-01, found "{text[:40]}"'
        raise ReaderError(message) from None
