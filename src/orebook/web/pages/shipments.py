"""Shipments: the list, and one shipment with its boxes, contents by sayer, bags and claims."""

from __future__ import annotations

from orebook.acts.papers_alone import Papers, of_facts
from orebook.acts.register import names
from orebook.acts.shipments import Sheet, shipment, shipments
from orebook.model.absence import known
from orebook.model.shipment import Shipment
from orebook.show.papers import WORDS, paper_kind
from orebook.show.sentences import event_title
from orebook.show.topics import topic_text
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.boxes import boxes, boxes_table
from orebook.web.cells import claims_table, many_cell, ref_cell, thing_cell
from orebook.web.page import Ask, Page
from orebook.web.tables import Cell, Table, cell, fields, table

_BAGS = ("gross", "tare", "net", "moisture")


def mark(found: Shipment) -> str:
    """Why a shipment is no fact about the world."""
    if known(found.invented) or "invented" in found.id:
        return "invented example"
    label = known(found.label) or ""
    return "UN sample, not Pakistan" if "UN sample" in label else ""


def listing(ask: Ask) -> Page:
    """Every shipment of the book."""
    found = shipments(ask.view)
    called = names(ask.view, [known(s.mine) or "" for s in found])
    rows = [
        (
            Cell(say(s.label).text, address("shipment", s.id), mark=mark(s)),
            cell(s.mass),
            thing_cell(s.mine, "facility", called),
            cell(s.dispatched),
            cell(s.received),
            Cell(s.id),
            ref_cell(s.ref),
        )
        for s in found
    ]
    columns = (
        ("label", "shipment"),
        ("mass", "mass"),
        ("mine", "mine"),
        ("dispatched", "dispatched"),
        ("received", "received"),
        ("id", "identifier"),
        ("entry", "entry"),
    )
    shown = table("shipments", "Shipments", columns, rows, measured=("mass",))
    return Page("list", "Shipments", tables=(shown,))


def sheet(ask: Ask) -> Page:
    """One shipment."""
    found = shipment(ask.view, ask.ident)
    stated = found.shipment
    ends = [
        known(v) or ""
        for v in (
            stated.sender,
            stated.receiver,
            stated.origin,
            stated.destination,
            stated.mine,
            stated.agreement,
        )
    ]
    called = names(ask.view, [*ends, *(known(stated.lots) or ())])
    differ = [g for g in found.groups if g.state == "differ"]
    parts: dict[str, object] = {
        "found": found,
        "boxes": boxes(found),
        "differ": differ,
        "topic": topic_text,
        # Objects are kept apart; a shipment told of in claims is shown beside them, not with them.
        "things": found.things if found.groups else (),
        "events": [(event_title(e), address("event", e.id)) for e in found.events],
    }
    unknown = tuple(title.lower() for title, _, empty, _ in boxes(found) if empty)
    return Page(
        "shipment",
        say(stated.label).text,
        parts,
        _tables(found, called),
        {"id": stated.id},
        unknown,
        trail=(("Shipments", "/shipments"),),
        badge=mark(stated),
    )


def _tables(found: Sheet, called: dict[str, str]) -> tuple[Table, ...]:
    stated = found.shipment
    rows = [
        ("agreement", thing_cell(stated.agreement, "agreement", called)),
        ("sender", thing_cell(stated.sender, "party", called)),
        ("receiver", thing_cell(stated.receiver, "party", called)),
        ("origin", thing_cell(stated.origin, "facility", called)),
        ("destination", thing_cell(stated.destination, "facility", called)),
        ("dispatched", cell(stated.dispatched)),
        ("received", cell(stated.received)),
        ("value", cell(stated.value)),
        ("incoterm", cell(stated.incoterm)),
        ("purpose", cell(stated.purpose)),
        ("lots", many_cell(stated.lots, "lot", called)),
        ("papers", cell(stated.papers)),
        ("note", cell(stated.note)),
        ("stated in", ref_cell(stated.ref)),
    ]
    tables = [
        boxes_table("boxes", "What a reader asks first", found),
        _contents(found),
        fields("about", "The shipment as stated", rows),
    ]
    if known(stated.packages):
        tables.append(_packages(stated))
    papers = of_facts(found.facts, stated.id)
    if papers.papers:
        tables += [_papers(papers), _compared(papers)]
    if found.groups:
        tables.append(claims_table("claims", "What is said of it", found.groups, found.facts))
    return tuple(tables)


def _contents(found: Sheet) -> Table:
    rows = []
    for content, claim, source in found.contents:
        paper = ref_cell(content.ref)
        rows.append(
            (
                cell(content.text),
                cell(source.publisher) if source is not None else Cell("the paper itself"),
                cell(source.date) if source is not None else Cell("", state="silent"),
                Cell(claim.id, address("claim", claim.id)) if claim is not None else paper,
            )
        )
    columns = (("text", "called"), ("publisher", "by"), ("date", "on"), ("claim", "evidence"))
    return table("contents", "What it is called, and by whom", columns, rows)


def _papers(found: Papers) -> Table:
    rows = [
        (
            Cell(paper_kind(p)), cell(p.number), cell(p.issuer), cell(p.issued),
            cell(p.valid_until), cell(p.net), ref_cell(p.ref),
        )
        for p in found.papers
    ]  # fmt: skip
    columns = (
        ("kind", "paper"),
        ("number", "number"),
        ("issuer", "issued by"),
        ("issued", "on"),
        ("valid_until", "valid until"),
        ("net", "net mass"),
        ("entry", "entry"),
    )
    return table("papers", "Its papers", columns, rows, measured=("net",))


def _compared(found: Papers) -> Table:
    """Each attribute that two papers state: disagreements first, and never a pass for the rest."""
    rows = [(Cell(WORDS[p.verdict]), Cell(" ".join(p.reasons))) for p in found.finding.parts]
    columns = (("verdict", "found"), ("reason", "what the papers print"))
    return table("compared", "Do its papers agree?", columns, rows)


def _packages(stated: Shipment) -> Table:
    rows = [
        (
            cell(bag.id), cell(bag.seal), *(cell(getattr(bag, n)) for n in _BAGS),
            cell(bag.assay), cell(bag.paper),
        )
        for bag in known(stated.packages) or ()
    ]  # fmt: skip
    columns = [
        ("bag", "bag"),
        ("seal", "seal"),
        *((n, n) for n in _BAGS),
        ("assay", "assay"),
        ("paper", "paper"),
    ]
    return table("bags", "Bags", columns, rows, measured=_BAGS, numbers=_BAGS)
