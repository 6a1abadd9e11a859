"""Official EPCIS documents go through the book and come out equal, number text and all."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from orebook.acts.capture import Captured, capture
from orebook.acts.export import export
from orebook.acts.see import View, view
from orebook.book.book import Book
from orebook.exchange.json_text import read as json_read
from orebook.model.problem import NotFound, ReaderError
from orebook.wiring import Naming, create_book

# words that came after the schema of May 2023: some of their events are refused
NEWER = {"SensorData_with_combined_events.json"}


def written(here: View, name: str, **which: object) -> bytes:
    stream = io.BytesIO()
    export(here, name, stream, **which)  # type: ignore[arg-type]
    return stream.getvalue()


def through(data: bytes, name: str, injected) -> tuple[Book, Captured]:
    book = create_book(None, Naming("test.example/trip", "Trip", "party:k"), injected())
    return book, capture(book, io.BytesIO(data), name)


def valid(standards: Path) -> list[Path]:
    gs1 = sorted((standards / "epcis-gs1" / "JSON").rglob("*.jsonld"))
    assert len(gs1) == 26
    opened = sorted((standards / "epcis-openepcis-tests" / "2.0").rglob("*.json"))
    return gs1 + [f for f in opened if "Invalid" not in f.parts and f.name not in NEWER]


@pytest.mark.parametrize("reader", ["owner", "public"])
def test_every_valid_document_comes_out_of_a_book_equal_in_value(
    standards: Path, injected, reader: str
) -> None:
    for file in valid(standards):
        data = file.read_bytes()
        book, done = through(data, file.name, injected)
        with book:
            assert done.problems == (), file
            here = view(book, "owner", "2026-06-01")
            out = written(here, "epcis-json", document=done.document)
            assert json_read(out) == json_read(data), file
            if reader == "owner":
                continue
            # what anyone may see is never more than what was sent, and our own form holds it all
            lines = written(view(book, "public", "2026-06-01"), "jsonl", document=done.document)
            assert lines.count(b"\n") == done.facts


def test_our_own_form_carries_a_document_into_another_book_unchanged(
    standards: Path, injected
) -> None:
    for file in valid(standards):
        data = file.read_bytes()
        book, done = through(data, file.name, injected)
        with book:
            lines = written(view(book, "owner", "2026-06-01"), "jsonl", document=done.document)
        other, again = through(lines, "facts.jsonl", injected)
        with other:
            assert again.problems == (), file
            here = view(other, "owner", "2026-06-01")
            kinds = [e for e in here.entries(0, other.head.size) if e.capture == again.document]
            assert sum(len(e.facts) for e in kinds) == done.facts + 1  # the file of lines itself
            out = written(here, "epcis-json", document=again.document)
            assert json_read(out) == json_read(data), file


def test_invalid_documents_are_refused_by_place_and_never_raise(standards: Path, injected) -> None:
    files = [
        f
        for f in sorted((standards / "epcis-openepcis-tests" / "2.0").rglob("*.json"))
        if "Invalid" in f.parts or f.name in NEWER
    ]
    assert len(files) > 10
    for file in files:
        book, done = through(file.read_bytes(), file.name, injected)
        with book:
            assert done.problems, file
            assert all(p.place.startswith("/") and p.file == file.name for p in done.problems)


def test_what_was_captured_can_be_sent_again_from_an_export(keep, look, book: Book) -> None:
    rows = [
        {"kind": "lot", "author": "party:mine", "fact": {"id": "lot:a", "note": "a free remark"}},
        {"kind": "lot", "fact": {"id": "lot:b", "mass": {"value": "1.50", "unit": "TNE"}}},
    ]
    keep(rows)
    head = book.head
    again = keep(written(look(), "jsonl"))
    assert again.problems == ()
    assert (again.appended, book.head) == ({}, head)


def test_an_export_names_what_it_cannot_do(look) -> None:
    with pytest.raises(ReaderError, match="no format nonsense"):
        written(look(), "nonsense")
    with pytest.raises(NotFound, match="document:none"):
        written(look(), "jsonl", document="document:none")


def test_the_log_s_own_entries_are_exported_when_asked_for_by_kind(look) -> None:
    assert written(look(), "jsonl") == b""
    assert b'"kind":"book"' in written(look(), "jsonl", kinds=["book"])
