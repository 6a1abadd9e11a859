"""Periods that were closed: what was said, at which head, and the stocks that were left over."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from orebook.acts.see import View
from orebook.model.absence import known
from orebook.model.document import Document
from orebook.model.entry import Body, Entry
from orebook.model.facts import Head
from orebook.model.problem import ReaderError
from orebook.model.when import BadDate, when

FORMAT = "orebook/balance-finding"
STOCK = "stock/"
Stocks = dict[str, dict[str, tuple[float, float]]]


@dataclass(frozen=True, slots=True)
class Closing:
    """One closing of a period: `provisional` or `final`, with the head it is of.

    `leaf` and `position` are of the entry that says it; `members` are all it says, by pointer.
    """

    ident: str
    leaf: str
    position: int
    members: dict[str, str]

    @property
    def status(self) -> str:
        """Whether more may follow (`provisional`) or not (`final`)."""
        return self.members.get("/status", "provisional")

    @property
    def verdict(self) -> str:
        """What it found."""
        return self.members.get("/verdict", "cannot_be_told")

    @property
    def head(self) -> Head:
        """The head it was computed at."""
        size = self.members.get("/head/size", "0")
        return Head("", int(size) if size.isdecimal() else 0, self.members.get("/head/root", ""))

    def figures(self) -> list[dict[str, Any]]:
        """Its figures, as they were written."""
        found = []
        for at, text in self.members.items():
            if at.startswith("/figures/"):
                try:
                    made = json.loads(text)
                except (ValueError, RecursionError):
                    continue
                if isinstance(made, dict):
                    found.append(made)
        return found

    def stocks(self) -> Stocks:
        """What was left of each lot: per component a value and its standard deviation."""
        found: Stocks = {}
        for name, value, standard in self._left():
            if value is not None and standard is not None and standard > 0:
                lot, _, component = name.rpartition("/")
                found.setdefault(lot, {})[component] = value, standard
        return found

    def unused(self) -> tuple[str, ...]:
        """The stocks it names that nothing opens with: no finite figure, or no doubt above zero."""
        return tuple(
            name
            for name, value, standard in self._left()
            if value is None or standard is None or standard <= 0
        )

    def _left(self) -> Iterator[tuple[str, float | None, float | None]]:
        for figure in self.figures():
            name = str(figure.get("name", ""))
            if name.startswith(STOCK):
                value, standard = (_finite(figure.get(n)) for n in ("value", "standard"))
                yield name.removeprefix(STOCK), value, standard

    def opening(self) -> str:
        """What the next period opens with, and which of its stocks that could not use."""
        where, unused = f"{self.ident}, entry {self.position}", ", ".join(self.unused())
        said = f"Opens with the stocks of {where}."
        if not self.stocks():
            said = f"No stock of {where}, is used."
        if unused:
            said += f" Not used, for want of a finite figure with a doubt above zero: {unused}."
        return said

    def sentence(self) -> str:
        """When and as what it was closed."""
        day = self.members.get("/as_of", "a day not stated")
        said = self.members.get("/reasons/0", "")
        return (
            f"Closed on {day} at head {self.head.size}, {self.status}"
            f" (entry {self.position}): {self.verdict.replace('_', ' ')}. {said}"
        ).rstrip()


def closings_of(view: View, ident: str) -> tuple[Closing, ...]:
    """Every closing of a balance, the first first; the last is the one that holds.

    A closing supersedes the one before, so those are found along what each entry cites. Only who
    keeps the book closes its periods: what others state under that name is none, and hides none.
    """
    stated = view.facts(ids=[ident]).stated(Document, ident)
    begun = (view.entry(d.ref.position) for d in reversed(stated) if known(d.format) == FORMAT)
    entry = next((e for e in begun if _closes(view, e, ident)), None)
    made: list[Closing] = []
    while entry is not None and _closes(view, entry, ident):
        at, count = entry.position, entry.facts[0].get("facts", 1)
        parts = view.entries(at, at + (count if isinstance(count, int) else 1))
        said = _members(p.facts[0] for p in parts if _closes(view, p, ident, part=True))
        made.append(Closing(ident, entry.leaf, at, said))
        cited = entry.supersedes[0].partition("#")[0] if entry.supersedes else ""
        entry = view.entry(view.book.find(cited)) if cited else None
    return tuple(reversed(made))


def _closes(view: View, entry: Entry, ident: str, *, part: bool = False) -> bool:
    """Whether the book's operator states that closing there, or a further part of it."""
    body = entry.facts[0]
    named = str(body.get("id"))
    ours = entry.author == view.book.operator and entry.kind == "document"
    alike = named == ident or (part and named.startswith(f"{ident}#"))
    return ours and alike and body.get("format") == FORMAT


def _finite(value: object) -> float | None:
    """A figure as it was written; None for what is no finite number."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        made = float(value)
    except (ValueError, OverflowError):
        return None
    return made if math.isfinite(made) else None


def _members(bodies: Iterable[Body]) -> dict[str, str]:
    found = {}
    for body in bodies:
        carried = body.get("envelope")
        for one in carried if isinstance(carried, list) else ():
            if isinstance(one, dict) and "at" in one and "text" in one:
                found[str(one["at"])] = str(one["text"])
    return found


def before(period: str) -> str:
    """The period before a year, a month or a day, written alike; empty before the first there is.

    Refuses: ReaderError for a text that is none of these.
    """
    try:
        found = when(period)
    except BadDate as error:
        message = f"period: expected a year, a month or a day, such as 2025-10, found {period[:40]}"
        raise ReaderError(message) from error
    if found.first == dt.date.min:
        return ""
    eve = found.first - dt.timedelta(days=1)
    return eve.isoformat()[: len(period)] if len(period) in {4, 7, 10} else ""
