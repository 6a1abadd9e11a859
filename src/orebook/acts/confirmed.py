"""What outside the book has confirmed its head, in sentences for every page."""

from __future__ import annotations

from orebook.acts.record import Record


def confirmed(book: Record) -> tuple[str, ...]:
    """One sentence per memory that knew this log when the book was opened; empty when none did.

    Where a memory lies is not told to readers.
    """
    known = [m for m in book.memory() if m.size is not None]
    return tuple(
        f"When this book was opened, a {m.kind} outside it knew this log at {m.size} entries, and"
        " the head agreed with it."
        for m in known
    )
