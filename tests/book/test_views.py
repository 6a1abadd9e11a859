"""The three laws of views, over random histories; and what each view holds."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orebook.book import query
from orebook.book.book import Book
from orebook.book.folder import Keys
from orebook.book.folds import VIEWS
from orebook.book.views import Views
from orebook.model.entry import Draft
from orebook.model.event import Event

NAMES = [view.name for view in VIEWS]
LOTS = ["lot:a", "lot:b", "lot:c"]
PARTIES = ["party:x", "party:y"]

# A history: batches of statements; each states facts and may supersede an earlier one, or a fact.
statement = st.tuples(
    st.sampled_from(["lot", "event", "assay", "claim"]),
    st.sampled_from(PARTIES),
    st.lists(st.sampled_from(LOTS), min_size=1, max_size=3),
    st.none() | st.tuples(st.integers(0, 30), st.none() | st.integers(0, 3)),
)
histories = st.lists(st.lists(statement, min_size=1, max_size=4), max_size=5)


def fact(kind: str, number: int, lots: list[str]) -> dict[str, object]:
    flows = [{"lot": lot} for lot in lots]
    return {
        "lot": {"id": lots[0], "label": f"number {number}", "note": "words"},
        "event": {"id": f"event:{number}", "kind": "blend", "inputs": flows, "container": "box"},
        "assay": {"id": f"assay:{number}", "lot": lots[0], "results": []},
        "claim": {
            "id": f"claim:{number}",
            "subject": "words",
            "property": "mass",
            "about": lots,
            "source": "source:1",
        },
    }[kind]


def keep(history: Sequence[Sequence[tuple]]) -> Book:
    seeds = [bytes([n]) * 32 for n in range(4)]
    book = Book.create(
        None, origin="example.org/v", title="t", operator="op", keys=Keys.from_seeds(seeds)
    )
    number = 0
    for batch in history:
        drafts = []
        for kind, author, lots, target in batch:
            number += 1
            old = list(book.stored(0, book.head.size))
            supersedes: tuple[str, ...] = ()
            if target is not None:
                leaf = old[target[0] % len(old)].leaf
                supersedes = (leaf if target[1] is None else f"{leaf}#{target[1]}",)
            facts = tuple(fact(kind, number * 10 + n, lots) for n in range(len(lots)))
            drafts.append(Draft(kind, facts, author, supersedes=supersedes))
        book.append(drafts)
    return book


def tables(views: Views) -> dict[str, list[tuple[object, ...]]]:
    return {name: views.table(name) for name in NAMES}


@given(histories)
def test_rebuilt_is_caught_up(history) -> None:
    with keep(history) as book:
        caught_up = tables(book.views)
        book.views.rebuild(book.head.size)
        assert tables(book.views) == caught_up


@given(histories, st.integers(1, 7))
def test_any_batch_size_gives_the_same_rows(history, batch: int) -> None:
    with keep(history) as book:
        fresh = Views(None, book.stored)
        fresh.catch_up(book.head.size, batch)
        assert tables(fresh) == tables(book.views)
        fresh.close()


@given(histories)
def test_dropping_every_view_loses_nothing(history) -> None:
    with keep(history) as book:
        before = tables(book.views)
        book.views.drop()
        assert all(rows == [] for rows in tables(book.views).values())
        book.refresh()
        assert tables(book.views) == before


@given(histories, st.integers(0, 20))
def test_rows_say_what_held_at_an_earlier_head(history, cut: int) -> None:
    """A condition on a caught-up view gives what a view of that head alone would hold."""
    with keep(history) as book:
        size = min(cut, book.head.size)
        early = Views(None, book.stored)
        early.catch_up(size)
        then = early.rows("SELECT position, idx FROM facts WHERE until IS NULL ORDER BY 1, 2")
        now = book.views.rows(
            "SELECT position, idx FROM facts WHERE since < ? AND (until IS NULL OR until >= ?)"
            " ORDER BY 1, 2",
            (size, size),
        )
        assert now == then
        early.close()


def test_a_new_version_is_rebuilt_at_the_next_start(tmp_path, make_book, chain) -> None:
    from dataclasses import replace

    book = make_book()
    book.append(chain)
    path = tmp_path / "views.sqlite3"
    first = Views(path, book.stored)
    first.catch_up(book.head.size)
    first.close()
    newer = [replace(v, version=v.version + 1) if v.name == "flows" else v for v in VIEWS]
    second = Views(path, book.stored, newer)
    positions = second.positions()
    assert positions.pop("flows") == 0
    assert set(positions.values()) == {book.head.size}
    second.catch_up(book.head.size)
    assert tables(second) == tables(book.views)
    second.close()


def test_a_view_beyond_the_head_is_rebuilt(make_book, chain) -> None:
    book = make_book()
    book.append(chain)
    book.views.catch_up(2)
    assert book.views.positions() == dict.fromkeys(NAMES, 2)
    assert len(book.views.table("entries")) == 2


def test_flows_name_lots_by_their_part(make_book, chain) -> None:
    book = make_book()
    book.append(chain)
    rows = book.views.rows("SELECT event, lot, direction FROM flows ORDER BY position, idx, number")
    assert rows == [
        ("event:crush", "lot:ore", "in"),
        ("event:crush", "lot:crushed", "out"),
        ("event:float", "lot:crushed", "in"),
        ("event:float", "lot:concentrate", "out"),
        ("event:float", "lot:tailings", "out"),
        ("event:pack", "lot:concentrate", "subject"),
        ("event:pack", "lot:bag", "container"),
    ]


def test_abouts_follow_the_attribute_tables(make_book, chain) -> None:
    book = make_book()
    book.append(chain)
    rows = book.views.rows(
        "SELECT id, attribute, target FROM abouts JOIN facts USING (position, idx)"
        " ORDER BY position, idx, number"
    )
    assert ("event:crush", "facility", "site:mill") in rows
    assert not [row for row in rows if row[1] == "inputs.lot"]  # that lies in the flows
    held = book.views.rows("SELECT event, direction FROM flows WHERE lot = 'lot:ore'")
    assert ("event:crush", "in") in held
    named = query.slice(book, as_of="2026-06-01", about=["lot:ore"], kinds=["event"])
    assert "event:crush" in {event.id for event in named.all(Event)}
    assert ("site:mill", "operator", "party:miller") in rows
    assert ("assay:1", "lot", "lot:concentrate") in rows


@pytest.mark.parametrize(("author", "until"), [("party:x", 4), ("party:y", None)])
def test_only_its_author_replaces_a_statement(make_book, author: str, until: int | None) -> None:
    book = make_book()
    first = book.append([Draft("lot", ({"id": "a"}, {"id": "b"}), "party:x")])
    fix = Draft("lot", ({"id": "a", "label": "x"},), author, supersedes=(f"{first.leaves[0]}#0",))
    book.append([fix])
    rows = book.views.rows("SELECT idx, until FROM facts WHERE position = 2 ORDER BY idx")
    assert rows == [(0, until), (1, None)]


def test_an_unknown_table_is_not_read(make_book) -> None:
    with pytest.raises(LookupError):
        make_book().views.table("positions; DROP TABLE facts")
