"""A lot's balance for a terminal: the whole chain, then each event beside the lot on its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from orebook.acts.balance import Near
from orebook.acts.reconcile import Told
from orebook.engines.balance.words import ADDS_UP
from orebook.model.finding import Finding
from orebook.show.called import plain
from orebook.show.findings import wrapped
from orebook.show.numbers import number
from orebook.show.prose import prose
from orebook.show.sentences import figure_text, verdict_text


def told_lines(told: Told, names: Mapping[str, str]) -> Iterator[str]:
    """A network's answer in lines of at most 100 columns, with the head it is of.

    Takes: the names of lots and events, put in place of their identifiers.
    """
    for line in told.lines():
        text = plain(line.lstrip(), names)
        yield from wrapped(text, line[: len(line) - len(line.lstrip())]) or [""]
    if told.head is not None:
        if told.standing:
            yield from wrapped(told.standing)
        size = number(told.head.size)
        yield f"As of {told.as_of}, head of {size} entries, {told.version}."


def near_lines(near: Sequence[Near], names: Mapping[str, str]) -> Iterator[str]:
    """Each event in one line per component; where one does not add up, its rivals in order.

    Takes: names as `told_lines`.
    """
    for one in near:
        found = one.finding
        name = names.get(found.subject, found.subject)
        yield ""
        yield from wrapped(f"On its own, {name}: {verdict_text(found.verdict)}")
        for part in found.parts:
            yield from wrapped(_gap(part), "  ")
        yield from (line for a in found.assumptions for line in wrapped(f"assumed: {a}", "  "))
        yield from _rivals(one)


def _gap(part: Finding) -> str:
    gap = part.figure("gap")
    said = f"{part.component}: {verdict_text(part.verdict)}"
    if gap is None or gap.value is None:
        return said
    return f"{said}, out minus in {figure_text(gap)}"


def _rivals(one: Near) -> Iterator[str]:
    if one.rivals is None or one.finding.verdict == ADDS_UP:
        return
    yield "  any one of these alone would close it, the likeliest first where that can be told:"
    for place, rival in enumerate(one.rivals.parts, 1):
        yield from wrapped(f"{place}. {rival.question}: {prose(' '.join(rival.reasons))}", "    ")
    for reason in one.scrap.reasons if one.scrap is not None else ():
        yield from wrapped(f"declared scrap: {prose(reason)}", "  ")
    yield from wrapped(
        f"every break-even value: orebook balance --event {one.finding.subject}", "  "
    )
