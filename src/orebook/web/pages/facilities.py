"""Facilities: the list, and one place with its dated status and what was made there."""

from __future__ import annotations

from orebook.acts.register import every, names, one
from orebook.model.absence import known
from orebook.model.event import Event
from orebook.model.lot import Lot
from orebook.model.place import Facility
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.cells import ref_cell, thing_cell
from orebook.web.credential_parts import credential_of
from orebook.web.page import Ask, Page
from orebook.web.tables import Cell, Table, cell, fields, table

UNBUILT = {"announced", "sited", "permitted", "financed", "building"}


def status(found: Facility) -> tuple[str, bool | None]:
    """The latest stated status in words, and whether it stands built (None: nobody said)."""
    stated = [s for s in known(found.status) or () if known(s.status) is not None]
    if not stated:
        return "status not stated", None
    latest = max(stated, key=lambda s: d.first.isoformat() if (d := known(s.when)) else "")
    word = say(latest.status).text
    return word, word not in UNBUILT


def mark(found: Facility) -> str:
    """Why a place is no fact about the world."""
    note = known(found.note) or ""
    if "invented" in found.id or "invented" in (known(found.name) or ""):
        return "invented example"
    return "UN sample, not Pakistan" if note.startswith("UN ") else ""


def listing(ask: Ask) -> Page:
    """Every place of the book; unbuilt ones are hollow."""
    found = every(ask.view, "facility", Facility)
    rows = [
        (
            Cell(say(f.name).text, address("facility", f.id), mark=mark(f)),
            cell(f.kind),
            cell(f.country),
            cell(f.region),
            Cell(f"{'●' if status(f)[1] else '○'} {status(f)[0]}", value=status(f)[0]),
            Cell(f.id),
            ref_cell(f.ref),
        )
        for f in found
    ]
    columns = (
        ("name", "name"), ("kind", "kind"), ("country", "country"), ("region", "region"),
        ("status", "status"), ("id", "identifier"), ("entry", "entry"),
    )  # fmt: skip
    note = "○ stands for a place that is not built, or of which nobody states a status."
    shown = table("facilities", "Facilities", columns, rows, note=note)
    return Page("list", "Facilities", tables=(shown,))


def sheet(ask: Ask) -> Page:
    """One place."""
    found = one(ask.view, "facility", Facility, ask.ident)
    place = found.record
    called = names(ask.view, [known(place.operator) or ""])
    word, built = status(place)
    rows = [
        ("identifier", Cell(place.id)),
        ("kind", cell(place.kind)),
        ("stage", cell(place.stage)),
        ("country", cell(place.country)),
        ("region", cell(place.region)),
        ("operator", thing_cell(place.operator, "party", called)),
        ("position", cell(None if known(place.position) else place.position)),
        ("note", cell(place.note)),
        ("stated in", ref_cell(place.ref)),
    ]
    unknown = tuple(t for t, c in rows if c.state != "known")
    tables = (
        fields("about", "The place as stated", rows),
        _statuses(place),
        _lots(found.facts.all(Lot), place.id),
        _events(found.facts.all(Event), place.id),
    )
    return Page(
        "facility",
        say(place.name).text,
        {"status": word, "built": built, "credential": credential_of(ask, "facility", place.id)},
        tables,
        {"id": place.id, "status": word},
        unknown,
        trail=(("Facilities", "/facilities"),),
        badge=mark(place),
    )


def _statuses(place: Facility) -> Table:
    rows = [(cell(s.status), cell(s.when), cell(s.source)) for s in known(place.status) or ()]
    columns = (("status", "status"), ("when", "since or reported on"), ("source", "who says so"))
    note = "" if rows else "Nobody has stated a status."
    return table("status", "Status, dated and sourced", columns, rows, note=note)


def _lots(found: tuple[Lot, ...], place: str) -> Table:
    latest = {lot.id: lot for lot in found if known(lot.facility) == place}
    rows = [
        (Cell(known(lot.label) or lot.id, address("lot", lot.id)), cell(lot.mass), cell(lot.made))
        for lot in latest.values()
    ]
    columns = (("lot", "lot"), ("mass", "mass"), ("made", "made on"))
    return table("lots", "Lots made here", columns, rows, measured=("mass",), numbers=("mass",))


def _events(found: tuple[Event, ...], place: str) -> Table:
    rows = [
        (Cell(say(e.kind).text, address("event", e.id)), cell(e.when), ref_cell(e.ref))
        for e in found
        if known(e.facility) == place
    ]
    columns = (("event", "event"), ("when", "when"), ("entry", "entry"))
    return table("events", "Events here", columns, rows)
