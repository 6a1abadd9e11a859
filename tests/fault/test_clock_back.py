"""The clock goes back between appends: order is by index, and nothing written before changes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from orebook.book import query
from orebook.book.audit import audit_folder
from orebook.book.book import Book
from orebook.model.entry import Draft

DAYS = (10, 20, 3, 20, 30)


def at(day: int) -> dt.datetime:
    return dt.datetime(2026, 1, day, 12, tzinfo=dt.UTC)


def test_appends_go_on_and_earlier_heads_stay_when_the_clock_goes_back(tmp_path: Path) -> None:
    now = [at(1)]
    made = {"origin": "example.org/clock", "title": "Clock", "operator": "me"}
    heads = []
    with Book.create(tmp_path / "b", heads=tmp_path / "heads", now=lambda: now[0], **made) as book:
        for number, day in enumerate(DAYS):
            now[0] = at(day)
            heads.append(book.append([Draft("lot", ({"id": f"lot:{number}"},), "me")]).head)
        assert [head.size for head in heads] == sorted({head.size for head in heads})
        assert [book.head_at(head.size) for head in heads] == heads
        clocks = [str(row[2]) for row in book.views.table("clock")]
        assert clocks == [f"2026-01-{day:02}T12:00:00Z" for day in (1, *DAYS)]
        # the first clock after D ends the search, so what came on "day 3" is not known on day 3
        known = {5: 2, 15: heads[0].size, 25: heads[3].size, 31: heads[4].size}
        for day, size in known.items():
            assert query.head_of(book, known_by=f"2026-01-{day:02}").size == size
    now[0] = at(2)  # and the book opens again with a clock that is behind all it remembers
    with Book.open(tmp_path / "b", heads=tmp_path / "heads", now=lambda: now[0]) as book:
        assert book.head == heads[-1]
        assert book.append([Draft("lot", ({"id": "lot:x"},), "me")]).first == heads[-1].size
        assert query.head_of(book, known_by="2026-01-05").size == 2
        assert query.head_of(book, known_by="2026-01-31").size == book.head.size
    assert audit_folder(tmp_path / "b") == []
