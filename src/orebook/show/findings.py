"""A finding in lines for a terminal: verdict, figures, why, what is missing; nothing said twice."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from orebook.model.finding import Figure, Finding, Missing
from orebook.show.numbers import number
from orebook.show.sentences import figure_text, verdict_text

WIDTH = 100
_BEFORE_UNIT = re.compile(r"(?<=\d) (?=(?:%|kg|t|ppm|points?|days?|USD)\b|%)")
_CLOSING = "break_even/"
_CLOSES = " at which the gap closes"
_NAMES = {
    "in": "went in",
    "out": "came out",
    "gap": "gap, out minus in",
    "gap_in_doubts": "gap in standard uncertainties",
}


def finding_lines(finding: Finding) -> Iterator[str]:
    """A finding, its parts below it; what several parts say alike is said once, at the end."""
    alike = _said_by_many(finding)
    yield from wrapped(f"{finding.question or finding.engine}: {verdict_text(finding.verdict)}")
    if finding.subject and finding.subject not in finding.question:
        yield from wrapped(f"of {finding.subject}", "  ")
    yield from _figures(finding, "  ")
    yield from _reasons(finding, alike | {r for p in finding.parts for r in p.reasons}, "  ")
    for part in finding.parts:
        yield from _part(part, alike, "  ")
    for assumption in _all(finding, "assumptions"):
        yield from wrapped(f"assumed: {assumption}", "  ")
    for reason in sorted(alike, key=_all(finding, "reasons").index):
        yield from wrapped(f"throughout: {reason}", "  ")
    yield from _missing(finding)
    head = finding.head
    if head.size:
        yield f"  as of {finding.as_of}, head of {number(head.size)} entries, {finding.version}"
    else:
        yield f"  {finding.version}, without a book"


def wrapped(text: str, indent: str = "", hang: str = "    ") -> list[str]:
    """The text in lines of at most 100 columns, long names and figures stay whole."""
    return textwrap.wrap(
        _BEFORE_UNIT.sub("\u00a0", text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_long_words=False,
        break_on_hyphens=False,
    )


def missing_text(missing: Missing) -> str:
    """One missing fact in words; its subject is named once."""
    of = "" if missing.subject in missing.what else f" of {missing.subject}"
    return f"{missing.what}{of}: {missing.why}"


def _part(part: Finding, alike: set[str], indent: str) -> Iterator[str]:
    title = part.component or part.question
    yield from wrapped(f"{title}: {verdict_text(part.verdict)}", indent)
    yield from _figures(part, indent + "  ")
    yield from _reasons(part, alike, indent + "  ")
    for inner in part.parts:
        yield from _part(inner, alike, indent + "  ")


def _figures(finding: Finding, indent: str) -> Iterator[str]:
    shown = [f for f in finding.figures if not f.name.startswith(_CLOSING)]
    for figure in shown:
        name = _NAMES.get(figure.name) or figure.label or figure.name
        yield from wrapped(f"{name}: {figure_text(figure)}", indent)
    closing = [f for f in finding.figures if f.name.startswith(_CLOSING)]
    if closing:
        yield f"{indent}any one of these alone would close the gap:"
        for figure in closing:
            yield from wrapped(_closing(figure), indent + "  ")


def _closing(figure: Figure) -> str:
    """The engine's label already holds the value and what was stated."""
    return figure.label.replace(_CLOSES, "")


def _reasons(finding: Finding, without: set[str], indent: str) -> Iterator[str]:
    for reason in finding.reasons:
        if reason not in without:
            yield from wrapped(reason, indent)


def _missing(finding: Finding) -> Iterator[str]:
    texts = dict.fromkeys(missing_text(m) for m in _every_missing(finding))
    if texts:
        yield "  missing:"
        for text in texts:
            yield from wrapped(text, "    ")


def _every_missing(finding: Finding) -> Iterator[Missing]:
    yield from finding.missing
    for part in finding.parts:
        yield from _every_missing(part)


def _all(finding: Finding, name: str) -> list[str]:
    found = list(getattr(finding, name))
    for part in finding.parts:
        found += _all(part, name)
    return list(dict.fromkeys(found))


def _said_by_many(finding: Finding) -> set[str]:
    """Reasons that two parts or more give in the same words."""
    seen: dict[str, int] = {}
    for part in finding.parts:
        for reason in dict.fromkeys(part.reasons):
            seen[reason] = seen.get(reason, 0) + 1
    return {reason for reason, count in seen.items() if count > 1}
