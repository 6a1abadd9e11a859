"""Documents that members hand over at a door: captured in the name of their organisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, Protocol, cast

from orebook.acts.jobs import Order, validation
from orebook.acts.record import Record
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
    def as_json(self) -> dict[str, object]: ...  # noqa: D102


def receive(book: Record, stream: BinaryIO, order: Order) -> Done:
    """Captures a document for an organisation. Refuses: as `capture`.

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
        wait=False,
    )
    done: Done = capture(cast("Any", book), stream, order.name, wish)
    return done


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
