"""Documents that members hand over at a door: captured in the name of their organisation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, BinaryIO, Protocol, cast

from orebook.acts.jobs import Order, validation
from orebook.acts.record import Record
from orebook.exchange.format import Format, Read, Source
from orebook.model.problem import Problem, TooLarge


class Done(Protocol):
    """What became of one document; `acts.capture.Captured` is one."""

    @property
    def format(self) -> str: ...  # noqa: D102
    @property
    def document(self) -> str: ...  # noqa: D102
    @property
    def appended(self) -> dict[str, int]: ...  # noqa: D102
    @property
    def known(self) -> int: ...  # noqa: D102
    @property
    def facts(self) -> int: ...  # noqa: D102
    @property
    def problems(self) -> Sequence[Problem]: ...  # noqa: D102
    def as_json(self) -> dict[str, object]: ...  # noqa: D102


def receive(book: Record, stream: BinaryIO, order: Order, events_max: int = 0) -> Done:
    """Captures a document for an organisation. Refuses: as `capture`.

    Takes: `events_max`, how many events a document of a named format may hold; 0 sets no limit.

    A party speaks for itself alone, the operator for all. Tiles and proofs follow within the
    publishing interval; what is answered stands.
    """
    from orebook.acts.capture import Wish, capture

    keeper = order.organisation == book.operator
    wish = Wish(
        order.mode,
        wanted=order.format or None,
        author="" if keeper else order.organisation,
        alone=not keeper,
        door=_at_most(order.format, events_max) if events_max and order.format else None,
        wait=False,
    )
    done: Done = capture(cast("Any", book), stream, order.name, wish)
    return done


def _at_most(name: str, most: int) -> Format | None:
    """The format of that name, reading so many events; one more is a fault of the document."""
    from orebook.exchange.registry import formats  # late: chains of imports stay short

    chosen = next((f for f in formats() if f.name == name), None)
    if chosen is None:
        return None

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


def told_of(done: Done) -> dict[str, object]:
    """What became of a document, as members of its job."""
    return {
        "success": not done.problems,
        "errors": [validation(p) for p in done.problems[:1000]],
        "format": done.format,
        "document": done.document,
        "appended": done.appended,
        "alreadyInTheBook": done.known,
        "receipt": done.as_json()["receipt"],
    }
