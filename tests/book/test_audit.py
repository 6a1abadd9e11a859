"""Audit names what differs: any byte of any published file, and every other part of a book."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from orebook.book.audit import Difference, audit, audit_folder, audit_log
from orebook.book.book import Stores
from orebook.book.store_memory import MemoryEntries, MemoryHead, MemoryShelf
from orebook.log.tile import TileFile, bundle_path
from orebook.model.entry import Draft

ME = "example.org/keeper"


def small(make_book, chain, appends: int = 3):
    shelf = MemoryShelf()
    book = make_book(stores=Stores(MemoryEntries(), MemoryHead(), shelf))
    book.append(chain)
    for number in range(appends):
        book.append([Draft("lot", ({"id": f"lot:{number}"},), ME)])
    return book, shelf


def entry_of_byte(data: bytes, at: int) -> int:
    """The number of the entry a byte of a bundle belongs to, its length prefix included."""
    begin = number = 0
    while True:
        begin += 2 + int.from_bytes(data[begin : begin + 2], "big")
        if at < begin:
            return number
        number += 1


def test_a_sound_book_has_no_difference(make_book, chain) -> None:
    book, shelf = small(make_book, chain)
    assert audit(book) == []
    assert audit_log(shelf, book.verifier) == []


def test_one_byte_of_any_file_is_named(make_book, chain, count) -> None:
    book, shelf = small(make_book, chain)
    tried = 0
    for path in list(shelf.files):
        sound = shelf.files[path]
        step = 1 if path == "checkpoint" else max(1, len(sound) // count(40, 2000))
        for at in range(0, len(sound), step):
            broken = bytearray(sound)
            broken[at] ^= 0x01
            shelf.files[path] = bytes(broken)
            first = audit_log(shelf, book.verifier)[0]
            tried += 1
            assert path in first.place
            if path.startswith("tile/entries/"):
                assert first.entry == entry_of_byte(sound, at)
                assert f"entry {first.entry}" in first.place
            elif path != "checkpoint":
                assert f"byte {at}" in first.place
        shelf.files[path] = sound
    assert tried > 200
    assert audit(book) == []


def test_a_byte_is_named_in_a_log_of_several_tiles(make_book) -> None:
    book, shelf = small(make_book, [Draft("lot", ({"id": "first"},), ME)], 0)
    book.append([Draft("lot", ({"id": f"lot:{n}"},), ME) for n in range(700)])
    assert {p for p in shelf.files if ".p/" not in p} >= {"tile/0/000", "tile/0/001"}
    assert audit(book) == []
    for path in list(shelf.files):
        sound = shelf.files[path]
        at = len(sound) // 2
        shelf.files[path] = sound[:at] + bytes([sound[at] ^ 0x80]) + sound[at + 1 :]
        first, *others = audit_log(shelf, book.verifier)
        assert path in first.place
        assert others == []
        if path.startswith("tile/entries/"):
            index = int(path.split("/")[2][:3])
            assert first.entry == index * 256 + entry_of_byte(sound, at)
        shelf.files[path] = sound


def test_an_entry_changed_in_both_bundle_and_tile_is_still_found(make_book, chain) -> None:
    from orebook.log.tree import leaf_hash

    book, shelf = small(make_book, chain, 0)
    size = book.head.size
    path, tile = bundle_path(0, size), f"tile/0/000.p/{size}"
    data = bytearray(shelf.files[path])
    data[3 + 2 + 10] ^= 1  # inside the first leaf
    shelf.files[path] = bytes(data)
    length = int.from_bytes(data[:2], "big")
    forged = leaf_hash(bytes(data[2 : 2 + length]))
    shelf.files[tile] = forged + shelf.files[tile][32:]
    (first, *_) = audit_log(shelf, book.verifier)
    assert first.place == "checkpoint"
    assert book.head.root in first.expected


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000.p/{n}", "tile/entries/000.p/{n}"])
def test_a_missing_file_is_named(make_book, chain, path: str) -> None:
    book, shelf = small(make_book, chain)
    path = path.format(n=book.head.size)
    del shelf.files[path]
    first = audit_log(shelf, book.verifier)[0]
    assert path in first.place
    assert first.found == "nothing"


def test_a_file_beyond_the_head_is_named(make_book, chain) -> None:
    book, shelf = small(make_book, chain)
    shelf.put([TileFile("tile/0/007", b"x" * 8192)])
    assert [d.place for d in audit_log(shelf, book.verifier)] == ["tile/0/007"]


def test_a_log_signed_by_another_key_is_refused(make_book, chain) -> None:
    from orebook.log.keys import SigningKey
    from orebook.log.note import Signer

    book, shelf = small(make_book, chain)
    other = Signer(book.origin, SigningKey(b"\x07" * 32)).verifier
    assert audit_log(shelf, other)[0].place == "checkpoint"


def change(path: Path, sql: str, *values: object) -> None:
    with sqlite3.connect(path) as database:
        database.execute(sql, values)
    database.close()


def test_other_parts_of_a_book_are_named_too(make_book, chain, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    book = make_book(folder)
    book.append(chain)
    book.close()
    assert audit_folder(folder) == []

    def first() -> Difference:
        return audit_folder(folder)[0]

    change(
        folder / "views.sqlite3", "UPDATE facts SET id = 'forged' WHERE position = 3 AND idx = 1"
    )
    assert "the view facts" in first().place
    assert "event:float" in first().expected
    change(folder / "views.sqlite3", "DELETE FROM positions")
    assert audit_folder(folder) == []  # folded anew from the leaves

    change(
        folder / "vault.sqlite3", "UPDATE disclosures SET body = x'00' WHERE audience = 'public'"
    )
    assert first().place == "the vault, entry 2"
    change(folder / "vault.sqlite3", "DELETE FROM disclosures WHERE audience = 'public'")
    assert first().expected.endswith("or its tombstone")
    assert first().entry == 2

    change(folder / "stage.sqlite3", "UPDATE stage SET leaf = x'00' WHERE position = 4")
    assert (first().place, first().entry) == ("the stage, entry 4", 4)


def test_a_head_and_tiles_that_do_not_agree_are_named(make_book, chain, tmp_path: Path) -> None:
    book = make_book(tmp_path / "b")
    old = book.signed_head
    book.append(chain)
    book.stores.head.swap(book.signed_head, old, 1)
    (first,) = audit_folder(tmp_path / "b")
    assert "restored from an older copy" in first.found


def test_a_book_that_would_not_open_is_audited(make_book, chain, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    book = make_book(folder)
    book.append(chain)
    path = folder / "public" / bundle_path(0, book.head.size)
    book.close()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    (first,) = audit_folder(folder)
    assert first.entry == 7


def test_an_entry_signed_by_nobody_known_is_named(make_book) -> None:
    """The log key alone cannot put words into the operator's mouth."""
    from orebook.log.keys import SigningKey
    from orebook.log.leaf import make_leaf

    book = make_book()
    payload = {
        "orebook": 1,
        "book": book.origin,
        "kind": "lot",
        "author": ME,
        "issued": "2026-01-01T00:00:00Z",
        "facts": [{"id": "forged"}],
    }
    book._sequencer.append([make_leaf(payload, SigningKey(b"\x09" * 32))], lambda: 1)
    book.refresh()
    assert [d.place for d in audit(book)] == ["entry 2"]
    assert audit(book)[0].expected == "a key this book knows"


def test_an_entry_of_another_book_is_named(make_book) -> None:
    from orebook.log.leaf import make_leaf

    book = make_book()
    payload = {
        "orebook": 1,
        "book": "example.org/another",
        "kind": "lot",
        "author": ME,
        "issued": "2026-01-01T00:00:00Z",
        "facts": [{"id": "replayed"}],
    }
    book._sequencer.append([make_leaf(payload, book._keys.author)], lambda: 1)
    book.refresh()
    assert audit(book)[0].expected == f"the origin {book.origin}"
