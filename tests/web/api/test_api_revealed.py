"""A lot's name that was sealed at first is found from its public reveal on, and never before."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from orebook.acts.reveal import reveal
from orebook.acts.see import view
from orebook.model.entry import Draft
from orebook.model.event import Event

Served = Any
LOT, PART, DAY = "urn:epc:class:lgtin:4012345.012345.SECRET", "urn:lot:part", "2026-11-23"
MINE = "urn:uuid:sealed-lot"


def drafts(operator: str) -> list[Draft]:
    """One event whose lot is sealed by itself, one whose flow is sealed whole."""
    mass = {"value": "2", "unit": "TNE"}
    event = {"id": MINE, "kind": "ship", "when": "2025-03-01T12:00:00Z", "timezone": "+00:00"}
    named = {**event, "subjects": [{"lot": LOT, "mass": mass}, {"lot": PART}]}
    whole = {**event, "id": "urn:uuid:sealed-flow", "subjects": [{"lot": PART}]}
    whole["outputs"] = [{"lot": LOT, "mass": mass}]
    whole["kind"] = "crush"
    return [
        Draft("event", (named,), operator, seal={0: ("/subjects/0/lot",)}),
        Draft("event", (whole,), operator, seal={0: ("/outputs",)}),
    ]


def asked(served: Served, who: str = "", more: str = "") -> list[str]:
    question = f"?MATCH_anyEPCClass={quote(LOT, safe='')}{more}"
    return [e["eventID"] for e in served.events(question, who)]


def test_it_is_found_from_its_reveal_on_and_never_before(served: Served) -> None:
    book = served.book
    first = book.append(drafts(book.operator)).first
    assert asked(served) == asked(served, "rival") == []
    assert served.get(f"/epcis/epcs/{quote(LOT, safe='')}").status_code == 404
    assert LOT not in served.get("/epcis/epcs?perPage=1000").text
    assert LOT not in {str(row) for row in book.views.table("opened")}
    seen = view(book, "public", DAY).facts(lots=[LOT])
    assert not seen.all(Event)
    reveal(book, str(first), "/subjects/0/lot", "party:rival")  # to one alone: still in no leaf
    assert book.views.table("opened") == []
    assert asked(served) == []
    sealed_at = book.head.size
    reveal(book, str(first), "/subjects/0/lot", "public")
    assert asked(served) == asked(served, "rival") == [MINE]
    assert asked(served, more=f"&head={sealed_at}") == []
    reveal(book, str(first + 1), "/outputs", "public")
    assert set(asked(served)) == {MINE, "urn:uuid:sealed-flow"}
    assert LOT in served.get("/epcis/epcs?perPage=1000").json()["member"]
    assert len(served.events(base=f"/epcis/epcs/{quote(LOT, safe='')}/events")) == 2
    found = view(book, "public", DAY).facts(lots=[LOT]).all(Event)
    assert {event.id for event in found} == {MINE, "urn:uuid:sealed-flow"}
    rows = book.views.table("opened")
    book.views.rebuild(book.head.size)
    assert book.views.table("opened") == rows
    assert {(row[5], row[6]) for row in rows} >= {("subjects.lot", LOT), ("outputs.lot", LOT)}


def test_a_hostile_reveal_says_nothing_of_a_lot(served: Served) -> None:
    """What a reveal names counts only where the fact, opened, does name it."""
    from orebook.book.folds import named, refers

    assert named("%%%", ("subjects",)) == named("bnVsbA", ()) == []
    assert refers("event", "subjects.lot")
    assert refers("assay", "lot")
    assert not refers("event", "note")
    assert not refers("lot", "label.x")


def test_no_question_by_a_name_goes_through_every_event(served: Served) -> None:
    """By the plan of the database: with a million events the difference is a second."""
    from orebook.book import query

    book = served.book
    book.append(drafts(book.operator))
    asked: list[tuple[str, Any]] = []
    rows = book.views.rows
    book.views.rows = lambda sql, values=(): asked.append((sql, values)) or rows(sql, values)
    query.places(book, "event", lots=[LOT])
    query.lots_named(book, after="urn", limit=30)
    query.slice(book, as_of=DAY, lots=[LOT], about=[LOT])
    assert len(asked) > 8
    for sql, values in asked:
        plan = [str(row[3]) for row in rows(f"EXPLAIN QUERY PLAN {sql}", values)]
        through = [step for step in plan if step.startswith("SCAN") and step != "SCAN w"]
        assert through == [], (sql, plan)
