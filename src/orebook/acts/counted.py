"""A bound on the events of one document, kept while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from orebook.exchange.format import Format, Read, Source
from orebook.model.problem import Problem, TooLarge


def at_most(chosen: Format, most: int) -> Format:
    """A format, reading so many events; one more is a fault of the document."""

    def read(stream: BinaryIO, source: Source) -> Iterator[Read | Problem]:
        count = 0
        for item in chosen.read(stream, source):
            count += isinstance(item, Read) and item.kind == "event"
            if count > most:
                raise too_many(item.place if isinstance(item, Read) else "", most)
            yield item

    return replace(chosen, read=read)


def too_many(place: str, most: int) -> TooLarge:
    """What is said of a document with more events than are taken at once."""
    step = "Send the events in several documents."
    problem = Problem("too-large", place, f"at most {most} events", "more", step)
    return TooLarge(problem.text(), [problem])
