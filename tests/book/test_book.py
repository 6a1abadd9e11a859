"""A book: written once, read back, reproducible, and honest about what is already there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from orebook.book import query
from orebook.book.book import Book
from orebook.book.errors import BadDraft, BookExists, MissingFile, NoBook, Rollback
from orebook.log.proof import verify_proof
from orebook.model.entry import Draft
from orebook.model.party import Book as BookFact
from orebook.model.problem import NotFound

ME = "example.org/keeper"
ROOT = "5912a895735ae4185b291ffc57c5e98bdee534edaf057fa1e491d99192e110f6"


def lots(*names: str) -> Draft:
    return Draft("lot", tuple({"id": name} for name in names), ME)


def test_a_new_book_begins_with_itself_and_the_clock(make_book) -> None:
    book = make_book()
    first, clock = query.entries(book, 0, 9)
    assert (first.kind, clock.kind) == ("book", "clock")
    assert first.self_signed
    facts = query.slice(book, as_of="2026-01-01")
    fact = facts.get(BookFact, "example.org/test-book")
    assert fact is not None
    assert fact.log_key == book.verifier.vkey
    # one look at the clock for the settings, one to issue the draft, one to close
    assert clock.facts == ({"id": "2026-01-01T00:03:00Z", "at": "2026-01-01T00:03:00Z"},)


def test_the_root_is_the_same_in_every_run_and_store(make_book, chain, tmp_path: Path) -> None:
    roots = set()
    for folder in (None, tmp_path / "one", tmp_path / "two"):
        book = make_book(folder)
        book.append(chain)
        roots.add(book.head.root)
    assert roots == {ROOT}


def test_every_entry_has_a_proof_that_a_stranger_can_check(make_book, chain) -> None:
    book = make_book()
    book.append(chain)
    for position in range(book.head.size):
        checkpoint = verify_proof(book.proof(position), book.leaf(position), book.verifier)
        assert checkpoint.root.hex() == book.head.root


def test_a_receipt_says_where_everything_went(make_book) -> None:
    book = make_book()
    receipt = book.append([lots("a"), lots("b", "c")], capture="doc:1")
    assert (receipt.first, receipt.last, receipt.placed) == (2, 4, ((2,), (3,)))
    assert receipt.head == book.head
    assert receipt.published
    found = query.entries(book, 2, 5)
    assert [e.leaf for e in found] == list(receipt.leaves)
    assert [e.capture for e in found] == ["doc:1", "doc:1", ""]
    assert query.find(book, receipt.leaves[1]) == 3


def test_what_is_sent_again_is_not_written_again(make_book) -> None:
    book = make_book()
    once = book.append([lots("a"), lots("b")])
    head = book.head
    again = book.append([lots("b"), lots("a")])
    assert book.head == head
    assert (again.placed, again.again) == (((3,), (2,)), (0, 1))
    assert again.last == again.first - 1
    part = book.append([lots("a"), lots("c")])
    assert (part.placed, part.again) == (((2,), (5,)), (0,))
    assert book.idempotent([lots("a"), lots("z")]) == [(2,), ()]
    assert once.again == ()


def test_a_draft_twice_in_one_batch_is_written_once(make_book) -> None:
    book = make_book()
    receipt = book.append([lots("a"), lots("a")])
    assert receipt.placed == ((2,), (2,))
    assert book.head.size == 4


def test_other_evidence_makes_another_draft(make_book) -> None:
    book = make_book()
    book.append([lots("a")])
    receipt = book.append([Draft("lot", ({"id": "a"},), ME, evidence=("doc:1",))])
    assert receipt.again == ()
    assert query.entry(book, receipt.first).evidence == ("doc:1",)


def test_a_large_draft_is_split_the_same_way_each_time(make_book) -> None:
    facts = tuple({"id": f"lot:{n}", "label": "x" * 500} for n in range(300))
    placed = []
    for book in (make_book(), make_book()):
        receipt = book.append([Draft("lot", facts, ME)], capture="doc:1")
        placed.append(receipt.leaves)
        found = query.entries(book, receipt.first, receipt.last)
        assert len(found) == len(receipt.placed[0]) > 1
        assert {e.capture for e in found} == {"doc:1"}
        assert [f for e in found for f in e.facts] == list(facts)
        assert all(len(book.leaf(p)) <= 65_535 for p in receipt.placed[0])
        assert book.append([Draft("lot", facts, ME)]).placed == receipt.placed
    assert placed[0] == placed[1]


def test_one_fact_too_large_is_refused_and_nothing_is_written(make_book) -> None:
    book = make_book()
    head = book.head
    flows = [{"lot": f"lot:{n:0100d}"} for n in range(1000)]
    big = Draft(
        "event", ({"id": "e", "kind": "observe", "subjects": flows},), ME, places=("row 7",)
    )
    with pytest.raises(BadDraft, match=r"row 7: expected a fact of at most \d+ bytes") as caught:
        book.append([lots("a"), big])
    assert caught.value.problems[0].code == "fact-too-large"
    assert book.refresh() == head


def test_faults_are_all_named_and_nothing_is_written(make_book) -> None:
    book = make_book()
    head = book.head
    bad = Draft("lot", ({"id": "a", "mass": {"value": "-1", "unit": "KGM"}}, {"label": "b"}), "")
    with pytest.raises(BadDraft) as caught:
        book.append([lots("x"), bad, Draft("nothing", (), ME)])
    codes = [p.code for p in caught.value.problems]
    assert codes == ["negative-mass", "missing-attribute", "no-author", "unknown-kind"]
    assert caught.value.problems[0].place == "/1/facts/0/mass/value"
    assert book.refresh() == head


def test_an_envelope_out_of_form_is_refused_with_its_place(make_book) -> None:
    book = make_book()
    head = book.head
    fact = ({"id": "a"},)
    for draft, place in (
        (Draft("lot", fact, ME, evidence=("x" * 2000,)), "/0/evidence"),
        (Draft("lot", fact, ME, seal={3: ("/label",)}), "/0/seal"),
        (Draft("lot", fact, "\ud800"), "JSON /author"),
        (
            Draft("lot", ({"id": "a", "made": {"absent": "not_found", "note": "\ud800"}},), ME),
            "JSON /facts/0/made/note",
        ),
    ):
        with pytest.raises(BadDraft) as caught:
            book.append([draft])
        assert [p.place for p in caught.value.problems] == [place]
    assert book.refresh() == head


def test_writers_take_turns_and_nothing_is_lost(make_book, tmp_path: Path) -> None:
    from threading import Thread

    from orebook.book.audit import audit

    folder = tmp_path / "b"
    make_book(folder)
    answers: list[tuple[str, int]] = []

    def write(book: Book, name: str) -> None:
        for number in range(4):
            receipt = book.append([lots(f"{name}:{number}")])
            answers.append((f"{name}:{number}", receipt.first))

    with Book.open(folder) as one, Book.open(folder) as two:
        threads = [
            Thread(target=write, args=(book, f"{n}{m}"))
            for n, book in enumerate((one, two))
            for m in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        one.refresh()
        assert len(answers) == 16
        assert all(query.entry(one, at).facts == ({"id": name},) for name, at in answers)
        assert audit(one) == []


@pytest.mark.parametrize("name", ["sealed", "_sd", "_sd_alg", "..."])
def test_the_words_of_sealing_cannot_be_said_in_a_fact(make_book, name: str) -> None:
    with pytest.raises(BadDraft, match="an attribute of lot"):
        make_book().append([Draft("lot", ({"id": "a", name: "x"},), ME)])


def test_the_clock_is_the_sequencers_alone(make_book) -> None:
    fact = {"id": "2026-01-01T00:00:00Z", "at": "2026-01-01T00:00:00Z"}
    with pytest.raises(BadDraft, match="sequencer"):
        make_book().append([Draft("clock", (fact,), ME)])


def test_a_book_is_found_again(make_book, chain, tmp_path: Path) -> None:
    book = make_book(tmp_path / "b")
    book.append(chain)
    with Book.open(tmp_path / "b") as again:
        assert again.head == book.head
        assert again.append(chain).again == (0, 1, 2, 3, 4)
        again.append([lots("late")])
        assert book.head != again.head
        assert book.refresh() == again.head
    with pytest.raises(BookExists):
        make_book(tmp_path / "b")


def test_keys_are_for_the_keeper_alone(make_book, tmp_path: Path) -> None:
    make_book(tmp_path / "b")
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "b" / "keys").iterdir()}
    assert modes == dict.fromkeys(["log.key", "author.key", "vault.key", "idempotency.key"], 0o600)


def test_no_book_and_missing_keys_are_said_plainly(make_book, tmp_path: Path) -> None:
    with pytest.raises(NoBook, match="orebook init"):
        Book.open(tmp_path)
    make_book(tmp_path / "b")
    (tmp_path / "b" / "keys" / "log.key").unlink()
    with pytest.raises(MissingFile, match=r"log\.key"):
        Book.open(tmp_path / "b")


def test_a_restored_head_is_refused(make_book, tmp_path: Path) -> None:
    book = make_book(tmp_path / "b")
    old = book.signed_head
    book.append([lots("a")])
    book.stores.head.swap(book.signed_head, old, 1)
    with pytest.raises(Rollback, match="older copy"):
        Book.open(tmp_path / "b")


def test_an_origin_must_be_able_to_name_a_log() -> None:
    for origin in ("https://example.org", "two words", "", "a+b", "a\x01b", "é"):
        with pytest.raises(BadDraft, match="scheme-less"):
            Book.create(None, origin=origin, title="t", operator="o")


def test_positions_outside_are_not_found(make_book) -> None:
    book = make_book()
    for position in (-1, 2):
        with pytest.raises(NotFound):
            book.leaf(position)
        with pytest.raises(NotFound):
            query.entry(book, position)
    with pytest.raises(NotFound):
        book.proof(2)


def test_captured_files_come_back_by_digest(make_book, tmp_path: Path) -> None:
    for book in (make_book(), make_book(tmp_path / "b")):
        digest = book.file_put(b"a document")
        assert book.files.get(digest) == b"a document"
        with pytest.raises(LookupError):
            book.files.get("00" * 32)
