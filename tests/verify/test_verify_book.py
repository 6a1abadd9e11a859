"""A receipt that a book gives: what its reader may see is opened, the rest stays sealed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from orebook.acts import receipt as act
from orebook.acts import verify
from orebook.acts.see import View, view
from orebook.cli.errors import run
from orebook.log import receipt
from orebook.model.entry import Draft
from orebook.wiring import Naming, Sources, create_book


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    numbers = itertools.count()
    salt = Sources(salt=lambda: sha256(b"%d" % next(numbers)).digest()[:16])
    book = create_book(tmp_path / "book", Naming("books.example/own", "Own"), salt)
    book.append(
        [Draft("lot", ({"id": "lot:1", "label": "First", "note": "free text"},), "party:miner")]
    )
    book.close()
    return tmp_path / "book"


@pytest.fixture
def views(folder: Path) -> Iterator[tuple[View, View]]:
    from orebook.wiring import open_book

    book = open_book(folder)
    yield view(book, "public", "2026-11-23"), view(book, "owner", "2026-11-23")
    book.close()


def test_every_entry_of_a_book_has_a_receipt_that_is_proved(views: tuple[View, View]) -> None:
    for here in views:
        for position in range(here.head.size):
            data = act.receipt(here, str(position))
            verdict = receipt.check(data, verify.trust(here.book.log_key))
            assert verdict.outcome == "proved", verdict
            assert verdict.statement is not None
            assert verdict.statement.index == position
            assert verdict.statement.key_entry == 0
            sheet = here.book.disclosures(position, here.reader)
            assert verdict.statement.opened == len(sheet)
        assert act.receipt(here, "1") == act.receipt(here, "1")
        assert act.name(here, "1") == "entry-1.receipt.json"


def _run(*words: str) -> int:
    from orebook.cli import commands

    with pytest.raises(SystemExit) as end:
        _with_words(words, commands)
    return int(end.value.code or 0)


def _with_words(words: tuple[str, ...], commands: object) -> None:
    import sys

    before = sys.argv
    sys.argv = ["orebook", *words]
    try:
        run(commands)  # type: ignore[arg-type]
    finally:
        sys.argv = before


def test_the_commands_write_and_check_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "entry.json"
    assert _run("receipt", "1", "--book", str(folder), "--out", str(out)) == 0
    key = receipt.parse_receipt(out.read_bytes()).log_key
    assert _run("verify", str(out), "--key", key) == 0
    assert "PROVED" in capsys.readouterr().out
    assert _run("verify", str(out)) == 3
    assert _run("verify", str(out), "--key", "x+y") == 2
    assert _run("verify", str(folder), "--key", key) == 4
    data = out.read_bytes()
    out.write_bytes(data.replace(b"index 1", b"index 0"))
    assert _run("verify", str(out), "--key", key, "--json") == 1
    assert '"code": "log.tampered"' in capsys.readouterr().out
    alone = tmp_path / "orebook_verify.py"
    assert _run("verifier", "--out", str(alone)) == 0
    assert alone.read_text("utf-8").startswith('"""Checks a receipt')
