"""Documents that members hand over at a door: captured in the name of their organisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, Protocol, cast

from orebook.acts.jobs import Order, validation
from orebook.acts.record import Receipt, Record
from orebook.model.problem import Problem


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
    @property
    def notes(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def receipt(self) -> Receipt | None: ...  # noqa: D102
    def as_json(self) -> dict[str, object]: ...  # noqa: D102


def receive(book: Record, stream: BinaryIO, order: Order, events_max: int = 0) -> Done:
    """Captures a document for an organisation. Refuses: as `capture`.

    Takes: `events_max`, how many events a document of a named format may hold; 0 sets no limit.

    A party speaks for itself alone, the operator for all. Tiles and proofs follow within the
    publishing interval; what is answered stands.
    """
    from orebook.acts.capture import capture

    wish = wish_of(book, order, events_max)
    done: Done = capture(cast("Any", book), stream, order.name, wish)
    return done


def wish_of(book: Record, order: Order, events_max: int) -> Any:
    """How a document is captured for an organisation: a `gather.Wish`."""
    from orebook.acts.gather import Wish  # late: chains of imports stay short

    keeper = order.organisation == book.operator
    return Wish(
        order.mode,
        wanted=order.format or None,
        author="" if keeper else order.organisation,
        alone=not keeper,
        wait=False,
        events_max=events_max if order.format else 0,
    )


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
        **({"notes": list(done.notes)} if done.notes else {}),
    }
