"""Seal, reveal, erase, keys and signing as they are typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ORIGIN = "example.org/my-book"
ROW = {"kind": "lot", "fact": {"id": "a", "mass": {"value": "98765", "unit": "KGM"}}}


@pytest.fixture
def made(orebook, tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert orebook("init", "b", "--origin", ORIGIN, "--title", "B").code == 0
    monkeypatch.setenv("OREBOOK", str(tmp_path / "b"))
    (tmp_path / "lots.jsonl").write_text(json.dumps(ROW) + "\n")
    return tmp_path


def test_a_mass_is_sealed_and_revealed(orebook, made) -> None:
    book = ("--book", "b")
    assert orebook("capture", "lots.jsonl", "--seal", "/mass", *book).code == 0
    at = orebook("lot", "a", "--reader", "public", *book)
    assert "sealed" in at.out
    assert "98 765" not in at.out
    warned = orebook("reveal", "2", "--at", "/mass", "--public", *book)
    assert (warned.code, "never erasable again" in warned.err) == (2, True)
    done = orebook("reveal", "2", "--at", "/mass", "--public", "--yes", *book)
    assert "sealed since entry 2" in done.out, done.err
    assert "98" in orebook("lot", "a", "--reader", "public", *book).out
    erased = orebook("erase", "2", "--at", "/mass", "--basis", "a law", *book)
    assert (erased.code, "never be erased" in erased.err) == (2, True)


def test_a_mass_is_erased(orebook, made) -> None:
    book = ("--book", "b")
    orebook("capture", "lots.jsonl", "--seal", "/mass", *book)
    done = orebook("erase", "2", "--at", "/mass", "--basis", "a law", "--json", *book)
    assert done.json["how"] == "erased"
    assert done.json["file_gone"] is True
    assert orebook("audit", *book).code == 0


def test_free_text_is_taken_down(orebook, made) -> None:
    book = ("--book", "b")
    row = {"kind": "lot", "fact": {"id": "n", "note": "an allegation"}}
    orebook("capture", "-", *book, stdin=json.dumps(row).encode())
    done = orebook("take-down", "2", "--at", "/note", "--basis", "Court of X", *book)
    assert "taken down" in done.out, done.err


def test_a_rule_that_seals_nothing_stops_the_capture(orebook, made) -> None:
    done = orebook("capture", "lots.jsonl", "--seal", "/mas", "--book", "b")
    assert (done.code, "nothing appended" in done.out) == (4, True)
    assert orebook("capture", "lots.jsonl", "--for", "party:x", "--book", "b").code == 2


def test_a_party_makes_a_key_signs_and_is_captured(orebook, made) -> None:
    book, who = ("--book", "b"), ("--party", "party:me", "--origin", ORIGIN)
    asked = orebook("keys", "new", "my.key", *who)
    (made / "request.json").write_bytes(asked.data)
    assert (made / "my.key").stat().st_mode & 0o777 == 0o600
    assert orebook("keys", "new", "my.key", *who).code == 2
    done = orebook("keys", "register", "request.json", *book)
    assert "it counts from entry" in done.out, done.err
    signed = orebook("sign", "lots.jsonl", "--key", "my.key", *who, "--out", "s.jsonl")
    assert signed.code == 0, signed.err
    taken = orebook("capture", "s.jsonl", *book)
    assert "orebook-signed" in taken.out, taken.err
    turned = orebook("keys", "rotate", "next.key", "--from", "my.key", *who)
    (made / "next.json").write_bytes(turned.data)
    assert orebook("keys", "register", "next.json", *book).code == 0
    (_, second) = orebook("keys", "list", "--json", *book).json
    assert "party:me" in orebook("keys", "list", *book).out
    assert len(orebook("keys", "list", "--did", *book).json) == 2
    ended = orebook("keys", "revoke", second["key"], "--reason", "lost", *book)
    assert "revoked" in ended.out, ended.err
    # One thumbprint in sixty-four begins with a hyphen and is no option for that.
    for line in (("-h" + "7" * 41, "--reason", "lost"), ("--reason", "lost", "-" * 43)):
        none = orebook("keys", "revoke", *line, *book)
        assert "expected a key of this book" in none.err
    assert orebook("keys", "register", "lots.jsonl", *book).code == 4
    assert orebook("audit", *book).code == 0


def test_a_value_for_one_key_is_read_with_that_key(orebook, made) -> None:
    book, who = ("--book", "b"), ("--party", "party:me", "--origin", ORIGIN)
    (made / "request.json").write_bytes(orebook("keys", "new", "my.key", *who).data)
    orebook("keys", "register", "request.json", *book)
    orebook("capture", "lots.jsonl", "--seal", "/mass", "--for", "party:me", *book)
    shut = orebook("lot", "a", "--reader", "party:me", *book)
    opened = orebook("lot", "a", "--reader", "party:me", "--key", "my.key", *book)
    assert ("98" in shut.out, "98" in opened.out) == (False, True), opened.err
    wrong = orebook("lot", "a", "--reader", "party:me", "--key", "lots.jsonl", *book)
    assert wrong.code == 2


def test_the_demo_says_how_each_sealed_value_was_opened() -> None:
    from orebook.acts.reveal import Opened
    from orebook.log import b64
    from orebook.show.sealed import sealed_lines

    def opened(name: str, entry: int | None) -> Opened:
        text = b64.encode(f'["c2FsdHNhbHRzYWx0c2FsdA","{name}","8525.40"]'.encode())
        how = "shelf" if entry is None else "entry"
        return Opened(190, "leaf#0", "/a", how, "public", (), (text,), entry)

    said = "\n".join(sealed_lines([opened("amount", 194), opened("text", None)]))
    assert "sealed since entry 190, revealed by entry 194; digest checks." in said
    assert "sealed since entry 190, revealed on the public shelf; digest checks." in said
    assert "None" not in said
