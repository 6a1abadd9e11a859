"""Objects shown, parties and documents: lists and single pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from orebook.acts.register import Known, every, names, one
from orebook.engines.evidence.statements import group_claims
from orebook.model.absence import known
from orebook.model.agreement import Agreement
from orebook.model.claim import Claim
from orebook.model.document import Document
from orebook.model.facts import Facts, Record
from orebook.model.lot import Lot
from orebook.model.party import Party, Shareholding
from orebook.model.place import Facility
from orebook.model.shipment import Shipment, Thing
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.cells import claims_table, ref_cell, thing_cell
from orebook.web.credential_parts import credential_of
from orebook.web.page import Ask, Page
from orebook.web.tables import Cell, Table, cell, fields, table


def objects(ask: Ask) -> Page:
    """Every object somebody showed."""
    rows = [
        (Cell(say(t.label).text, address("object", t.id)), cell(t.seen), cell(t.place),
         thing_cell(t.part_of, "shipment"), ref_cell(t.ref))
        for t in every(ask.view, "object", Thing)
    ]  # fmt: skip
    columns = (
        ("label", "object"),
        ("seen", "shown on"),
        ("place", "shown at"),
        ("part_of", "part of a shipment"),
        ("entry", "entry"),
    )
    return Page("list", "Objects", tables=(table("objects", "Objects shown", columns, rows),))


def thing(ask: Ask) -> Page:
    """One object, kept apart from every shipment unless a paper ties them."""
    found = one(ask.view, "object", Thing, ask.ident)
    own = found.record
    rows = [
        ("shown on", cell(own.seen)),
        ("shown at", cell(own.place)),
        ("part of a shipment", thing_cell(own.part_of, "shipment")),
        ("note", cell(own.note)),
        ("stated in", ref_cell(own.ref)),
    ]
    described = [
        (cell(d.text), Cell(known(d.claim) or "", address("claim", known(d.claim) or "")))
        for d in known(own.descriptions) or ()
    ]
    tables = (
        fields("about", "The object", rows),
        table("descriptions", "What sources call it",
              (("text", "called"), ("claim", "claim")), described),
    )  # fmt: skip
    apart = known(own.part_of) is None
    lead = (
        (
            "No paper in this book ties this object to a shipment. It is shown apart, and nothing"
            " said of it is said of any shipment."
        )
        if apart
        else ""
    )
    return _plain(found, say(own.label).text, tables, rows, ("Objects", "/objects"), lead)


def parties(ask: Ask) -> Page:
    """Every organisation and office."""
    rows = [
        (Cell(say(p.name).text, address("party", p.id)), cell(p.kind), cell(p.country),
         Cell(p.id), ref_cell(p.ref))
        for p in every(ask.view, "party", Party)
    ]  # fmt: skip
    columns = (
        ("name", "name"),
        ("kind", "kind"),
        ("country", "country"),
        ("id", "identifier"),
        ("entry", "entry"),
    )
    return Page("list", "Parties", tables=(table("parties", "Parties", columns, rows),))


def party(ask: Ask) -> Page:
    """One party: what is stated of it, and where it is named."""
    found = one(ask.view, "party", Party, ask.ident)
    own, facts = found.record, found.facts
    rows = [
        ("kind", cell(own.kind)),
        ("country", cell(own.country)),
        ("identifiers", cell(own.identifiers)),
        ("identifier here", Cell(own.id)),
        ("note", cell(own.note)),
        ("stated in", ref_cell(own.ref)),
    ]
    background = ask.view.facts(kinds=["source"])
    merged = _with_sources(facts, background)
    grouped = group_claims(merged, facts.all(Claim))
    holders = known(own.shareholders) or ()
    called = names(ask.view, [known(h.holder) or "" for h in holders])
    tables = (
        fields("about", "The party", rows),
        *((_holders(holders, called),) if holders else ()),
        _named_in(facts),
        claims_table("claims", "What is said of it or by it", grouped, merged),
    )
    lead = "A party named here can answer: its reply stands beside the claim, at the same size."
    receives = any(known(s.receiver) == own.id for s in facts.all(Shipment))
    buys = receives or any(known(lot.owner) == own.id for lot in facts.all(Lot))
    page = _plain(found, say(own.name).text, tables, rows, ("Parties", "/parties"), lead)
    page = replace(page, parts={**page.parts, "credential": credential_of(ask, "party", own.id)})
    if not buys:
        return page
    asked = f"/reliance?{urlencode({'buyer': own.id})}"
    return replace(page, parts={**page.parts, "reliance": asked})


def _holders(holders: Iterable[Shareholding], called: Mapping[str, str]) -> Table:
    """The organisations that hold shares of it."""
    rows = [
        (thing_cell(h.holder, "party", called), cell(h.share), cell(h.votes), cell(h.on))
        for h in holders
    ]
    columns = (("holder", "held by"), ("share", "share"), ("votes", "votes"), ("on", "as told of"))
    return table("shareholders", "Who holds its shares", columns, rows, measured=("share",))


def _with_sources(facts: Facts, more: Facts) -> Facts:
    from orebook.model.facts import facts_of

    records: dict[tuple[str, int], Record] = {}
    for given in (facts, more):
        for group in given.records.values():
            records |= {(r.ref.leaf, r.ref.index): r for r in group}
    return facts_of(facts.head, facts.disclosures, facts.as_of, records.values())


_PLACES: tuple[tuple[type[Record], str, str], ...] = (
    (Agreement, "agreement", "title"),
    (Facility, "facility", "name"),
    (Shipment, "shipment", "label"),
    (Lot, "lot", "label"),
)


def _named_in(facts: Facts) -> Table:
    rows = []
    for cls, kind, attribute in _PLACES:
        for record in {r.id: r for r in facts.all(cls)}.values():
            label = say(getattr(record, attribute))
            text = label.text if label.state == "known" else record.id
            rows.append((Cell(kind), Cell(text, address(kind, record.id)), ref_cell(record.ref)))
    columns = (("kind", "kind"), ("thing", "thing"), ("entry", "entry"))
    return table("named_in", "Where it is named", columns, rows)


def documents(ask: Ask) -> Page:
    """Every document that was captured or cited."""
    rows = [
        (Cell(known(d.name) or d.id, address("document", d.id)), cell(d.format), cell(d.size),
         cell(d.facts), ref_cell(d.ref))
        for d in every(ask.view, "document", Document)
    ]  # fmt: skip
    columns = (
        ("name", "document"),
        ("format", "format"),
        ("size", "bytes"),
        ("facts", "facts"),
        ("entry", "entry"),
    )
    shown = table("documents", "Documents", columns, rows, numbers=("size", "facts"))
    return Page("list", "Documents", tables=(shown,))


def document(ask: Ask) -> Page:
    """One document by its identifier; its digest may be sealed, its bytes are not handed out."""
    found = one(ask.view, "document", Document, ask.ident)
    own = found.record
    rows = [
        ("format", cell(own.format)),
        ("media type", cell(own.media_type)),
        ("bytes", cell(own.size)),
        ("SHA-256", cell(own.sha256)),
        ("facts read from it", cell(own.facts)),
        ("identifier", Cell(own.id)),
        ("note", cell(own.note)),
        ("stated in", ref_cell(own.ref)),
    ]
    tables = (fields("about", "The document", rows),)
    title = known(own.name) or own.id
    return _plain(found, title, tables, rows, ("Documents", "/documents"), "")


def _plain(
    found: Known[Thing] | Known[Party] | Known[Document],
    title: str,
    tables: tuple[Table, ...],
    rows: list[tuple[str, Cell]],
    trail: tuple[str, str],
    lead: str,
) -> Page:
    unknown = tuple(t for t, c in rows if c.state != "known")
    return Page("plain", title, {"lead": lead}, tables, {"id": found.id}, unknown, trail=(trail,))
