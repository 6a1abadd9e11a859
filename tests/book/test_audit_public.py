"""A public log is audited from its files alone: no database, no keeper, one process or several."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orebook.book.audit_public import LogFolder, audit_public
from orebook.book.publish import Growth, grown
from orebook.log import b64, party_keys
from orebook.log.checkpoint import Checkpoint, sign_checkpoint
from orebook.log.keys import SigningKey, to_jwk
from orebook.log.leaf import make_leaf
from orebook.log.note import Signer
from orebook.log.tile import Edge, TileFile

ORIGIN = "example.org/public"
LOG = Signer(ORIGIN, SigningKey(b"\x01" * 32))
OPERATOR, PARTY = SigningKey(b"\x02" * 32), SigningKey(b"\x03" * 32)


def leaf(kind: str, facts: list[dict], key=OPERATOR, author="keeper", book=ORIGIN, **more) -> bytes:
    payload = {
        "orebook": 1,
        "book": book,
        "kind": kind,
        "author": author,
        "issued": "2026-01-01T00:00:00Z",
        "facts": facts,
    }
    return make_leaf(payload | more, key)


def lot(number: int, **more) -> bytes:
    return leaf("lot", [{"id": f"lot:{number}"}], **more)


def first() -> bytes:
    return leaf("book", [{"id": ORIGIN}], keys=[to_jwk(OPERATOR.public)])


def registered() -> bytes:
    proof = party_keys.sign(PARTY, party_keys.possession(ORIGIN, "miner", PARTY.public))
    fact = {
        "id": PARTY.kid,
        "party": "miner",
        "public_key": b64.encode(PARTY.public),
        "possession": proof,
    }
    return leaf("key", [fact])


def by_party(number: int) -> bytes:
    return lot(number, key=PARTY, author="miner")


def publish(folder: Path, leaves: list[bytes]) -> LogFolder:
    growth = grown(Growth(Edge(), ()), leaves)
    shelf = LogFolder(folder)
    shelf.put(growth.files)
    head = Checkpoint(ORIGIN, len(leaves), growth.edge.root())
    shelf.put([TileFile("checkpoint", sign_checkpoint(head, LOG))])
    return shelf


def places(shelf: LogFolder, **more) -> list[tuple[str, int | None]]:
    found = audit_public(shelf, LOG.verifier, **more).differences
    return [(d.place, d.entry) for d in found]


@pytest.fixture
def shelf(tmp_path: Path) -> LogFolder:
    leaves = [first(), registered(), *(by_party(n) if n % 5 else lot(n) for n in range(600))]
    return publish(tmp_path / "log", leaves)


def test_a_sound_log_needs_no_database(shelf, tmp_path: Path) -> None:
    (tmp_path / "log" / "mirror.toml").write_text("beside the log")
    found = audit_public(shelf, LOG.verifier)
    assert found.differences == ()
    assert found.head is not None
    assert found.head.size == 602


def test_one_byte_changed_in_each_file_is_named(shelf, tmp_path: Path) -> None:
    files = [p for p in (tmp_path / "log").rglob("*") if p.is_file()]
    assert len(files) == 8
    for file in files:
        sound = file.read_bytes()
        at = len(sound) // 2
        file.write_bytes(sound[:at] + bytes([sound[at] ^ 1]) + sound[at + 1 :])
        place = places(shelf)[0][0]
        assert file.relative_to(tmp_path / "log").as_posix() in place
        file.write_bytes(sound)
    assert places(shelf) == []


def test_a_missing_file_is_named(shelf, tmp_path: Path) -> None:
    for path in ("tile/0/001", "tile/1/000.p/2", "tile/entries/002.p/90"):
        file = tmp_path / "log" / path
        sound = file.read_bytes()
        file.unlink()
        assert path in places(shelf)[0][0]
        file.write_bytes(sound)
    assert places(shelf) == []
    (tmp_path / "log" / "checkpoint").unlink()
    assert places(shelf) == [("checkpoint", None)]


def test_a_file_that_belongs_to_no_head_is_named(shelf, tmp_path: Path) -> None:
    (tmp_path / "log" / "tile" / "0" / "007").write_bytes(b"x" * 8192)
    assert places(shelf) == [("tile/0/007", None)]


def test_another_key_is_refused_and_no_key_believes_the_head(shelf) -> None:
    other = Signer(ORIGIN, SigningKey(b"\x09" * 32)).verifier
    assert audit_public(shelf, other).differences[0].place == "checkpoint"
    assert audit_public(shelf, None).differences == ()


def test_a_head_far_beyond_the_files_is_named_at_once(shelf) -> None:
    head = Checkpoint(ORIGIN, 2**62, b"\x00" * 32)
    (shelf._root / "checkpoint").write_bytes(sign_checkpoint(head, LOG))
    for verifier in (LOG.verifier, None):
        (found,) = audit_public(shelf, verifier).differences
        assert found.place == f"checkpoint, size {2**62}"
        assert found.found == "3"


def forged(number: int) -> bytes:
    head, _, signature = lot(number).rpartition(b".")
    letter = b"A" if signature[:1] != b"A" else b"B"
    return head + b"." + letter + signature[1:]


def test_what_the_log_signed_but_no_author_did_is_named(tmp_path: Path) -> None:
    """The log's own key vouches for the order and for nobody's words."""
    leaves = [
        first(),
        by_party(1),  # before its key is registered
        registered(),
        by_party(2),
        forged(3),
        lot(4, book="example.org/another"),
        lot(5, key=SigningKey(b"\x08" * 32)),
        lot(6, key=PARTY, author="someone else"),
        b"no leaf at all",
        by_party(7)[:-1] + (b"A" if by_party(7)[-1:] != b"A" else b"Q"),
    ]
    found = audit_public(publish(tmp_path / "log", leaves), LOG.verifier).differences
    assert [d.entry for d in found] == [1, 4, 5, 6, 7, 8, 9]
    assert [d.expected for d in found if d.entry in {1, 6, 7}] == ["a key this book knows"] * 3
    assert found[2].expected == f"the origin {ORIGIN}"


def test_a_statement_about_keys_that_does_not_count_is_named(tmp_path: Path) -> None:
    leaves = [first(), leaf("revocation", [{"id": "r", "party": "miner", "key": PARTY.kid}])]
    found = audit_public(publish(tmp_path / "log", leaves), LOG.verifier).differences
    assert [d.place for d in found] == ["entry 1, a statement about keys"]


def test_an_empty_log_is_sound(tmp_path: Path) -> None:
    assert places(publish(tmp_path / "log", [])) == []


def test_several_processes_find_what_one_does(tmp_path: Path) -> None:
    mine, theirs = [lot(n) for n in range(40)], [by_party(n) for n in range(10)]
    leaves = [first(), registered()] + (mine + theirs) * 84
    leaves[4000] = forged(1)
    leaves[4150] = lot(2, key=SigningKey(b"\x08" * 32))
    shelf = publish(tmp_path / "log", leaves)
    alone = audit_public(shelf, LOG.verifier, processes=1)
    assert audit_public(shelf, LOG.verifier, processes=2) == alone
    assert [d.entry for d in alone.differences] == [4000, 4150]
    bundle = tmp_path / "log" / "tile" / "entries" / "009"
    data = bytearray(bundle.read_bytes())
    data[-1] ^= 1
    bundle.write_bytes(bytes(data))
    alone = audit_public(shelf, LOG.verifier, processes=1)
    assert audit_public(shelf, LOG.verifier, processes=2) == alone
    assert [d.entry for d in alone.differences] == [2559]


def test_a_book_without_its_databases_is_audited_by_the_act(make_book, chain, tmp_path) -> None:
    from orebook.acts.audit import NO_KEY, audit

    book = make_book(tmp_path / "b")
    book.append(chain)
    vkey = book.verifier.vkey
    book.close()
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "b" / "public", copy)
    assert audit(copy, vkey).proved
    without = audit(copy)
    assert (without.sound, without.proved) == (True, False)
    assert any(NO_KEY in line for line in without.lines())
    shutil.copy(tmp_path / "b" / "book.toml", copy)
    assert audit(copy).proved
    assert str(copy / "book.toml") in "".join(audit(copy).lines())
    file = next((copy / "tile" / "entries").rglob("*.p/*"))
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    broken = audit(copy)
    assert not broken.sound
    assert "NOT SOUND" in "".join(broken.lines())
