"""Slices: by kind, by id, by cone, at an earlier head or date, for one reader."""

from __future__ import annotations

import pytest

from orebook.book import query
from orebook.book.leaves import parse, parse_some
from orebook.book.query import Steps
from orebook.model.assay import Assay
from orebook.model.entry import Draft
from orebook.model.event import Event
from orebook.model.lot import Lot
from orebook.model.party import Party
from orebook.model.place import Facility
from orebook.model.problem import NotFound, ReaderError

ME = "example.org/keeper"
DAY = "2026-01-01"


@pytest.fixture
def book(make_book, chain):
    made = make_book()
    made.append(chain)
    return made


def names(facts, cls) -> list[str]:
    return sorted(r.id for r in facts.all(cls))


def test_by_kind_and_by_id(book) -> None:
    assert len(query.slice(book, as_of=DAY, kinds=["lot"]).all(Lot)) == 5
    facts = query.slice(book, as_of=DAY, ids=["lot:ore", "event:pack"])
    assert (names(facts, Lot), names(facts, Event)) == (["lot:ore"], ["event:pack"])
    assert query.slice(book, as_of=DAY, ids=["lot:ore"], kinds=["event"]).records == {}
    assert query.slice(book, as_of=DAY, ids=[]).records == {}


def test_facts_name_head_day_and_place(book) -> None:
    facts = query.slice(book, as_of=DAY, ids=["lot:ore"])
    lot = facts.get(Lot, "lot:ore")
    assert (facts.head, facts.as_of) == (book.head, DAY)
    assert lot is not None
    assert query.entry(book, lot.ref.position).leaf == lot.ref.leaf
    assert query.find(book, lot.ref.text()) == lot.ref.position


def test_a_cone_holds_what_the_lot_was_made_from_and_became(book) -> None:
    facts = query.slice(book, as_of=DAY, lots=["lot:crushed"])
    assert names(facts, Event) == ["event:crush", "event:float", "event:pack"]
    assert names(facts, Lot) == ["lot:concentrate", "lot:crushed", "lot:ore", "lot:tailings"]
    assert names(facts, Assay) == ["assay:1"]
    assert names(facts, Facility) == ["site:mill"]
    assert names(facts, Party) == ["party:miller"]


@pytest.mark.parametrize(
    ("steps", "events"),
    [
        (Steps(0, 0), ["event:float"]),
        (Steps(1, 0), ["event:crush"]),
        (Steps(0, 1), ["event:float"]),
        (Steps(None, 0), ["event:crush"]),
        (Steps(0, None), ["event:float", "event:pack"]),
    ],
)
def test_a_cone_goes_as_far_as_asked(book, steps: Steps, events: list[str]) -> None:
    found = names(query.slice(book, as_of=DAY, lots=["lot:crushed"], steps=steps), Event)
    if steps == Steps(0, 0):
        assert found == []  # no step, no event; only what holds or observes the lot
    elif steps == Steps(0, 1):
        # the packing merely handles the concentrate that came out
        assert found == ["event:float", "event:pack"]
    else:
        assert found == events


def test_a_cycle_ends(make_book) -> None:
    book = make_book()
    events = tuple(
        {"id": f"e{a}{b}", "kind": "blend", "inputs": [{"lot": a}], "outputs": [{"lot": b}]}
        for a, b in ("ab", "bc", "ca")
    )
    book.append([Draft("event", events, ME)])
    assert len(query.slice(book, as_of=DAY, lots=["a"]).all(Event)) == 3


def test_an_earlier_head_answers_as_it_did_then(book) -> None:
    before = query.slice(book, as_of=DAY)
    size = book.head.size
    lot = before.get(Lot, "lot:ore")
    fix = Draft("lot", ({"id": "lot:ore", "label": "x"},), ME, supersedes=(lot.ref.text(),))
    book.append([fix, Draft("lot", ({"id": "lot:new"},), ME)])
    assert query.slice(book, as_of=DAY, size=size) == before
    now = query.slice(book, as_of=DAY)
    assert [r.label for r in now.stated(Lot, "lot:ore")] == ["x"]
    both = query.slice(book, as_of=DAY, superseded=True)
    assert [r.label for r in both.stated(Lot, "lot:ore")] == ["ore", "x"]
    assert query.superseded_by(book, lot.ref.position, lot.ref.index) == size
    assert query.superseded_by(book, size, 0) is None
    assert query.counts(book, size)["lot"] == 5
    assert query.counts(book)["lot"] == 6


def test_a_date_chooses_the_last_head_whose_clock_is_not_after_it(book) -> None:
    sizes = [book.head.size]
    book.append([Draft("lot", ({"id": "late"},), ME)])
    sizes.append(book.head.size)
    clocks = [row[2] for row in book.views.table("clock")]
    assert clocks == ["2026-01-01T00:03:00Z", "2026-01-01T00:05:00Z", "2026-01-01T00:07:00Z"]

    def size(text: str) -> int:
        return query.head_of(book, known_by=text).size

    assert size("2026-01-01T00:02:59Z") == 0
    assert size("2026-01-01T00:03:00Z") == 2
    assert size("2026-01-01T01:06:30+01:00") == sizes[0]
    assert [size("2025"), size("2025-12-31")] == [0, 0]
    assert [size("2026-01-01"), size("2026-01"), size("2027")] == [sizes[1]] * 3
    assert query.slice(book, as_of=DAY, known_by="2025").records == {}


def test_a_question_that_cannot_be_answered_is_refused(book) -> None:
    with pytest.raises(ReaderError, match="both"):
        query.head_of(book, size=1, known_by=DAY)
    with pytest.raises(ReaderError, match="not a date"):
        query.head_of(book, known_by="yesterday")
    with pytest.raises(NotFound):
        query.head_of(book, size=book.head.size + 1)
    with pytest.raises(NotFound):
        query.find(book, "00" * 32)


def test_an_earlier_root_is_the_one_signed_then(make_book) -> None:
    book = make_book()
    drafts = [Draft("lot", ({"id": f"l{number}"},), ME) for number in range(6)]
    heads = [book.head, *(book.append([draft]).head for draft in drafts)]
    assert [book.head_at(head.size) for head in heads] == heads


def test_names_page_by_key(book) -> None:
    everything = query.lot_ids(book)
    assert everything[0] == "lot:bag"  # named by an event alone
    pages: list[str] = []
    while page := query.lot_ids(book, after=pages[-1] if pages else "", limit=2):
        pages += page
    assert pages == everything
    assert query.ids(book, "event", after="event:crush") == ["event:float", "event:pack"]
    assert query.kinds_of(book, "site:mill") == ["facility"]


def test_positions_by_kind_and_capture(make_book) -> None:
    book = make_book()
    book.append([Draft("lot", ({"id": "a"},), ME)], capture="one")
    book.append([Draft("lot", ({"id": "b"},), ME)], capture="two")
    assert query.positions(book, kind="lot") == [2, 4]
    assert query.positions(book, capture="two") == [4]
    assert query.positions(book, after=3, limit=1) == [4]


def test_what_names_a_thing_is_found(book) -> None:
    facts = query.slice(book, as_of=DAY, about=["lot:concentrate"])
    assert names(facts, Assay) == ["assay:1"]
    assert names(facts, Event) == ["event:float", "event:pack"]


@pytest.mark.parametrize("reader", ["public", "owner"])
def test_one_fact_of_a_large_entry_is_read_as_with_the_others(make_book, reader: str) -> None:
    book = make_book()
    lots = tuple(
        {"id": f"lot:{n}", "label": "x" * 200, "note": f"words about {n}", "made": "2026-01-15"}
        for n in range(40)
    )
    first = book.append([Draft("lot", lots, ME, seal={3: ("/made",), 38: ("/label",)})]).first
    assert len(book.leaf(first)) > 8192
    (whole,) = query.entries(book, first, first + 1, reader)
    assert ("made" in whole.facts[3]) == (reader == "owner")
    for wanted in ([0], [3, 38], list(range(30))):
        found = query.facts_at(book, [(first, n) for n in wanted], reader)
        assert [(e.facts[n], e.ref(n), n) for e, n in found] == [
            (whole.facts[n], whole.ref(n), n) for n in wanted
        ]
        assert all((e.issued, e.evidence, e.author) == (whole.issued, (), ME) for e, _ in found)
    with pytest.raises(NotFound):
        query.facts_at(book, [(book.head.size, 0)], reader)


def test_some_facts_of_an_entry_are_read_with_all_that_is_said_around_them(book) -> None:
    odd = Draft("lot", ({"id": "a"},), ME, ("document:1",), about="2026-01-15")
    book.append([odd], capture="document:1")
    assert "keys" in parse(0, book.leaf(0)).payload  # which no other entry has
    for position in range(book.head.size):
        whole = parse(position, book.leaf(position))
        numbers = range(len(whole.facts))
        assert parse_some(position, book.leaf(position), numbers) == whole
