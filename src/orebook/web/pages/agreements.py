"""Agreements: the list, one agreement in the open, and its brief on one printed page."""

from __future__ import annotations

from pathlib import Path

from orebook.acts.deal import Deal, deals
from orebook.acts.headline import Backed, agreement_headlines
from orebook.acts.opened import Opened, opened
from orebook.acts.register import names
from orebook.engines.disclosure.cells import VERSION as DISCLOSURE
from orebook.engines.disclosure.cells import Cell as Item
from orebook.engines.disclosure.yardstick import LIMITS
from orebook.engines.evidence.review import VERSION as EVIDENCE
from orebook.engines.evidence.statements import Group
from orebook.engines.promises.match import VERSION as PROMISES
from orebook.model.absence import Absent, known
from orebook.show.deal import STATES, deal_json
from orebook.show.deal_pictures import clock_picture, timeline_picture, voices_drawn
from orebook.show.disclosed import CELL_STATES, GRANTS, applies_text, not_public
from orebook.show.ladder import ladder_picture
from orebook.show.matrix_picture import keys_picture, matrix_picture
from orebook.show.money_pictures import swings, tornado_picture, waterfall, waterfall_picture
from orebook.show.numbers import number
from orebook.show.opened import opened_json
from orebook.show.spans import Bar
from orebook.show.topics import topic_text
from orebook.show.values import day_text, say
from orebook.web.addresses import address
from orebook.web.agreement_parts import borne_table, charges_table, in_short, speakers
from orebook.web.cells import answers_table, claims_table, ref_cell, thing_cell
from orebook.web.opened_parts import (
    changes_table,
    contradictions_table,
    drafts_table,
    matrix_tables,
    promises_table,
    sides,
    statuses_table,
    take_picture,
    take_tables,
)
from orebook.web.page import Answer, Ask, Page
from orebook.web.size_parts import (
    backed_picture,
    backed_table,
    deposits_table,
    rungs_table,
    sizes_table,
    years,
)
from orebook.web.tables import Cell, Table, cell, fields, table

_BRIEF_MOST = 6
TRAIL = (("Agreements", "/agreements"),)
# Instruments that by their kind settle no share of the state.
ELSEWHERE = {
    "offtake": "A sale fixes a price and no royalty or tax: what the state gets stands in its law "
    "and in the title of the mine, which this instrument does not hold.",
    "loan": "A loan fixes interest and security and no royalty or tax: what the state gets stands "
    "in its law and in the title of the mine, which this instrument does not hold.",
}
# What the groups of claims on one property come to, counted.
_TALLY = {
    "agree": "properties agreed by several voices",
    "one_voice": "told by one voice alone",
    "differ": "told in words that differ",
    "not_found": "looked for and not found",
    "sealed": "sealed",
}


def listing(ask: Ask) -> Page:
    """Every agreement of the book."""
    rows = [
        (
            Cell(say(a.title).text, address("agreement", a.id)),
            cell(a.instrument),
            cell(a.signed),
            cell(a.text_public),
            Cell(a.id),
            ref_cell(a.ref),
        )
        for a in deals(ask.view)
    ]
    columns = (
        ("title", "title"),
        ("instrument", "instrument"),
        ("signed", "signed"),
        ("text_public", "text public"),
        ("id", "identifier"),
        ("entry", "entry"),
    )
    return Page("list", "Agreements", tables=(table("agreements", "Agreements", columns, rows),))


def sheet(ask: Ask) -> Answer:
    """One agreement: parties, clock, time line, roadmap, commitments, steps, claims, absences."""
    if ask.rest.tail == "brief":
        return brief(opened(ask.view, ask.ident))
    if ask.rest.tail in {"text", "compare"}:
        from orebook.web.pages import texts

        return texts.reader(ask) if ask.rest.tail == "text" else texts.compare(ask)
    told = opened(ask.view, ask.ident)
    found = told.deal
    agreement = found.agreement
    called = names(ask.view, [known(r.party) or "" for r in known(agreement.parties) or ()])
    timeline = timeline_picture("timeline", found, address)
    backed = agreement_headlines(ask.view, agreement.id, Path(ask.backing)) if ask.backing else None
    parts: dict[str, object] = {
        "found": found,
        "clock": clock_picture("clock", found, address) if found.clock is not None else None,
        "timeline": timeline,
        "voices": voices_drawn("voices", found.facts, found.voices, address)
        if found.voices.chains
        else None,
        "states": STATES,
        "counts": [(word, len(found.of(state))) for state, word in _TALLY.items()],
        "brief": address("agreement", agreement.id, "brief"),
        "text": address("agreement", agreement.id, "text"),
        "others": [
            (say(a.title).text, address("agreement", agreement.id, "compare", other=a.id))
            for a in deals(ask.view)
            if a.id != agreement.id
        ],
        "open": not_public(told.matrix),
        "cell_states": CELL_STATES,
        "applies": applies_text,
        "grants": GRANTS[told.matrix.grants.answer],
        "told": told,
        "item_counts": _counted(told, told.matrix.items),
        "key_counts": _counted(told, told.matrix.keys),
        "matrix": matrix_picture("matrix", told.matrix.items),
        "matrix_keys": keys_picture("matrix-keys", told.matrix.keys),
        "sides": sides(told.review.groups, found.facts),
        "limits": LIMITS,
        "backing": Path(ask.backing).name,
        "all": ask.query.get("all", "") == "1",
        "here": address("agreement", agreement.id),
        "short": in_short(told, backed),
        "speakers": speakers(told),
        "years": years(told.sizes),
        "lost": [topic_text(g.topic) for g in found.of("not_found")],
        **_money(told, backed),
    }
    not_found = [t for t in known(agreement.terms) or () if isinstance(t.value, Absent)]
    unknown = tuple((known(t.key) or "a term").replace("_", " ") for t in not_found)
    return Page(
        "agreement",
        say(agreement.title).text,
        parts,
        (*_tables(told, called), *_ladder(backed)),
        opened_json(told),
        unknown,
        (EVIDENCE, DISCLOSURE, PROMISES),
        trail=TRAIL,
    )


def _money(told: Opened, backed: Backed | None) -> dict[str, object]:
    """Who gets what, and how much of the headlines is backed, as pictures."""
    worked = told.take.worked
    facts = told.deal.facts
    return {
        "take": take_picture(told),
        "waterfall": waterfall_picture("waterfall", worked),
        "elsewhere": ELSEWHERE.get(known(told.agreement.instrument) or "", ""),
        "tornado": tornado_picture("tornado", worked),
        "backed": backed,
        "backed_share": backed_picture(backed.headlines, facts) if backed is not None else None,
        "ladder": ladder_picture("rungs", backed.ladder) if backed is not None else None,
    }


def _counted(found: Opened, cells: tuple[Item, ...]) -> str:
    counts = found.matrix.counts(cells)
    told = ", ".join(f"{number(n)} {CELL_STATES[s]}" for s, n in counts.items())
    return f"of {number(len(cells))}, {told}"


def _tables(told: Opened, called: dict[str, str]) -> tuple[Table, ...]:
    found = told.deal
    agreement = found.agreement
    said = [g for g in found.groups if g.state != "not_found"]
    absent = found.of("not_found")
    return (
        fields(
            "about",
            "The agreement as stated",
            [
                ("instrument", cell(agreement.instrument)),
                ("signed", cell(agreement.signed)),
                ("place", cell(agreement.place)),
                ("text public", cell(agreement.text_public)),
                ("source", cell(agreement.source)),
                ("note", cell(agreement.note)),
                ("stated in", ref_cell(agreement.ref)),
            ],
        ),
        _rows("parties", "Parties and roles", agreement.parties, ("party", "role"), called),
        _rows("roadmap", "Roadmap as printed", agreement.roadmap, ("stage", "text", "due")),
        _rows(
            "commitments",
            "Commitments",
            agreement.commitments,
            ("topic", "text", "measure", "baseline"),
        ),
        _rows(
            "amounts",
            "Printed amounts and their meanings; never added",
            agreement.amounts,
            ("amount", "meaning"),
        ),
        _steps(found),
        _rows("terms", "Terms", agreement.terms, ("key", "value")),
        borne_table(told),
        charges_table(told),
        claims_table("claims", "What is said, by property, with who says it", said, found.facts),
        claims_table(
            "not_found", "What was not found, and until when it was looked for", absent, found.facts
        ),
        _absences(found),
        answers_table(found.replies, found.notices, called),
        drafts_table(told),
        *matrix_tables(told),
        contradictions_table(told.review.groups),
        promises_table(told),
        statuses_table(told),
        *take_tables(told),
        _bars("gets", "Who gets what, between least and most", waterfall(told.take.worked)),
        _bars("moves", "What moves the investor's present value", swings(told.take.worked)),
        sizes_table(told.sizes),
        *(
            changes_table(
                f"version-{n}",
                f"What changed since {say(before.title).text}",
                changes,
                ("before", "after"),
            )
            for n, (before, changes) in enumerate(told.versions, 1)
        ),
    )


def _ladder(backed: Backed | None) -> tuple[Table, ...]:
    """The tables of the ladder, where a headline is said of a party of this agreement."""
    if backed is None or not backed.headlines:
        return ()
    return backed_table(backed.headlines), deposits_table(backed), rungs_table(backed)


def _bars(key: str, caption: str, bars: tuple[Bar, ...]) -> Table:
    """The rows of a picture of bars as a table."""
    rows = [(Cell(b.label), Cell(b.shown)) for b in bars]
    return table(key, caption, (("what", "what"), ("value", "from and to")), rows)


def _rows(
    key: str,
    caption: str,
    items: object,
    names_: tuple[str, ...],
    called: dict[str, str] | None = None,
) -> Table:
    """A list of records of the agreement as rows, with the claim each rests on."""
    rows = []
    for item in items if isinstance(items, tuple) else ():
        cells = [_attribute(item, name, called or {}) for name in names_]
        claim = known(item.claim)
        link = Cell(claim, address("claim", claim)) if claim else Cell("", state="silent")
        rows.append((*cells, link))
    columns = [(name, name) for name in names_]
    return table(
        key,
        caption,
        [*columns, ("claim", "claim")],
        rows,
        measured=("amount",) if "amount" in names_ else (),
    )


def _attribute(item: object, name: str, called: dict[str, str]) -> Cell:
    value = getattr(item, name)
    if name == "party":
        return thing_cell(value, "party", called)
    if name in {"key", "topic"} and isinstance(value, str):
        return Cell(topic_text(value))
    return cell(value)


def _steps(found: Deal) -> Table:
    rows = []
    for step in known(found.agreement.steps) or ():
        claims = known(step.claims) or ()
        link = Cell(", ".join(claims), address("claim", claims[0]) if claims else "")
        rows.append((cell(step.when), cell(step.body), cell(step.asked), cell(step.answered), link))
    columns = (
        ("when", "when"),
        ("body", "who"),
        ("asked", "what was asked or done"),
        ("answered", "what was answered"),
        ("claims", "claims"),
    )
    return table("steps", "Asked in and about parliament, and answered", columns, rows)


def _absences(found: Deal) -> Table:
    """Where each absent term was looked for."""
    rows = []
    for term in known(found.agreement.terms) or ():
        if isinstance(term.value, Absent):
            key = (known(term.key) or "a term").replace("_", " ")
            rows.append(
                (
                    Cell(key),
                    cell(term.value),
                    Cell(day_text(term.value.until), value=term.value.until)
                    if term.value.until
                    else Cell("", state="silent"),
                    Cell(term.value.where),
                    Cell(term.value.note),
                )
            )
    columns = (
        ("term", "term"),
        ("state", "state"),
        ("until", "looked for until"),
        ("where", "where"),
        ("note", "note"),
    )
    return table("searches", "Terms that were looked for", columns, rows)


def brief(told: Opened) -> Page:
    """One printed page: agreed, disputed, not found, five questions with citations."""
    found = told.deal
    parts: dict[str, object] = {
        "found": found,
        "agreed": _first(found.of("agree") or found.of("one_voice")),
        "agreed_by_several": bool(found.of("agree")),
        "disputed": _first(found.of("differ")),
        "absent": found.of("not_found"),
        "counts": {state: len(found.of(state)) for state in STATES},
        "topic": topic_text,
        "short": in_short(told, None)[2:3] + in_short(told, None)[4:],
        "questions": told.questions[:5],
    }
    title = f"Brief: {say(found.agreement.title).text}"
    own = say(found.agreement.title).text
    trail = (*TRAIL, (own, address("agreement", found.agreement.id)))
    tables = (
        claims_table("agreed", "Agreed by several voices", found.of("agree"), found.facts),
        claims_table("disputed", "Statements differ", found.of("differ"), found.facts),
        claims_table("not_found", "Not found", found.of("not_found"), found.facts),
        drafts_table(told),
    )
    return Page("brief", title, parts, tables, deal_json(found), trail=trail)


def _first(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """The groups with the most voices, in the order first met."""
    kept = sorted(groups, key=lambda g: -g.voices)[:_BRIEF_MOST]
    return tuple(g for g in groups if g in kept)
