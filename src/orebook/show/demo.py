"""What the demo book answers, as text: no head, key or time is printed, so two runs agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from orebook.acts.deal import Deal
from orebook.acts.demo_findings import Findings
from orebook.acts.shipments import Box
from orebook.engines.evidence.statements import Group
from orebook.model.absence import Absent, known
from orebook.model.assay import Assay
from orebook.model.finding import Figure, Finding
from orebook.model.place import Facility
from orebook.show.deal import STATES, clock_text
from orebook.show.findings import wrapped
from orebook.show.numbers import number
from orebook.show.sentences import assay_text, figure_text, said_json, verdict_text
from orebook.show.topics import topic_text
from orebook.show.values import Said, say

BOXES = {
    "mass": "Mass",
    "grade": "Grade",
    "mine": "Mine",
    "hs_code": "HS code",
    "received": "Receipt",
}
_METAL = "Cu"
_GRADE = "break_even/assay:"


class Document(Protocol):
    """What is told of a document that was captured."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def format(self) -> str: ...  # noqa: D102
    @property
    def facts(self) -> int: ...  # noqa: D102


def demo_lines(captured: Sequence[Document], found: Findings) -> Iterator[str]:
    """The demo's findings for a terminal, story by story."""
    facts = sum(c.facts for c in captured)
    yield from wrapped(
        f"The demo book: {number(facts)} facts from {number(len(captured))} documents, read as of "
        f"{found.deal.facts.as_of}. It shows whether statements agree; it does not prove that the "
        "rock is the rock. Not found is not hidden.",
        hang="",
    )
    yield ""
    yield "A. THE FIRST SHIPMENT (real statements, each with its source)"
    yield from _boxes(found)
    yield from _deal(found.deal)
    yield from _pairs(found.pairs)
    yield ""
    yield "B. A COPPER SMELTER (a sample of the UN, not Pakistan)"
    yield from _smelter(found)
    yield ""
    yield "C. A RARE-EARTH CHAIN (invented)"
    yield from _chain(found.chain)


def _boxes(found: Findings) -> Iterator[str]:
    empty = [b for b in found.sheet.boxes if b.empty]
    yield from wrapped(
        f"What was shipped? {number(len(empty))} of {number(len(found.sheet.boxes))} boxes are "
        "empty.",
        "  ",
    )
    for box in found.sheet.boxes:
        said = box_said(box)
        until = f", looked for until {box.value.until}" if isinstance(box.value, Absent) else ""
        yield f"    {BOXES[box.name]:<10}{said.text}{until}"
    said_to_be = [say(content.text).text for content, _, _ in found.sheet.contents]
    if said_to_be:
        yield from wrapped(f"said to hold: {'; '.join(said_to_be)}", "    ")


def box_said(box: Box) -> Said:
    """What stands in a box, in words."""
    if isinstance(box.value, Assay):
        return Said(assay_text(box.value))
    if isinstance(box.value, Facility):
        return say(box.value.name)
    return say(box.value)


def _deal(found: Deal) -> Iterator[str]:
    if found.clock is not None:
        yield from wrapped(f"How long without a text? {clock_text(found.clock)}.", "  ")
    for other in found.comparators:
        title = say(other.agreement.title).text
        yield from wrapped(f"beside it, {title}: {clock_text(other)}", "    ")
    difference = known(found.agreement.difference)
    if found.comparators and difference is not None:
        yield from wrapped(f"how the two differ: {difference}", "    ")
    amounts = known(found.agreement.amounts) or ()
    figures = dict.fromkeys(say(a.amount).text for a in amounts)
    if amounts:
        yield from wrapped(
            f"One amount? {', '.join(figures)} with {number(len(amounts))} meanings, not added:",
            "  ",
        )
    for amount in amounts:
        claim = known(amount.claim)
        yield from wrapped(f"{say(amount.meaning).text}{f' [{claim}]' if claim else ''}", "    ")
    heard = found.voices
    yield from wrapped(
        f"How many voices? {number(len(heard.reports))} reports go back to {number(heard.stated)} "
        f"voices by the relays they state, to {number(heard.inferred)} with those inferred from "
        "their wording.",
        "  ",
    )
    lost = found.of("not_found")
    if lost:
        topics = ", ".join(topic_text(g.topic) for g in lost)
        yield from wrapped(f"Looked for and not found ({number(len(lost))}): {topics}.", "  ")


def _pairs(pairs: Sequence[Group]) -> Iterator[str]:
    if pairs:
        yield f"  Statements that contradict one another: {number(len(pairs))} pairs"
    for group in pairs:
        yield f"    {topic_text(group.topic)}"
        for line in group.lines:
            source = line.source
            who = say(source.publisher).text if source is not None else "source not stated"
            date = say(source.date).text if source is not None else "date not stated"
            value = say(line.claim.value).text
            yield from wrapped(f"“{value}”: {who}, {date} [{line.claim.id}]", "      ")


def _smelter(found: Findings) -> Iterator[str]:
    part = _of_metal(found.smelter)
    into, out, gap = (_figure(part, name) for name in ("in", "out", "gap"))
    yield from wrapped(
        f"Does it add up? {into} of copper in (if the concentrate is dry), {out} out: a gap of "
        f"{gap}.",
        "  ",
    )
    for figure in part.figures if part is not None else ():
        if figure.name.startswith(_GRADE) and figure.value is not None:
            label = figure.label.replace(" at which the gap closes", "")
            yield from wrapped(f"would close it: {label}", "    ")
    doubts = [m.what for m in found.smelter.missing if m.what.startswith("doubt")]
    yield from wrapped(
        f"as the papers stand: {verdict_text(found.smelter.verdict)}, for nobody stated how good "
        f"{number(len(doubts))} of the figures are",
        "    ",
    )
    named = " ".join(found.assumed.assumptions)
    yield from wrapped(f"assumed: {named}", "    ")
    yield from wrapped(f"so assumed: {verdict_text(found.assumed.verdict)}", "    ")
    yield "  What else could it be?"
    for rival in found.rivals.parts:
        verdict = verdict_text(rival.verdict)
        yield from wrapped(f"{rival.question}: {verdict}. {' '.join(rival.reasons)}", "    ")
    yield from wrapped(f"Ranked, so assumed. {' '.join(found.ranked.assumptions)}", "  ")
    for place, rival in enumerate(found.ranked.parts, 1):
        told = rival.figure("departure") is not None
        if told:
            yield from wrapped(f"{place}. {rival.question}, {' '.join(rival.reasons)}", "    ")
    yield from _scrap(found)
    yield "  Can all of it be true?"
    for fault in found.order.parts:
        yield from wrapped(" ".join(fault.reasons), "    ")


def _scrap(found: Findings) -> Iterator[str]:
    declared = _figure(found.scrap, "declared_scrap")
    recovery = _figure(found.scrap, "recovery", 3)
    wettest = _figure(found.scrap, "break_even_moisture", 2)
    left = _figure(found.damp, "unexplained")
    yield from wrapped(
        f"The passport declares recycled input, {declared} of it: does that cover the gap? "
        f"{verdict_text(found.scrap.verdict).capitalize()}: then {recovery} of the concentrate's "
        f"copper came out; above {wettest} moisture the scrap no longer covers it. Wet or dry is "
        "not stated.",
        "  ",
    )
    assumed = " ".join(found.damp.assumptions)
    yield from wrapped(f"assumed: {assumed} So assumed: {left} stay unexplained", "    ")


def _chain(chain: Sequence[Finding]) -> Iterator[str]:
    for finding in chain:
        parts = ", ".join(p.component for p in finding.parts)
        yield from wrapped(f"{finding.subject}: {verdict_text(finding.verdict)} ({parts})", "  ")
    whole = {f.verdict for f in chain}
    if whole == {"adds_up"}:
        yield from wrapped(
            f"All {number(len(chain))} steps add up within their stated doubt.", "  "
        )


def _of_metal(finding: Finding) -> Finding | None:
    return next((p for p in finding.parts if p.component == _METAL), None)


def _figure(finding: Finding | None, name: str, sig: int | None = None) -> str:
    """One figure in words, without the mark of an assumption that its sentence already makes."""
    figure: Figure | None = finding.figure(name) if finding is not None else None
    if figure is None:
        return "not told"
    return figure_text(figure, sig=sig).removesuffix(" (assumed)")


def demo_json(captured: Sequence[Document], found: Findings) -> dict[str, object]:
    """The demo's findings as plain members."""
    deal = found.deal
    return {
        "documents": [{"name": c.name, "format": c.format, "facts": c.facts} for c in captured],
        "shipment": {
            "id": found.sheet.shipment.id,
            "boxes": {b.name: said_json(box_said(b)) for b in found.sheet.boxes},
            "contents": [say(c.text).text for c, _, _ in found.sheet.contents],
        },
        "agreement": {
            "id": deal.agreement.id,
            "days": list(deal.clock.days) if deal.clock is not None else None,
            "amounts": [
                {"amount": say(a.amount).text, "meaning": say(a.meaning).text}
                for a in known(deal.agreement.amounts) or ()
            ],
            "reports": len(deal.voices.reports),
            "voices_stated": deal.voices.stated,
            "voices_inferred": deal.voices.inferred,
            "not_found": [g.topic for g in deal.of("not_found")],
        },
        "pairs": [
            {"property": g.topic, "state": STATES.get(g.state, g.state), "values": list(g.values)}
            for g in found.pairs
        ],
        "smelter": _plain(found.smelter),
        "smelter_assumed": _plain(found.assumed),
        "rivals": _plain(found.rivals),
        "scrap": _plain(found.scrap),
        "scrap_damp": _plain(found.damp),
        "ranked": _plain(found.ranked),
        "contradictions": _plain(found.order),
        "chain": [_plain(f) for f in found.chain],
    }


def _plain(finding: Finding) -> dict[str, object]:
    """A finding without what differs from run to run: its head and the places of its sources."""
    figures = [f.as_json() for f in finding.figures]
    for figure in figures:
        del figure["sources"]
    return {
        "question": finding.question,
        "subject": finding.subject,
        "component": finding.component,
        "verdict": finding.verdict,
        "version": finding.version,
        "figures": figures,
        "reasons": list(finding.reasons),
        "missing": [m.as_json() for m in finding.missing],
        "assumptions": list(finding.assumptions),
        "parts": [_plain(p) for p in finding.parts],
    }
