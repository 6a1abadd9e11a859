"""The first page: eight questions in one scroll, each answer opening its evidence."""

from __future__ import annotations

from pathlib import Path

from orebook.acts.deal import Deal
from orebook.acts.featured import Featured
from orebook.acts.front import Front
from orebook.acts.front import front as front_of
from orebook.acts.headline import headlines
from orebook.acts.scale import agreement_scale
from orebook.engines.evidence.statements import Group, Line
from orebook.model.absence import known
from orebook.model.event import Event
from orebook.show.deal import deal_json
from orebook.show.deal_pictures import clock_picture, collapsing, voices_drawn
from orebook.show.numbers import number
from orebook.show.values import say
from orebook.web.addresses import address
from orebook.web.balance_parts import Weighed, weighed
from orebook.web.boxes import boxes, boxes_table
from orebook.web.cells import claims_table, ref_cell
from orebook.web.page import Ask, Page
from orebook.web.rules_parts import rules_address
from orebook.web.size_parts import backed_picture, backed_table, sizes_table, years
from orebook.web.tables import Cell, Table, cell, table

_COUNTS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
)


def page(ask: Ask, featured: Featured) -> Page:
    """The parts this book has facts for; a book without a chosen story says so."""
    found = front_of(ask.view, featured)
    deal, sheet = found.deal, found.sheet
    balance = _balance(ask, found)
    tables: list[Table] = []
    if sheet is not None:
        tables.append(boxes_table("boxes", "What is known of the shipment", sheet))
    if deal is not None:
        tables += [_clock_table(deal), _amounts_table(deal)]
    if found.pairs and sheet is not None:
        caption = "Statements that differ"
        tables.append(claims_table("pairs", caption, found.pairs, sheet.facts))
    if balance is not None:
        tables += [part.flows for part in balance.components]
        tables += [part.closing for part in balance.components]
    if found.example is not None:
        tables.append(boxes_table("example", "The same boxes, filled (invented)", found.example))
    sizes = agreement_scale(ask.view, deal.agreement.id) if deal is not None else ()
    backed = headlines(ask.view, Path(featured.backing)) if featured.backing else ()
    if any(one.parts for one in sizes):
        tables.append(sizes_table(sizes))
    if backed:
        tables.append(backed_table(backed))
    heard = deal.voices if deal is not None else None
    parts: dict[str, object] = {
        "found": found,
        "boxes": boxes(sheet) if sheet is not None else (),
        "example_boxes": boxes(found.example) if found.example is not None else (),
        "clock": clock_picture("clock", deal, address) if deal is not None else None,
        "days": deal.clock.days if deal is not None and deal.clock is not None else None,
        "amounts": known(deal.agreement.amounts) or () if deal is not None else (),
        "amount_title": _amount_title(deal),
        "heard": heard,
        "voices": voices_drawn("voices", deal.facts, collapsing(heard), address)
        if deal is not None and heard is not None and collapsing(heard).chains
        else None,
        "pairs": [_pair(group) for group in found.pairs],
        "balance": balance,
        "years": years(sizes),
        "backed": backed_picture(backed, ask.view.facts(kinds=["source"])),
        "backing": Path(featured.backing).name,
        "title": say(found.book.title).text if found.book is not None else "A book",
        "sample": _is_sample(ask, found),
        "example_lot": _example_lot(found),
        "example_rules": _example_rules(found),
        "market": bool(ask.market),
        "last": ask.view.head.size - 1,
    }
    data = {"agreement": deal_json(deal)} if deal is not None else {}
    unknown = tuple(f"{b[0]} of the shipment" for b in boxes(sheet) if b[2]) if sheet else ()
    versions = (balance.finding.version,) if balance is not None else ()
    name = str(parts["title"])
    return Page("front", name, parts, tuple(tables), data, unknown, versions)


def _balance(ask: Ask, found: Front) -> Weighed | None:
    if found.finding is None:
        return None
    event = found.finding.subject
    facts = ask.view.facts(kinds=["event", "lot", "assay", "facility"])
    return weighed(ask.view, facts, event, ask.query, "/", "adds-up")


def _is_sample(ask: Ask, found: Front) -> bool:
    """Whether the event weighed comes from somebody's sample file, as its own statement says."""
    if found.finding is None:
        return False
    ident = found.finding.subject
    event = ask.view.facts(ids=[ident]).get(Event, ident)
    return event is not None and bool(known(event.sample_data))


def _example_lot(found: Front) -> str:
    lots = known(found.example.shipment.lots) if found.example is not None else None
    return address("lot", lots[0]) if lots else ""


def _example_rules(found: Front) -> str:
    lots = known(found.example.shipment.lots) if found.example is not None else None
    return rules_address(lots[0]) if lots else ""


def _clock_table(deal: Deal) -> Table:
    clocks = [deal.clock] if deal.clock is not None else []
    rows = []
    for one in (*clocks, *deal.comparators):
        least, most = one.days
        days = number(least) if least == most else f"{number(least)} to {number(most)}"
        rows.append(
            (
                Cell(say(one.agreement.title).text, address("agreement", one.agreement.id)),
                cell(one.agreement.signed),
                cell(one.agreement.text_public),
                Cell(days, value=str(most)),
                Cell("; ".join(f"{body}, day {number(day)}" for body, day in one.steps)),
                ref_cell(one.agreement.ref),
            )
        )
    columns = (
        ("agreement", "agreement"),
        ("signed", "signed"),
        ("text_public", "text public"),
        ("days", "days"),
        ("steps", "legal steps on record"),
        ("entry", "entry"),
    )
    return table("clock", "Days from signature to a public text", columns, rows, numbers=("days",))


def _amounts_table(deal: Deal) -> Table:
    rows = [
        (
            cell(one.amount),
            cell(one.meaning),
            Cell(known(one.claim) or "", address("claim", known(one.claim) or "")),
        )
        for one in known(deal.agreement.amounts) or ()
    ]
    columns = (("amount", "amount"), ("meaning", "what the source says it is"), ("claim", "claim"))
    note = "These are not added: no source settles which meaning is right."
    return table(
        "amounts",
        "Printed amounts and their meanings",
        columns,
        rows,
        measured=("amount",),
        note=note,
    )


def _amount_title(deal: Deal | None) -> str:
    amounts = known(deal.agreement.amounts) or () if deal is not None else ()
    figures = len({say(one.amount).text for one in amounts})
    meanings = len({say(one.meaning).text for one in amounts})
    first = f"{in_words(figures).capitalize()} amount{'' if figures == 1 else 's'}"
    return f"{first}, {in_words(meanings)} meaning{'' if meanings == 1 else 's'}"


def in_words(count: int) -> str:
    """A small count as a word."""
    return _COUNTS[count] if count < len(_COUNTS) else number(count)


def _pair(group: Group) -> tuple[Group, tuple[tuple[Line, str], ...]]:
    """A group with each of its lines and the words of its date."""
    return group, tuple((line, _date(line)) for line in group.lines)


def _date(line: Line) -> str:
    if line.source is None:
        return "source not stated"
    return say(line.source.date).text
