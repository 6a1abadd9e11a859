"""One swap of the head or none: proceed, rollback, dry run, crash, and the same sent again."""

from __future__ import annotations

import io
from typing import Any

import pytest

from orebook.acts.capture import Wish, capture
from orebook.acts.see import view
from orebook.book.book import Book, Stores
from orebook.book.opened import OpenBook
from orebook.book.store_memory import Faults, Injected, MemoryEntries, MemoryHead, MemoryShelf
from orebook.model.lot import Lot
from orebook.model.problem import TooLarge


def lot(name: str, mass: str = "10", **more: Any) -> dict[str, Any]:
    body = {"id": f"lot:{name}", "mass": {"value": mass, "unit": "TNE"}, **more}
    return {"kind": "lot", "fact": body}


GOOD, ALSO = lot("a"), lot("b")
BAD = lot("c", "-3")


def lots(book: Book) -> list[str]:
    here = view(book, "owner", "2026-06-01")
    return [found.id for found in here.facts(kinds=["lot"]).all(Lot)]


def test_proceed_keeps_the_good_rows_in_one_swap_of_the_head(book: Book, keep) -> None:
    before = book.head.size
    done = keep([GOOD, BAD, ALSO])
    assert lots(book) == ["lot:a", "lot:b"]
    assert done.facts == 3  # two lots and the document they came in
    assert [p.place for p in done.problems] == ["line 2, /fact/mass/value"]
    assert done.receipt is not None
    assert done.receipt.first == before
    assert done.receipt.head == book.head
    clocks = view(book, "owner", "2026-06-01").entries(before, book.head.size)
    assert [e.kind for e in clocks].count("clock") == 1


def test_rollback_appends_nothing_where_a_row_is_bad_and_all_where_none_is(
    book: Book, keep
) -> None:
    head = book.head
    done = keep([GOOD, BAD], mode="rollback")
    assert (book.head, done.receipt, done.appended) == (head, None, {})
    assert len(done.problems) == 1
    assert keep([GOOD, ALSO], mode="rollback").appended["lot"] == 2


def test_a_dry_run_shows_all_of_it_and_writes_nothing(book: Book, keep) -> None:
    head = book.head
    dry = keep([GOOD, BAD, ALSO], dry_run=True)
    assert (book.head, dry.receipt, dry.dry_run) == (head, None, True)
    wet = keep([GOOD, BAD, ALSO])
    assert dry.appended == wet.appended
    assert dry.problems == wet.problems
    assert dry.document == wet.document


def test_a_dry_rollback_says_that_nothing_would_be_appended(book: Book, keep) -> None:
    assert keep([GOOD, BAD], dry_run=True, mode="rollback").appended == {}


def test_the_same_document_sent_again_appends_nothing(book: Book, keep) -> None:
    keep([GOOD, ALSO])
    head = book.head
    again = keep([GOOD, ALSO])
    assert (book.head, again.known, again.receipt) == (head, 2, None)


def test_a_corrected_sheet_sent_whole_appends_its_new_rows_alone(book: Book, keep) -> None:
    keep([GOOD, BAD, ALSO])
    fixed = keep([GOOD, lot("c", "3"), ALSO])
    assert fixed.known == 2
    assert fixed.appended == {"lot": 1, "document": 1}
    assert lots(book) == ["lot:a", "lot:b", "lot:c"]


def test_a_row_that_changed_is_a_new_statement_beside_the_old(book: Book, keep) -> None:
    keep([GOOD])
    changed = keep([lot("a", "11")])
    assert (changed.known, changed.appended["lot"]) == (0, 1)
    stated = view(book, "owner", "2026-06-01").facts(kinds=["lot"]).stated(Lot, "lot:a")
    assert len(stated) == 2


def test_another_author_saying_the_same_is_another_statement(book: Book, keep) -> None:
    keep([GOOD])
    assert keep([{**GOOD, "author": "party:other"}]).appended["lot"] == 1


def test_rows_with_sealed_values_are_known_again_too(book: Book, keep) -> None:
    note = lot("s", note="free text that lies beside the log")
    sealed = {**lot("t"), "seal": ["/mass"]}
    keep([note, sealed])
    again = keep([note, sealed, GOOD])
    assert (again.known, again.appended["lot"]) == (2, 1)


def test_a_first_document_sent_again_after_it_was_superseded_stays_superseded(book, keep) -> None:
    first = keep([GOOD])
    reference = f"{first.receipt.leaves[0]}#0"
    keep([{**lot("a", "11"), "supersedes": [reference]}])
    head = book.head
    assert keep([GOOD]).known == 1
    assert book.head == head


def test_a_document_over_the_limit_is_refused_whole(book: Book, keep) -> None:
    head = book.head
    with pytest.raises(TooLarge, match="at most 20 bytes") as refused:
        keep([GOOD], limit=20)
    assert book.head == head
    assert refused.value.problems[0].next_step


def test_progress_counts_every_fact_read(book: Book) -> None:
    told: list[int] = []
    import json

    data = b"".join(json.dumps(lot(str(n))).encode() + b"\n" for n in range(5))
    capture(book, io.BytesIO(data), "facts.jsonl", Wish(), told.append)
    assert told == [1, 2, 3, 4, 5]


def test_a_fact_too_large_for_a_leaf_is_refused_alone_and_a_dry_run_says_so(keep) -> None:
    large = lot("large", materials=[{"name": f"material {n}" * 20} for n in range(2000)])
    dry = keep([GOOD, large], dry_run=True)
    assert [p.code for p in dry.problems] == ["fact-too-large"]
    wet = keep([GOOD, large])
    assert wet.problems == dry.problems
    assert wet.appended["lot"] == 1


def test_a_pointer_that_leads_nowhere_is_refused_alone(keep) -> None:
    done = keep([GOOD, {**lot("x"), "seal": ["/moisture"]}])
    assert len(done.problems) == 1
    assert done.problems[0].place.startswith("line 2")
    assert done.appended["lot"] == 1


def test_the_clock_is_no_senders_to_set(book: Book, keep) -> None:
    fact = {"id": "2031-01-01T00:00:00Z", "at": "2031-01-01T00:00:00Z"}
    done = keep([{"kind": "clock", "fact": fact}])
    assert [p.code for p in done.problems] == ["not-by-document"]
    assert done.receipt is None


class Torn(io.BytesIO):
    """A stream whose disk gives out."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(10)


def test_a_stream_that_breaks_appends_nothing(book: Book) -> None:
    head = book.head
    with pytest.raises(OSError, match="Input/output"):
        capture(book, Torn(b'{"kind": "lot", "fact": {"id": "lot:a"}}\n'), "facts.jsonl")
    assert book.head == head


@pytest.mark.parametrize(
    ("step", "mode"),
    [("stage", "before"), ("stage", "partial"), ("stage", "after"), ("swap", "before")],
)
def test_a_store_that_fails_before_the_swap_appends_nothing(injected, step, mode) -> None:
    faults = Faults()
    stores = Stores(MemoryEntries(faults), MemoryHead(faults), MemoryShelf(faults))
    made = injected()
    with OpenBook.create(
        None, origin="test.example/x", title="x", operator="party:x", keys=made.keys,
        now=made.now, salt=made.salt, stores=stores,
    ) as book:  # fmt: skip
        head = book.head
        faults.plan[step, faults.calls.get(step, 0) + 1] = mode
        data = b'{"kind": "lot", "fact": {"id": "lot:a"}}\n'
        with pytest.raises(Injected if step == "stage" else Exception, match=r"injected|again"):
            capture(book, io.BytesIO(data), "facts.jsonl")
        assert faults.hits == 1
        assert book.refresh() == head
        assert lots(book) == []
        assert capture(book, io.BytesIO(data), "facts.jsonl").appended["lot"] == 1
        assert lots(book) == ["lot:a"]
