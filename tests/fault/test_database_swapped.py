"""A database of another book, or of an older copy of this one, put in its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orebook.book import query
from orebook.book.audit import audit_folder
from orebook.book.book import Book
from orebook.book.errors import Rollback, StoreFailed
from orebook.model.entry import Draft
from orebook.model.facts import Head
from orebook.model.problem import OrebookError

PARTS = ("stage", "head", "vault", "views")


def lots(name: str, count: int) -> list[Draft]:
    return [Draft("lot", ({"id": f"lot:{name}-{n}", "note": "w"},), "me") for n in range(count)]


@pytest.fixture
def books(tmp_path: Path) -> tuple[Path, list[Head]]:
    """`own`, `older` (a copy from before), `other` (another book), `heads`; the heads of `own`."""
    made = {"title": "Swapped", "operator": "me", "heads": tmp_path / "heads"}
    with Book.create(tmp_path / "other", origin="example.org/other", **made) as other:
        other.append(lots("other", 5))
    with Book.create(tmp_path / "own", origin="example.org/own", **made) as own:
        first = own.append(lots("first", 3)).head
    shutil.copytree(tmp_path / "own", tmp_path / "older")
    with Book.open(tmp_path / "own", heads=tmp_path / "heads") as own:
        second = own.append(lots("second", 3)).head
    return tmp_path, [first, second]


def put_in(base: Path, source: str, parts: tuple[str, ...]) -> None:
    for part in parts:
        for old in (base / "own").glob(f"{part}.sqlite3*"):
            old.unlink()
        shutil.copy(base / source / f"{part}.sqlite3", base / "own")


def goes_on(base: Path, heads: list[Head]) -> None:
    """The book opens at the head it had and takes a further entry; nothing is forked."""
    with Book.open(base / "own", heads=base / "heads") as book:
        assert book.head == heads[-1]
        known = [f"lot:{when}-{n}" for when in ("first", "second") for n in range(3)]
        assert query.ids(book, "lot") == known
        assert book.append(lots("third", 1)).first == heads[-1].size
        assert [book.head_at(head.size) for head in heads] == heads


@pytest.mark.parametrize("source", ["older", "other"])
def test_other_views_are_folded_anew(source: str, books: tuple[Path, list[Head]]) -> None:
    base, heads = books
    put_in(base, source, ("views",))
    goes_on(base, heads)
    assert audit_folder(base / "own") == []


@pytest.mark.parametrize("source", ["older", "other"])
def test_another_stage_takes_nothing_and_says_what_to_do(
    source: str, books: tuple[Path, list[Head]]
) -> None:
    base, heads = books
    put_in(base, source, ("stage",))
    with (
        Book.open(base / "own", heads=base / "heads") as book,
        pytest.raises(StoreFailed, match="put the file and its -wal aside"),
    ):
        book.append(lots("third", 1))
    for file in (base / "own").glob("stage.sqlite3*"):
        file.unlink()
    goes_on(base, heads)
    assert audit_folder(base / "own") == []


@pytest.mark.parametrize("parts", [("head",), ("head", "stage"), ("head", "stage", "vault")])
@pytest.mark.parametrize("source", ["older", "other"])
def test_another_head_is_refused_and_nothing_is_signed(
    source: str, parts: tuple[str, ...], books: tuple[Path, list[Head]]
) -> None:
    base, _ = books
    put_in(base, source, parts)
    shown = (base / "own" / "public" / "checkpoint").read_bytes()
    with pytest.raises(OrebookError, match=r"recover --from|head cell") as told:
        Book.open(base / "own", heads=base / "heads")
    assert told.value.code in {"rollback", "record-broken"}
    assert (base / "own" / "public" / "checkpoint").read_bytes() == shown
    assert audit_folder(base / "own") != []


@pytest.mark.parametrize("source", ["older", "other"])
def test_another_vault_is_named_by_the_audit_and_forks_nothing(
    source: str, books: tuple[Path, list[Head]]
) -> None:
    base, heads = books
    put_in(base, source, ("vault",))
    wrong = audit_folder(base / "own")
    assert wrong
    assert all("vault" in difference.place for difference in wrong)
    goes_on(base, heads)


def test_a_whole_folder_put_back_is_refused_by_what_is_remembered_outside(
    books: tuple[Path, list[Head]],
) -> None:
    base, heads = books
    shutil.rmtree(base / "own")
    shutil.copytree(base / "older", base / "own")
    with pytest.raises(Rollback, match="recover --from"):
        Book.open(base / "own", heads=base / "heads")
    # nothing outside remembers: the copy agrees with itself, and its audit is right to say so
    with Book.open(base / "own") as copy:
        assert copy.head == heads[0]
        assert copy.memory() == ()
    assert audit_folder(base / "own") == []
