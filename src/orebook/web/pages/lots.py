"""Lots: the list, and one lot with its assays and doubt, lineage and balance."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from orebook.acts.balance import balance
from orebook.acts.coherence import disagreements
from orebook.acts.lots import LotLine, LotSheet, lot, lots
from orebook.acts.register import names
from orebook.acts.trace import Lineage, lineage
from orebook.engines.rules.transit import Flag
from orebook.model.absence import known
from orebook.model.event import Event
from orebook.model.finding import Finding
from orebook.model.lot import Lot
from orebook.model.problem import NotFound
from orebook.show.lot_pictures import lineage_picture, shown_of
from orebook.show.numbers import number
from orebook.show.sentences import LOT_FIELDS, lineage_json, lot_mark, result_text, sheet_json
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.balance_parts import components, readable
from orebook.web.cells import ref_cell, thing_cell
from orebook.web.credential_parts import analyses_of, credential_of
from orebook.web.page import LIST_MAX, Ask, Page
from orebook.web.tables import Cell, Table, cell, fields, part, table

_STEPS_MAX = 50
_UNDESCRIBED = "no statement describes it"


def mark(found: Lot | None) -> str:
    """The badge of a lot: an invented one, or somebody's sample."""
    words = lot_mark(found)
    return "UN sample, not Pakistan" if words.startswith("UN ") else words


def listing(ask: Ask) -> Page:
    """Every lot that a statement or an event names."""
    columns = (
        ("lot", "lot"),
        ("label", "label"),
        ("material", "material"),
        ("mass", "mass"),
        ("facility", "made at"),
        ("events", "events"),
        ("assays", "assays"),
    )
    whole = table(
        "lots",
        "Lots",
        columns,
        (_row(line) for line in lots(ask.view)),
        measured=("mass",),
        numbers=("mass", "events", "assays"),
    )
    shown = part(whole, ask.query.get("after", ""), LIST_MAX)
    wanted = ask.rest.form or ask.query.get("format", "")
    return Page("list", "Lots", tables=(whole if wanted in {"csv", "json", "jsonl"} else shown,))


def _row(line: LotLine) -> tuple[Cell, ...]:
    stated = line.lot
    place = line.facility
    return (
        Cell(line.id, address("lot", line.id), mark=mark(stated)),
        cell(stated.label) if stated is not None else Cell(_UNDESCRIBED, "", "silent"),
        cell(stated.material) if stated is not None else cell(None),
        cell(stated.mass) if stated is not None else cell(None),
        Cell(say(place.name).text, address("facility", place.id)) if place else cell(None),
        Cell(number(line.events), value=str(line.events)),
        Cell(number(line.assays), value=str(line.assays)),
    )


def sheet(ask: Ask) -> Page:
    """One lot."""
    ident = ask.ident
    found = lot(ask.view, ident)
    back, forward = ask.number("back", 1, _STEPS_MAX), ask.number("forward", 1, _STEPS_MAX)
    line = lineage(ask.view, ident, back=back, forward=forward)
    findings = _findings(ask, ident)
    drawn, touching = shown_of(line)
    steps = {"back": min(back + 1, _STEPS_MAX), "forward": min(forward + 1, _STEPS_MAX)}
    more = address("lot", ident, "", **steps)
    from orebook.web.origin_parts import ENGINE, origin_data, origin_of

    own = known(found.lot.label) if found.lot is not None else None
    called = names(ask.view, _named(found))
    came = origin_of(ask, found.facts, own or ident)
    parts: dict[str, object] = {
        "found": found,
        "origin": came,
        "credential": credential_of(ask, "lot", ident),
        "analyses": analyses_of(
            ask,
            (a.id for a in found.assays if known(a.laboratory) == ask.view.book.operator),
        ),
        "order": _order(ask, ident),
        "picture": lineage_picture("lineage", line, address, f"{more}#lineage"),
        "drawn": drawn,
        "touching": touching,
        "more": more if line.cut else "",
        "whole": address("lot", ident, back=_STEPS_MAX, forward=_STEPS_MAX) if line.cut else "",
        "less": address("lot", ident) if (back, forward) != (1, 1) else "",
        "findings": [
            (f, components(f, found.facts, f"balance-{n}"), address("event", f.subject))
            for n, f in enumerate(findings)
        ],
    }
    from orebook.web.rules_parts import ENGINE as RULES

    ruled, flags = _ruled(ask, ident, parts)
    tables = [_about(found, called), _assays(found, called), _events(found), _lineage_table(line)]
    tables += ruled
    for shown in parts["findings"]:  # type: ignore[attr-defined]
        for component in shown[1]:
            tables += [component.flows, component.closing]
    if came is not None:
        tables += [came.places, came.shares, came.passages, came.missing]
    tables.append(_statements(found))
    unknown = [
        title
        for name, title in LOT_FIELDS
        if found.lot is not None and known(getattr(found.lot, name)) is None
    ]
    unknown += [] if found.assays else ["assay"]
    data = {
        "lot": sheet_json(found),
        "lineage": lineage_json(line),
        "origin": origin_data(came),
        "flags": [flag.as_json() for flag in flags],
        "findings": [f.as_json() for f in findings],
    }
    return Page(
        "lot",
        own or ident,
        parts,
        tuple(tables),
        data,
        tuple(unknown),
        tuple(dict.fromkeys((*(f.version for f in findings), *((ENGINE,) if came else ()), RULES))),
        trail=(("Lots", "/lots"),),
        badge=mark(found.lot),
    )


def _ruled(
    ask: Ask, ident: str, parts: dict[str, object]
) -> tuple[tuple[Table, Table], tuple[Flag, ...]]:
    """Which rules the lot meets, and the signs of transit, as tables."""
    from orebook.acts.plausible import chains_of
    from orebook.acts.transit import way_flags
    from orebook.web.rules_parts import every_pack, flags_table, rules_address, summary

    chains = chains_of(ask.view, ident)
    flags = way_flags(chains, ident)
    ruled = every_pack(chains.chain(ident), chains.facts.head, ask.view.today)
    parts["balance_href"] = f"/balance?{urlencode({'lot': ident})}"
    parts["rules_href"] = rules_address(ident)
    parts["form_href"] = f"/disclosure?{urlencode({'lot': ident})}"
    return (summary(ruled, ident, ask.view.today), flags_table(flags)), flags


def _order(ask: Ask, ident: str) -> Finding:
    found = disagreements(ask.view, [ident], [ident])
    return replace(found, reasons=readable(found, ask.view, [ident]))


def _findings(ask: Ask, ident: str) -> tuple[Finding, ...]:
    try:
        return balance(ask.view, lot=ident)
    except NotFound:  # no event makes or uses it: there is nothing to weigh
        return ()


def _named(found: LotSheet) -> list[str]:
    stated = found.lot
    ids = [known(a.laboratory) or "" for a in found.assays]
    if stated is not None:
        ids += [known(stated.facility) or "", known(stated.owner) or ""]
    return ids


def _about(found: LotSheet, called: dict[str, str]) -> Table:
    stated = found.lot
    if stated is None:
        shown: list[tuple[str, Cell]] = [
            ("statement", Cell("no statement describes this lot; events name it", "", "silent"))
        ]
    else:
        shown = [(title, cell(getattr(stated, name))) for name, title in LOT_FIELDS]
        shown += [
            ("made at", thing_cell(stated.facility, "facility", called)),
            ("owner", thing_cell(stated.owner, "party", called)),
            ("recycled share declared", cell(stated.recycled_share)),
            ("stated in", ref_cell(stated.ref)),
        ]
    shown.insert(0, ("identifier", Cell(found.id)))
    for shipment in found.shipments:
        label = say(shipment.label).text
        shown.append(("in shipment", Cell(label, address("shipment", shipment.id))))
    return fields("about", "The lot as stated", shown)


def _assays(found: LotSheet, called: dict[str, str]) -> Table:
    rows = []
    for assay in found.assays:
        for result in known(assay.results) or ():
            grade = cell(result.grade)
            rows.append(
                (
                    cell(result.substance),
                    Cell(
                        result_text(result).partition(" ")[2] or grade.text,
                        state=grade.state,
                        value=grade.value,
                        unit=grade.unit,
                    ),
                    Cell(grade.remark, state="known" if grade.remark else "silent"),
                    cell(assay.basis),
                    cell(assay.standing),
                    thing_cell(assay.laboratory, "party", called),
                    cell(assay.when),
                    Cell(assay.id),
                    ref_cell(assay.ref),
                )
            )
    columns = (
        ("substance", "substance"), ("grade", "grade"), ("doubt", "doubt"), ("basis", "basis"),
        ("standing", "standing"), ("laboratory", "laboratory"), ("when", "when"),
        ("assay", "assay"), ("entry", "entry"),
    )  # fmt: skip
    note = "" if rows else "No assay of this lot is in the book."
    return table(
        "assays",
        "Assays, with their doubt",
        columns,
        rows,
        measured=("grade",),
        numbers=("grade",),
        note=note,
    )


def _events(found: LotSheet) -> Table:
    rows = []
    for how, events in (
        ("made by", found.made_by),
        ("used by", found.used_by),
        ("seen by", found.seen_by),
    ):
        rows += [(Cell(how), *_event_cells(event)) for event in events]
    columns = (
        ("how", "how"),
        ("kind", "event"),
        ("when", "when"),
        ("facility", "where"),
        ("entry", "entry"),
    )
    return table("events", "Events that name it", columns, rows)


def _event_cells(event: Event) -> tuple[Cell, ...]:
    gone = known(event.withdrawn) is not None
    kind = Cell(say(event.kind).text, address("event", event.id), mark="withdrawn" if gone else "")
    return (kind, cell(event.when), thing_cell(event.facility, "facility"), ref_cell(event.ref))


def _lineage_table(line: Lineage) -> Table:
    rows = [
        (
            Cell(str(step.distance), value=str(step.distance)),
            Cell(
                (known(step.record.label) if step.record else None) or step.lot,
                address("lot", step.lot),
            ),
            cell(step.record.mass) if step.record is not None else cell(None),
            Cell(
                number(step.more_back + step.more_forward),
                value=str(step.more_back + step.more_forward),
            ),
        )
        for step in line.steps
    ]
    columns = (
        ("steps", "steps away (minus is back)"),
        ("lot", "lot"),
        ("mass", "mass"),
        ("more", "events not drawn"),
    )
    return table(
        "lineage",
        "The lots of the picture",
        columns,
        rows,
        measured=("mass",),
        numbers=("steps", "mass", "more"),
    )


def _statements(found: LotSheet) -> Table:
    rows = [(ref_cell(s.ref), cell(s.label), cell(s.mass)) for s in reversed(found.statements)]
    columns = (("entry", "entry"), ("label", "label"), ("mass", "mass"))
    return table(
        "statements", "Every statement of it, latest first", columns, rows, measured=("mass",)
    )
