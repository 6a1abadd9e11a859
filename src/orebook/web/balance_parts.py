"""A balance as a page shows it: pictures with their tables, break-even values, the form to try."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from orebook.acts.balance import balance
from orebook.acts.coherence import disagreements, explanations
from orebook.acts.register import names
from orebook.acts.see import View
from orebook.engines.balance.words import ADDS_UP, CANNOT_BE_TOLD
from orebook.model.absence import known
from orebook.model.event import Event, lots_of
from orebook.model.facts import Facts
from orebook.model.finding import Figure, Finding
from orebook.model.problem import ReaderError
from orebook.show.balance_pictures import break_evens, flow_rows, sankey_picture
from orebook.show.html import Html
from orebook.show.numbers import qty_text
from orebook.show.sentences import figure_text
from orebook.web.addresses import address
from orebook.web.tables import Cell, Table, table
from orebook.web.what_if import WhatIf, assumptions, form


@dataclass(frozen=True, slots=True)
class Component:
    """One element's balance: its finding, the picture, and the tables behind it."""

    finding: Finding
    picture: Html | None
    flows: Table
    closing: Table


@dataclass(frozen=True, slots=True)
class Weighed:
    """The balance of one event: the finding, its parts drawn, the form as it stands.

    `rivals` and `scrap` say what might explain a gap, `order` what cannot all hold around it.
    """

    finding: Finding
    components: tuple[Component, ...]
    form: WhatIf | None
    rivals: Finding | None = None
    scrap: Finding | None = None
    order: Finding | None = None


def weighed(
    view: View, facts: Facts, event: str, query: Mapping[str, str], action: str, anchor: str
) -> Weighed:
    """The balance of one event under what the reader put in; a fault in that is said beside it."""
    stated = balance(view, event=event)[0]
    tried = form(facts, stated, query, action, anchor)
    finding = stated
    if tried is not None and tried.used:
        try:
            finding = balance(view, event=event, assumptions=assumptions(tried))[0]
        except ReaderError as error:
            tried = replace(tried, fault=str(error))
    lots = lots_around(facts, event)
    order = disagreements(view, lots, [event, *lots])
    order = replace(order, reasons=_plainly(readable(order, view, lots), event))
    drawn = components(finding, facts, anchor)
    if tried is None or stated.verdict == ADDS_UP:
        return Weighed(finding, drawn, tried, order=order)
    rivals, scrap = explanations(view, event, lots, tried.element)
    stated_scrap = scrap.figure("declared_scrap")
    told = scrap if stated_scrap is not None and stated_scrap.value is not None else None
    return Weighed(finding, drawn, tried, rivals, told, order)


def lead(finding: Finding) -> str:
    """The balance of one event in one plain sentence: its largest gap, or that there is none."""
    if finding.verdict == ADDS_UP:
        named = ", ".join(part.component or "" for part in finding.parts)
        return f"What went in came out, within the stated doubt, of {named}."
    gaps = {
        part.component or "": (gap.value, part.verdict)
        for part in finding.parts
        if part.verdict != ADDS_UP and (gap := part.figure("gap")) is not None and gap.value
    }
    if not gaps:
        return "Too little is stated to say what went in and what came out."
    component = max(gaps, key=lambda name: abs(gaps[name][0]))
    amount, verdict = gaps[component]
    more = "more" if amount > 0 else "less"
    said = f"{qty_text(abs(amount), 'kg', unknown='')} {more} {component} came out than went in"
    if verdict != CANNOT_BE_TOLD:
        return f"{said}, beyond the stated doubt."
    return f"{said} as the figures stand; too little is stated of them to tell whether it is a gap."


def _plainly(reasons: tuple[str, ...], event: str) -> tuple[str, ...]:
    return tuple(reason.replace(f"event {event}", "event") for reason in reasons)


def readable(finding: Finding, view: View, idents: Sequence[str]) -> tuple[str, ...]:
    """The reasons of a finding with the names of things in place of their identifiers."""
    called = names(view, idents)
    out = []
    for reason in finding.reasons:
        text = reason
        for ident in sorted(called, key=len, reverse=True):
            text = text.replace(ident, called[ident])
        out.append(text)
    return tuple(out)


def lots_around(facts: Facts, event: str) -> list[str]:
    """The lots that go into and come out of an event."""
    record = facts.get(Event, event)
    if record is None:
        return []
    return [*lots_of(known(record.inputs)), *lots_of(known(record.outputs))]


def components(finding: Finding, facts: Facts, key: str) -> tuple[Component, ...]:
    """Every part of a finding with its picture and tables."""
    return tuple(_component(part, facts, f"{key}-{n}") for n, part in enumerate(finding.parts))


def _component(part: Finding, facts: Facts, key: str) -> Component:
    rows = flow_rows(part, facts, address)
    flows = table(
        f"{key}-flows",
        f"{part.component}: flows in kilograms, as drawn",
        (("from", "from"), ("to", "to"), ("amount", "amount"), ("kind", "how it is known")),
        (
            (
                Cell(row.source),
                Cell(row.target),
                Cell(row.amount, row.href or ""),
                Cell(f"{row.kind}, {row.note}" if row.note else row.kind),
            )
            for row in rows
        ),
        numbers=("amount",),
    )
    closing = table(
        f"{key}-closing",
        f"{part.component}: the value at which each figure alone would close the gap",
        (("figure", "figure"), ("value", "closes at"), ("sources", "evidence")),
        (_closing(one) for one in break_evens(part)),
        numbers=("value",),
    )
    return Component(part, sankey_picture(key, part, facts, address), flows, closing)


def _closing(one: Figure) -> tuple[Cell, ...]:
    label, _, why = one.label.partition(": ")
    impossible = why.partition("; ")[2]
    words = label.replace(" at which the gap closes", "")
    shown = replace(one, state="derived")
    value = Cell(figure_text(shown), remark=impossible, state="known")
    if impossible:
        value = replace(value, text=f"{value.text} — {impossible}", remark="")
    return Cell(words), value, evidence_cell(one.sources)


def evidence_cell(sources: tuple[str, ...]) -> Cell:
    """The entries a figure stands on; one is a link."""
    if not sources:
        return Cell("no entry states it", state="silent")
    leaf = sources[0].partition("#")[0]
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return Cell(f"{leaf[:8]}…{more}", address("entry", leaf))
