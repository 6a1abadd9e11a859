"""Both doors of one book, made together and closed together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from litestar import asgi

from orebook.acts.badge import Now
from orebook.acts.jobs import Jobs, Order
from orebook.acts.receive import told_of
from orebook.acts.record import Record
from orebook.acts.uploads import Uploads
from orebook.book.office import Office
from orebook.web.api import epcis_table, table
from orebook.web.api.call import Limits
from orebook.web.api.counter import Counter
from orebook.web.api.door import Door
from orebook.web.desk import Desk


@dataclass(slots=True)
class Doors:
    """The doors, and what must be ended with them."""

    epcis: Door
    api: Door
    jobs: Jobs
    uploads: Uploads
    end: Callable[[], None]

    def handlers(self) -> list[Any]:
        """The doors as parts of an application."""
        return [_mounted(door) for door in (self.epcis, self.api)]

    async def open(self) -> None:
        """Takes up the documents that an earlier server left uncaptured."""
        self.jobs.resume()
        self.uploads.sweep()

    async def close(self) -> None:
        """Ends once what is being captured stands."""
        self.epcis.close()
        self.api.close()
        self.jobs.close()
        self.end()
        self.uploads.close()


def doors(
    book: Record,
    office: Office,
    inbox: Path | None,
    now: Now,
    desk: Desk,
    limits: Limits,
    readers: int = 0,
) -> Doors:
    """The doors of a book.

    Takes: `inbox`, the folder where documents wait to be captured; `readers`, how many processes
    may read documents beside this one, once many come.
    """

    from orebook.acts.intake import Intake  # late: chains of imports stay short

    intake = Intake(book, limits.document_events, readers)

    def take(stream: BinaryIO, order: Order) -> dict[str, object]:
        return told_of(intake.take(stream, order))

    jobs = Jobs(take, book.operator, office, inbox, now)

    uploads = Uploads(
        office, inbox.parent / "uploads" if inbox else None, now, limits.document_bytes
    )
    counter = Counter(book, office, jobs, now, desk.today, desk.look, intake.one, limits, uploads)
    counter.market, counter.beside = desk.featured.market, desk.beside
    return Doors(
        Door(counter, epcis_table.BASE, epcis_table.operations(limits), epcis=True),
        Door(counter, table.BASE, table.operations(limits)),
        jobs,
        uploads,
        intake.close,
    )


def _mounted(door: Door) -> Any:
    @asgi(door.base, is_mount=True, copy_scope=True)
    async def handler(scope: Any, receive: Any, send: Any) -> None:
        await door(scope, receive, send)

    return handler
