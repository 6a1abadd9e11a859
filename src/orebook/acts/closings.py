"""Periods that were closed: what was said, at which head, and the stocks that were left over."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from orebook.acts.see import View
from orebook.model.absence import known
from orebook.model.document import Document
from orebook.model.entry import Body
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
                made = json.loads(text)
                if isinstance(made, dict):
                    found.append(made)
        return found

    def stocks(self) -> Stocks:
        """What was left of each lot: per component a value and its standard deviation."""
        found: Stocks = {}
        for figure in self.figures():
            name = str(figure.get("name", ""))
            if not name.startswith(STOCK) or not figure.get("value") or not figure.get("standard"):
                continue
            lot, _, component = name.removeprefix(STOCK).rpartition("/")
            pair = float(figure["value"]), float(figure["standard"])
            found.setdefault(lot, {})[component] = pair
        return found

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

    A closing supersedes the one before, so those are found along what each entry cites.
    """
    held = view.facts(ids=[ident]).get(Document, ident)
    made: list[Closing] = []
    at = held.ref.position if held is not None and known(held.format) == FORMAT else None
    while at is not None:
        entry = view.entry(at)
        count = entry.facts[0].get("facts", 1)
        parts = view.entries(at, at + (count if isinstance(count, int) else 1))
        made.append(Closing(ident, entry.leaf, at, _members(p.facts[0] for p in parts)))
        at = view.book.find(entry.supersedes[0]) if entry.supersedes else None
    return tuple(reversed(made))


def _members(bodies: Iterable[Body]) -> dict[str, str]:
    found = {}
    for body in bodies:
        carried = body.get("envelope")
        for one in carried if isinstance(carried, list) else ():
            if isinstance(one, dict) and "at" in one and "text" in one:
                found[str(one["at"])] = str(one["text"])
    return found


def before(period: str) -> str:
    """The period before a year, a month or a day, written alike.

    Refuses: ReaderError for a text that is none of these.
    """
    try:
        found = when(period)
    except BadDate as error:
        message = f"period: expected a year, a month or a day, such as 2025-10, found {period[:40]}"
        raise ReaderError(message) from error
    eve = found.first - dt.timedelta(days=1)
    return eve.isoformat()[: len(period)] if len(period) in {4, 7, 10} else ""
