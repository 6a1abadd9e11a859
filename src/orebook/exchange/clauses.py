"""Clauses of a contract out of the text of its pages, by the numbers that open them.

A number opens a clause where it follows on from the one before: a figure, a date or a table row
that begins a line does not. A list of contents, running heads and page numbers are left aside.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST = 2000
_LONG = 300
_WORD = re.compile(
    r"(?:article|section|clause|art\.)\s+(\d{1,3}(?:\.\d{1,3}){0,4}|[IVXLC]{1,7})\b(.*)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,4})[.)]?\s+(\S.*)")
_ANNEX = re.compile(
    r"((?:schedule|annex|annexure|appendix|exhibit)\s+(?:[A-Z]|\d{1,2}|[IVX]{1,5}))\b(.*)",
    re.IGNORECASE,
)
_LEADERS = re.compile(r"(?:\.\s?){4,}\d*\s*$|\s{3,}\d{1,4}\s*$")
_MONTH = re.compile(
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)
# A line that ends in one of these goes on: it is no heading.
_OPEN = frozenset(
    {
        "a",
        "an",
        "and",
        "as",
        "at",
        "by",
        "for",
        "from",
        "in",
        "into",
        "is",
        "of",
        "on",
        "or",
        "that",
    }
    | {"the", "to", "under", "with"}
)
_EDGES = " .:–—-)\t"
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause as found: its number as printed, its heading if any, its words, its first page."""

    number: str
    title: str
    text: str
    page: int


@dataclass(frozen=True, slots=True)
class _Line:
    page: int
    text: str


@dataclass(frozen=True, slots=True)
class _Opening:
    """Where a clause opens: the line, its number, and what follows the number on that line."""

    at: int
    number: str
    rest: str


def clauses(pages: Sequence[str]) -> tuple[Clause, ...]:
    """The clauses of a text in their order, annexes last; none where nothing is numbered in order.

    Takes: the text of each page. Unknown: where scanning lost a number, what it opened stands under
    the one before.
    """
    lines = list(_lines(pages))
    runs = _runs(lines)
    if not runs:
        return ()
    # A list of contents is numbered like the text and holds fewer lines of it.
    ends = [*(run[0].at for run in runs[1:]), len(lines)]
    best = max(range(len(runs)), key=lambda n: ends[n] - runs[n][0].at - len(runs[n]))
    run = runs[best]
    run += _annexes(lines, run[-1].at + 1)
    stops = [*(o.at for o in run[1:]), len(lines)]
    return tuple(_clause(o, lines, stop) for o, stop in zip(run, stops, strict=True))


def _runs(lines: Sequence[_Line]) -> list[list[_Opening]]:
    """Every numbering that begins at one, in order."""
    worded = sum(1 for t in lines if len(t.text) <= _LONG and _WORD.fullmatch(t.text)) > 1
    runs: list[list[_Opening]] = []
    path: Path = ()
    for at, line in enumerate(lines):
        opened = _opening(line.text, path, worded=worded)
        if opened is None:
            continue
        path, number, rest = opened
        if path == (1,):
            runs.append([])
        runs[-1].append(_Opening(at, number, rest))
        if sum(map(len, runs)) >= MOST:
            break
    return runs


def _lines(pages: Sequence[str]) -> Iterator[_Line]:
    """The lines of all pages, without what stands at the edge of most pages alike."""
    split = [[" ".join(t.split(" ")).strip() for t in page.splitlines()] for page in pages]
    split = [[t for t in page if t] for page in split]
    edges = Counter(key for page in split for key in {_alike(t) for t in (*page[:2], *page[-2:])})
    often = {key for key, n in edges.items() if n >= 3 and n * 2 > len(split)}
    for number, page in enumerate(split, 1):
        last = len(page) - 1
        for place, told in enumerate(page):
            edge = place < 2 or place >= last - 1
            if not (edge and (_alike(told) in often or told.isdigit())):
                yield _Line(number, told)


def _alike(line: str) -> str:
    return re.sub(r"\d+", "0", line.casefold())


def _opening(line: str, path: Path, *, worded: bool) -> tuple[Path, str, str] | None:
    """Path, number as printed and the rest, where the line opens the next clause."""
    if len(line) > _LONG or _LEADERS.search(line):
        return None
    word = _WORD.fullmatch(line)
    found = word or _NUMBER.fullmatch(line)
    if found is None:
        return None
    number, rest = found[1], found[2].lstrip(_EDGES)
    told = _path(number)
    if word is not None:
        # A sentence may go on with "Article 5 shall…": a heading says no more than a few words.
        heading = len(rest) < 90 and not rest[:1].islower()
        follows = told[:1] > path[:1] or _next(told, path) or told == (1,)
        return (told, number, rest) if heading and follows else None
    if worded and len(told) == 1:
        return None
    plain = rest[:1].isupper() and not _MONTH.match(rest) if len(told) == 1 else bool(rest)
    return (told, number, rest) if plain and (_next(told, path) or told == (1,)) else None


def _path(number: str) -> Path:
    if number[0].isdigit():
        return tuple(int(n) for n in number.split("."))
    values = [_ROMAN[c] for c in number.upper()]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return (sum(-a if a < b else a for a, b in pairs),)


def _next(told: Path, path: Path) -> bool:
    """Whether a number follows on from another: one deeper, or the next at any depth above."""
    if not path:
        return told == (1,)
    if told == (*path, 1):
        return True
    depth = len(told) - 1
    return depth < len(path) and told == (*path[:depth], path[depth] + 1)


def _clause(opened: _Opening, lines: Sequence[_Line], stop: int) -> Clause:
    """A short opening is a heading, with a full stop or alone on its line; else it is the text."""
    words = [line.text for line in lines[opened.at + 1 : stop]]
    page, rest = lines[opened.at].page, opened.rest
    title, dot, more = rest.partition(". ")
    if dot and _heading(title):
        return Clause(opened.number, title, " ".join([more, *words]).strip(), page)
    if _heading(rest.rstrip(":")):
        return Clause(opened.number, rest.rstrip(":"), " ".join(words), page)
    return Clause(opened.number, "", " ".join([rest, *words]).strip(), page)


def _heading(text: str) -> bool:
    few = len(text) <= 60 and len(text.split()) <= 8
    last = text.rpartition(" ")[2].casefold()
    return few and text[:1].isupper() and not text.endswith((".", ";", ",")) and last not in _OPEN


def _annexes(lines: Sequence[_Line], start: int) -> list[_Opening]:
    """Where annexes open after the last clause."""
    found = []
    for at in range(start, len(lines)):
        line = lines[at].text
        told = _ANNEX.fullmatch(line) if len(line) <= 90 else None
        if told is None or _LEADERS.search(line):
            continue
        rest = told[2].strip(_EDGES)
        if not rest or rest[0].isupper():
            found.append(_Opening(at, told[1], rest))
    return found
