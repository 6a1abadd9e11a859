"""What a page handler gives back, before any format is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orebook.acts.see import View
from orebook.model.problem import ReaderError
from orebook.web.addresses import Rest
from orebook.web.tables import Table

LIST_MAX = 200


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to the portal: what the reader looks at, which thing, with which query.

    `backing` is the file of deposits that headlines are held against and `market` the folder of
    statistics, where the keeper names one.
    """

    view: View
    rest: Rest
    query: Mapping[str, str]
    contact: str = ""
    backing: str = ""
    market: str = ""

    @property
    def ident(self) -> str:
        """The identifier asked for."""
        return self.query.get("id", "") if not self.rest.ident else self.rest.ident

    def number(self, name: str, default: int, most: int) -> int:
        """A small whole number of the query. Refuses: ReaderError for any other text."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > most:
            message = f'{name}: expected a whole number from 0 to {most}, found "{text[:40]}"'
            raise ReaderError(message)
        return int(text)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds: its title, the parts its template draws, its tables and plain data.

    `unknown` is what this page could not say; `versions` the engines and rules it used.
    """

    template: str
    title: str
    parts: Mapping[str, object] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    trail: tuple[tuple[str, str], ...] = ()
    badge: str = ""
    status: int = 200

    def table(self, key: str) -> Table | None:
        """The table of that key."""
        return next((t for t in self.tables if t.key == key), None)


@dataclass(frozen=True, slots=True)
class File:
    """Bytes to be handed out as they are."""

    data: bytes
    media_type: str
    name: str = ""


Answer = Page | File
