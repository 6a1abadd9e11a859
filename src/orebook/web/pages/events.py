"""Events: the list, and one event with what went in and out, its balance and the form to try."""

from __future__ import annotations

from orebook.acts.register import every, names, one
from orebook.model.absence import Maybe, known
from orebook.model.event import Event, Flow
from orebook.model.vocabulary import event_kinds
from orebook.show.called import plain
from orebook.show.numbers import number
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.balance_parts import lead, weighed
from orebook.web.cells import ref_cell, thing_cell
from orebook.web.credential_parts import credential_of
from orebook.web.page import LIST_MAX, Ask, Page
from orebook.web.tables import Cell, Table, cell, fields, part, table

_CONSERVES = {
    "conserved": "in equals out",
    "open": "not checked: reagents, off-gas or reactions are not recorded",
    "identity": "the lot goes through unchanged",
    "none": "material enters the chain here",
    "unknown": "what was done is not known, so nothing can be asked",
}


def mark(found: Event) -> str:
    """Why an event is no fact about the world."""
    if known(found.invented):
        return "invented example"
    sample = known(found.sample_data) or ""
    return "UN sample, not Pakistan" if sample.startswith("UN ") else sample


def listing(ask: Ask) -> Page:
    """Every event of the book."""
    found = every(ask.view, "event", Event)
    called = names(ask.view, [known(e.facility) or "" for e in found])
    rows = [
        (
            Cell(e.id, address("event", e.id), mark=mark(e)),
            cell(e.kind),
            cell(e.when),
            thing_cell(e.facility, "facility", called),
            _count(e.inputs),
            _count(e.outputs),
            ref_cell(e.ref),
        )
        for e in found
    ]
    columns = (
        ("id", "event"),
        ("kind", "kind"),
        ("when", "when"),
        ("facility", "where"),
        ("inputs", "lots in"),
        ("outputs", "lots out"),
        ("entry", "entry"),
    )
    whole = table("events", "Events", columns, rows, numbers=("inputs", "outputs"))
    shown = part(whole, ask.query.get("after", ""), LIST_MAX)
    wanted = ask.rest.form or ask.query.get("format", "")
    return Page("list", "Events", tables=(whole if wanted in {"csv", "json", "jsonl"} else shown,))


def _count(flows: Maybe[tuple[Flow, ...]]) -> Cell:
    listed = known(flows)
    if listed is None:
        return cell(flows if not isinstance(flows, tuple) else None)
    return Cell(number(len(listed)), value=str(len(listed)))


def sheet(ask: Ask) -> Page:
    """One event, what it should conserve, and whether it does."""
    found = one(ask.view, "event", Event, ask.ident)
    event = found.record
    sides = (event.inputs, event.outputs, event.subjects)
    lots = [known(f.lot) or "" for flows in sides for f in known(flows) or ()]
    wanted = [*lots, known(event.facility) or "", known(event.party) or ""]
    called = names(ask.view, wanted)
    facts = ask.view.facts(lots=[lot for lot in lots if lot], ids=[event.id])
    balance = weighed(ask.view, facts, event.id, ask.query, address("event", event.id), "balance")
    rows = _about(event, called)
    tables = [fields("about", "The event as stated", rows)]
    tables.append(_flows("inputs", "What went in", event.inputs, called))
    tables.append(_flows("outputs", "What came out", event.outputs, called))
    if known(event.subjects):
        tables.append(_flows("subjects", "What was seen, unchanged", event.subjects, called))
    for component in balance.components:
        tables += [component.flows, component.closing]
    unknown = [t for t, c in rows if c.state != "known"]
    missing = [plain(f"{m.what}: {m.why}", called) for m in balance.finding.missing]
    unknown += missing
    return Page(
        "event",
        f"{say(event.kind).text.capitalize()}, {say(event.when).text}",
        {
            "event": event,
            "balance": balance,
            "lead": lead(balance.finding),
            "missing": missing,
            "name": event.id,
            "credential": credential_of(ask, "event", event.id),
        },
        tuple(tables),
        {
            "id": event.id,
            "finding": balance.finding.as_json(),
            "order": balance.order.as_json() if balance.order is not None else None,
        },
        tuple(unknown),
        tuple(f.version for f in (balance.finding, balance.order) if f is not None),
        trail=(("Events", "/events"),),
        badge=mark(event),
    )


def _about(event: Event, called: dict[str, str]) -> list[tuple[str, Cell]]:
    kind = event_kinds().get(known(event.kind) or "")
    rows = [
        ("identifier", Cell(event.id)),
        ("kind", cell(event.kind)),
        ("when", cell(event.when)),
        ("recorded", cell(event.recorded)),
        ("where", thing_cell(event.facility, "facility", called)),
        ("by", thing_cell(event.party, "party", called)),
        ("custody model", cell(event.custody_model)),
        ("period of the account", cell(event.custody_period)),
        ("boundary of the account", cell(event.custody_boundary)),
        ("papers", cell(event.documents)),
        ("note", cell(event.note)),
        ("stated in", ref_cell(event.ref)),
    ]
    if kind is not None:
        rows.insert(2, ("this kind conserves, in dry mass", Cell(_CONSERVES[kind.dry_mass])))
        rows.insert(3, ("this kind conserves, per element", Cell(_CONSERVES[kind.elements])))
    if (gone := known(event.withdrawn)) is not None:
        rows.append(("withdrawn by an error declaration", cell(gone.when)))
        rows.append(("reason given", cell(gone.reason)))
    return rows


def _flows(key: str, caption: str, flows: Maybe[tuple[Flow, ...]], called: dict[str, str]) -> Table:
    rows = [
        (thing_cell(f.lot, "lot", called), cell(f.mass), cell(f.count), cell(f.role))
        for f in known(flows) or ()
    ]
    columns = (("lot", "lot"), ("mass", "mass"), ("count", "pieces"), ("role", "role"))
    note = "" if rows else say(flows).line()
    return table(
        key, caption, columns, rows, measured=("mass",), numbers=("mass", "count"), note=note
    )
