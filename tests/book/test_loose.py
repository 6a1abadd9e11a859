"""Disclosures that belong to no entry: found, let go of at the second look, and nothing else is."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from orebook.acts.capture import Wish, capture
from orebook.acts.reveal import erase, reveal
from orebook.acts.sweep import MEMORY, sweep
from orebook.book.audit import audit
from orebook.book.vault import Kept
from orebook.log import b64, sdjwt
from orebook.log.keys import SigningKey
from orebook.model.entry import Draft, Seal
from orebook.wiring import Naming, create_book, open_book

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(hours=24)
ROWS = 3000


def left(number: int, audience: str) -> Kept:
    """A disclosure as a capture that was cut short leaves it."""
    text = sdjwt.write_disclosure(sha256(b"%d" % number).digest(), "a person", "name")
    return Kept(sdjwt.digest(text), audience, text)


def test_what_no_entry_needs_goes_at_the_second_look_and_all_else_stays(tmp_path: Path) -> None:
    place = {"id": "f", "name": "Mill", "position": {"latitude": "1", "longitude": "2"}}
    deal = {"id": "d", "title": "T", "amounts": [{"meaning": "price",
            "amount": {"value": "9", "currency": "XTS"}}]}  # fmt: skip
    with create_book(tmp_path / "book", Naming("t.example/b", "B", "party:k")) as book:
        book.append([Draft("party", ({"id": "party:a", "name": "A"},), "party:k")])
        whole = (Seal("/position", ("owner",)), Seal("/position/latitude", ("owner",)))
        book.append([Draft("facility", (place,), "party:k", seal={0: whole})])
        at = book.append([Draft("agreement", (deal,), "party:k",
                                seal={0: (Seal("/amounts/0/amount", ("party:a",)),)})])  # fmt: skip
        reveal(book, str(at.first), "/amounts/0/amount", "public")
        note = book.append([Draft("lot", ({"id": "l", "note": "words"},), "party:k")])
        erase(book, str(note.first), "/note", "a law", "2026-06-01", take_down=True)
        before = book.vault.rows((), 1000)
        totals = book.vault.fingerprint("public"), book.vault.fingerprint("owner")
        none = sweep(book, tmp_path / "book", NOW, DAY)
        assert (none.dropped, none.waiting, none.unsure) == (0, 0, 0)
        book.vault.put([left(1, "owner"), left(2, "public"), left(2, "owner")])
        first = sweep(book, tmp_path / "book", NOW, DAY)
        assert (first.dropped, first.waiting) == (0, 2)  # one may be on its way
        again = sweep(book, tmp_path / "book", NOW + DAY / 2, DAY)
        assert (again.dropped, again.waiting) == (0, 2)
        last = sweep(book, tmp_path / "book", NOW + 2 * DAY, DAY)
        assert (last.dropped, last.waiting, last.unsure) == (2, 0, 0)
        assert book.vault.rows((), 1000) == before
        assert (book.vault.fingerprint("public"), book.vault.fingerprint("owner")) == totals
        assert audit(book) == []
        assert (tmp_path / "book" / MEMORY).exists()


def test_captured_files_that_no_document_names_go_and_those_named_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orebook.book.files.PART", 1000)
    lines = [json.dumps({"kind": "lot", "fact": {"id": f"lot:{n}"}}) for n in range(50)]
    small, large = lines[0].encode(), "\n".join(lines).encode()
    with create_book(tmp_path / "book", Naming("t.example/b", "B", "party:k")) as book:
        capture(book, io.BytesIO(small), "small.jsonl", Wish())
        monkeypatch.setattr("orebook.acts.capture.LARGE", 0)
        capture(book, io.BytesIO(large), "large.jsonl", Wish())
        named = set(book.stores.blobs.names())
        assert len(named) == 1 + 1 + 3  # the small; what stands for the large, and its parts
        book.files.put(b"left whole")
        book.files.put_stream(io.BytesIO(b"x" * 2500), sha256(b"x" * 2500).hexdigest())
        book.files.put_stream(io.BytesIO(b"y" * 2500), sha256(b"y" * 2500).hexdigest())
        book.stores.blobs.discard(book.files.name(sha256(b"y" * 2500).hexdigest()))  # cut short
        first = sweep(book, tmp_path / "book", NOW, DAY)
        assert (first.files, first.files_waiting, first.dropped) == (0, 1 + 4 + 3, 0)
        late = book.files.put(b"kept just now")
        last = sweep(book, tmp_path / "book", NOW + 2 * DAY, DAY)
        assert (last.files, last.files_waiting) == (8, 1)
        assert set(book.stores.blobs.names()) == {*named, book.files.name(late)}
        digests = [sha256(data).hexdigest() for data in (small, large)]
        assert [book.files.get(digest) for digest in digests] == [small, large]


def test_what_a_write_left_that_never_came_whole_goes_once_it_is_old(tmp_path: Path) -> None:
    folder = tmp_path / "book"
    with create_book(folder, Naming("t.example/b", "B", "party:k")) as book:
        tiles = folder / "public" / "tile" / "0"
        old, young = (tiles / f".000.{name * 8}.part" for name in ("a1", "b2"))
        another = folder / "public" / ".of-mine.part"
        for file, day in ((old, -2), (young, 0), (another, -2)):
            file.write_bytes(b"half")
            stamp = (NOW + day * DAY).timestamp()
            os.utime(file, (stamp, stamp))
        assert sweep(book, folder, NOW, DAY).asides == 1
        assert (old.exists(), young.exists(), another.exists()) == (False, True, True)
        assert audit(book) == []


def test_a_file_that_only_a_party_can_name_is_never_let_go_of(tmp_path: Path) -> None:
    party = SigningKey.from_seed(sha256(b"a").digest())
    with create_book(tmp_path / "book", Naming("t.example/b", "B", "party:k")) as book:
        from orebook.book.vault import box_of

        book.vault.boxes = lambda _name: box_of(party.public)
        digest = book.files.put(b"a paper")
        body = {"id": "document:1", "name": "a.pdf", "sha256": digest, "format": "paper"}
        seal = {0: (Seal("/sha256", ("party:a",)),)}
        book.append([Draft("document", (body,), "party:k", seal=seal)])
        for day in range(3):
            swept = sweep(book, tmp_path / "book", NOW + day * 2 * DAY, DAY)
        assert (swept.files, swept.files_waiting, swept.files_unsure) == (0, 0, 1)
        assert book.files.get(digest) == b"a paper"


def test_what_is_found_again_in_an_entry_is_forgotten(tmp_path: Path) -> None:
    """A work that was on its way at the first look has arrived at the second."""
    with create_book(tmp_path / "book", Naming("t.example/b", "B", "party:k")) as book:
        book.vault.put([left(1, "owner")])
        assert sweep(book, tmp_path / "book", NOW, DAY).waiting == 1
        kept = left(1, "owner")
        fact = {"id": "l", "_sd": [kept.digest]}
        assert b64.decode(kept.text)
        rows = book.stored
        book.stored = lambda start, stop: iter(  # type: ignore[method-assign]
            [_with(leaf, fact) for leaf in rows(start, stop)]
        )
        later = sweep(book, tmp_path / "book", NOW + 2 * DAY, DAY)
        assert (later.dropped, later.waiting) == (0, 0)
        assert book.vault.custody([kept.digest])


def _with(leaf, fact):
    from dataclasses import replace

    return replace(leaf, payload={**leaf.payload, "facts": [*leaf.payload["facts"], fact]})


def test_what_may_lie_inside_what_only_a_party_opens_is_not_told(tmp_path: Path) -> None:
    party = SigningKey.from_seed(sha256(b"a").digest())
    with create_book(tmp_path / "book", Naming("t.example/b", "B", "party:k")) as book:
        kept = left(1, "party:a")
        from orebook.book.vault import box_of

        book.vault.boxes = lambda _name: box_of(party.public)
        sealed = {"id": "l", "label": "x", "note": "words"}
        book.append([Draft("lot", (sealed,), "party:k", seal={0: (Seal("/label", ("party:a",)),)})])
        book.vault.put([kept])
        swept = sweep(book, tmp_path / "book", NOW, DAY)
        assert (swept.dropped, swept.waiting, swept.unsure) == (0, 0, 1)


WRITER = """
import sys
from pathlib import Path
from orebook.acts.capture import Wish, capture
from orebook.wiring import open_book
from orebook.book.write import Writer
inner = Writer._keep_aside
def aside(self, work):
    inner(self, work)
    print("kept", flush=True)
    sys.stdin.read()
Writer._keep_aside = aside
import orebook.acts.capture as acts
acts.LARGE = 0
with open_book(Path(sys.argv[1])) as book:
    capture(book, open(sys.argv[2], "rb"), "rows.jsonl", Wish())
"""


@pytest.mark.proof
def test_a_process_killed_in_the_middle_of_a_large_document_leaves_nothing_for_good(
    tmp_path: Path,
) -> None:
    folder, rows = tmp_path / "book", tmp_path / "rows.jsonl"
    create_book(folder, Naming("t.example/b", "B", "party:k")).close()
    lines = [{"kind": "lot", "fact": {"id": f"lot:{n}", "note": f"words {n}"}} for n in range(ROWS)]
    rows.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(rows)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"kept\n"
        os.kill(process.pid, signal.SIGKILL)
    time.sleep(0.01)
    with open_book(folder) as book:
        size = book.head.size
        assert audit(book) == []
        waiting = sweep(book, folder, NOW, DAY).waiting
        assert waiting > ROWS  # and the name and digest of the document
        swept = sweep(book, folder, NOW + 2 * DAY, DAY)
        assert (swept.dropped, swept.waiting) == (waiting, 0)
        assert book.vault.rows((), 10) == []
        assert book.head.size == size
        done = capture(book, io.BytesIO(rows.read_bytes()), "rows.jsonl", Wish())
        assert done.appended["lot"] == ROWS
        assert sweep(book, folder, NOW + 4 * DAY, DAY).waiting == 0
        assert audit(book) == []
