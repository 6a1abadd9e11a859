"""Who closes a period: the keeper of the book alone, and only with figures that are numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from orebook.acts.closings import FORMAT, before, closings_of
from orebook.acts.see import view
from orebook.book.opened import OpenBook
from orebook.model.entry import Draft
from orebook.wiring import Naming, create_book

IDENT = "balance:all/2026-01"


def stated(author: str, value: object, standard: object, *cites: str) -> Draft:
    """A closing of that period, with one stock that was left."""
    figure = {"name": "stock/a/dry mass", "value": value, "standard": standard, "unit": "kg"}
    said = [("/status", "final"), ("/verdict", "adds_up"), ("/figures/0", json.dumps(figure))]
    body = {
        "id": IDENT,
        "name": "Balance",
        "format": FORMAT,
        "facts": 1,
        "envelope": [{"at": at, "type": "string", "text": text} for at, text in said],
    }
    return Draft("document", (body,), author, supersedes=cites)


@pytest.fixture
def book() -> Iterator[OpenBook]:
    with create_book(None, Naming("t.example/closings", "T")) as made:
        yield made


def test_what_others_state_is_no_closing_and_hides_none(book: OpenBook) -> None:
    stranger = stated("party:stranger", "1000000", "1")
    book.append([stranger])
    assert closings_of(view(book, "public", "2026-11-25"), IDENT) == ()
    own = book.append([stated(book.operator, "100", "0.5")]).first
    book.append([stranger, stated("party:another", "7", "1")])
    (first,) = closings_of(view(book, "public", "2026-11-25"), IDENT)
    assert (first.position, first.stocks()) == (own, {"a": {"dry mass": (100.0, 0.5)}})
    later = book.append([stated(book.operator, "90", "0.5", first.leaf)]).first
    here = view(book, "public", "2026-11-25")
    assert [c.position for c in closings_of(here, IDENT)] == [own, later]


@pytest.mark.parametrize(
    ("value", "standard"),
    [("100", "NaN"), ("inf", "1"), ("100", "0"), ("100", "-1"), ("many", "1"), ([], "1"),
     ("100", None), (True, "1"), ("1e999", "1")],
)  # fmt: skip
def test_a_stock_that_is_no_number_is_named_and_not_used(
    book: OpenBook, value: object, standard: object
) -> None:
    book.append([stated(book.operator, value, standard)])
    (closing,) = closings_of(view(book, "public", "2026-11-25"), IDENT)
    assert (closing.stocks(), closing.unused()) == ({}, ("a/dry mass",))
    assert closing.opening() == (
        f"No stock of {IDENT}, entry {closing.position}, is used."
        " Not used, for want of a finite figure with a doubt above zero: a/dry mass."
    )


def test_before_the_first_period_there_is_none() -> None:
    assert [before(p) for p in ("0001", "0001-01", "0001-01-01")] == ["", "", ""]
    assert [before(p) for p in ("0002", "2026-01", "9999-12-31")] == [
        "0001",
        "2025-12",
        "9999-12-30",
    ]


def test_a_document_in_the_keepers_name_is_no_closing(keep, look) -> None:
    rows = [
        {"kind": "document", "fact": {"id": IDENT, "name": "Balance", "format": FORMAT}},
        {"kind": "lot", "fact": {"id": "lot:good"}},
    ]
    done = keep(rows)
    assert [(p.code, p.place) for p in done.problems] == [("not-by-document", "line 1")]
    assert done.appended["lot"] == 1
    assert not keep(rows, author="party:other").problems
    assert closings_of(look(), IDENT) == ()
