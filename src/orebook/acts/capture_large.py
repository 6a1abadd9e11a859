"""Take a large document in: as any other, while memory holds a few hundred facts of it at a time.

It is read once from end to end; what is to be written waits on disk, sealed, and goes into the book
under one swap of the head, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from orebook.acts.gather import (
    Captured,
    Sheet,
    Wish,
    count_of,
    drafts_of,
    hides_any,
    judged,
    new_of,
    paper,
    states,
    trial_of,
)
from orebook.acts.rules import Rule, unmatched
from orebook.book.book import Book
from orebook.exchange.format import Read
from orebook.model.entry import Draft
from orebook.model.problem import Problem

PROBLEMS_MAX = 10_000  # that are told one by one


def capture_large(
    book: Book,
    spool: BinaryIO,
    first: bytes,
    sheet: Sheet,
    wish: Wish,
    progress: Callable[[int], None],
) -> Captured:
    """What became of a document, as `capture` says it. Refuses: as `capture`."""
    author = wish.author or book.operator
    chosen = wish.format(first, sheet.name)
    if isinstance(chosen, Problem):
        faults = (chosen.within("", sheet.name),)
        return Captured(sheet.name, "", sheet.document, {}, 0, faults, None, wish.dry_run)
    trial = trial_of(sheet.document, book.origin, author, book.operator, wish)
    source = wish.source(sheet.name, sheet.document)
    heard, fresh = _Heard(wish.seal), _Fresh(sheet.document)
    facts = heard.facts(judged(chosen, spool, source, trial, progress, wish.seal))
    with book.pending(sheet.document, wait=wish.wait) as pending:
        for draft in drafts_of(facts, sheet.document, author):
            for new in new_of(book, [draft]):
                fresh.count(new)
                if not wish.dry_run:
                    pending.add(new)
        known = heard.good - fresh.facts
        if fresh.facts and not fresh.stated:
            last = paper(sheet, chosen.name, fresh.author, fresh.facts, hides=fresh.hides)
            fresh.count(last)
            if not wish.dry_run:
                pending.add(last)
        loose = unmatched([r for r in wish.seal if r not in heard.matched], (), sheet.name)
        problems = (*heard.told(sheet.name), *loose)
        # A misspelt pointer must not publish what was to be sealed.
        refused = bool(loose) or (bool(problems) and wish.mode == "rollback")
        receipt = None
        if fresh.facts and not refused and not wish.dry_run:
            spool.seek(0)
            book.files.put_stream(spool, sheet.digest)
            receipt = pending.append()
    return Captured(
        sheet.name,
        chosen.name,
        sheet.document,
        {} if refused else fresh.counts,
        known,
        problems,
        receipt,
        wish.dry_run,
        tuple(source.notes),
    )


@dataclass(slots=True)
class _Heard:
    """What was read so far: how many facts, which rules have found their value, what is wrong."""

    rules: tuple[Rule, ...]
    good: int = 0
    matched: set[Rule] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    more: int = 0

    def facts(self, items: Iterable[Read | Problem]) -> Iterator[Read]:
        for item in items:
            if isinstance(item, Read):
                self.good += 1
                self.matched |= {rule for rule in self.rules if rule.matches(item)}
                yield item
            elif len(self.problems) < PROBLEMS_MAX:
                self.problems.append(item)
            else:
                self.more += 1

    def told(self, name: str) -> list[Problem]:
        """The faults, those beyond what is told one by one in one line."""
        if not self.more:
            return self.problems
        step = "Correct these first and send the document again."
        rest = Problem("more-faults", "", "no further fault", f"{self.more} more", step, name)
        return [*self.problems, rest]


@dataclass(slots=True)
class _Fresh:
    """What is to be written, counted."""

    document: str
    counts: dict[str, int] = field(default_factory=dict)
    author: str = ""
    stated: bool = False
    hides: bool = False

    @property
    def facts(self) -> int:
        return sum(self.counts.values())

    def count(self, draft: Draft) -> None:
        for kind, number in count_of([draft]).items():
            self.counts[kind] = self.counts.get(kind, 0) + number
        self.author = self.author or draft.author
        self.stated = self.stated or states(draft, self.document)
        self.hides = self.hides or hides_any(draft)
