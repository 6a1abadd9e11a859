"""A page that was torn, or a last page that is gone, in each file of a book: found or harmless."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orebook.book.audit import audit_folder
from orebook.book.book import Book
from orebook.model.entry import Draft
from orebook.model.facts import Head
from orebook.model.problem import OrebookError

PAGE = 4096
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "last page lost": lambda data: data[: (len(data) - 1) // PAGE * PAGE],
    "last page zero": lambda data: data[: (len(data) - 1) // PAGE * PAGE].ljust(len(data), b"\0"),
    "half": lambda data: data[: len(data) // 2],
    "torn in a page": lambda data: data[: len(data) - len(data) % PAGE - 512],
    "empty": lambda _: b"",
}


def lots(name: str, count: int) -> list[Draft]:
    return [Draft("lot", ({"id": f"lot:{name}-{n}", "note": "w"},), "me") for n in range(count)]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Head]]:
    """A book closed in order, the same as a kill leaves it, what was remembered; its heads."""
    base = tmp_path_factory.mktemp("torn")
    made = {"origin": "example.org/torn", "title": "Torn", "operator": "me"}
    heads = []
    with Book.create(base / "closed", heads=base / "heads", **made) as book:
        for number, width in enumerate((1, 1, 300)):
            heads.append(book.append(lots(str(number), width)).head)
        shutil.copytree(base / "closed", base / "killed")
    return base, heads


def told(base: Path, folder: Path, heads: list[Head]) -> str:
    """What the book or the audit says of the folder; nothing where all of it stands."""
    memory = folder.with_name("heads")
    shutil.copytree(base / "heads", memory, dirs_exist_ok=True)
    try:
        with Book.open(folder, heads=memory) as book:
            assert book.head == heads[-1], "opened at another head"
            for head in heads[:-1]:
                try:
                    assert book.head_at(head.size) == head, "another root"
                except OrebookError as error:
                    return str(error)
        wrong = audit_folder(folder)
        if not wrong:  # then it goes on, from that very head
            with Book.open(folder, heads=memory) as book:
                receipt = book.append(lots("more", 1))
                assert receipt.first == heads[-1].size
                assert book.head_at(heads[-1].size) == heads[-1]
            return "; ".join(d.text() for d in audit_folder(folder))
        return "; ".join(d.text() for d in wrong)
    except OrebookError as error:
        return str(error)


def files(folder: Path) -> list[Path]:
    kept = [p.relative_to(folder) for p in folder.rglob("*") if p.is_file() and p.stat().st_size]
    return sorted(p for p in kept if ".sqlite3" in p.name and "-shm" not in p.name) + sorted(
        p for p in kept if p.parts[0] == "public"
    )


@pytest.mark.parametrize("state", ["closed", "killed"])
def test_a_torn_file_is_refused_or_named_or_does_no_harm(
    state: str, books: tuple[Path, list[Head]], tmp_path: Path
) -> None:
    base, heads = books
    tried = 0
    for file in files(base / state):
        for name, damage in DAMAGE.items():
            work = tmp_path / f"{tried}"
            shutil.copytree(base / state, work / "book")
            data = (base / state / file).read_bytes()
            (work / "book" / file).write_bytes(damaged := damage(data))
            said = told(base, work / "book", heads)
            if file.parts[0] == "public" and damaged != data:
                assert said, f"{file}, {name}: expected it to be found"
            tried += 1
            shutil.rmtree(work)
    assert tried >= 40


@pytest.mark.parametrize("state", ["closed", "killed"])
@pytest.mark.parametrize("lost", ["stage.sqlite3", "views.sqlite3"])
def test_what_begins_anew_may_be_lost_whole(
    lost: str, state: str, books: tuple[Path, list[Head]], tmp_path: Path
) -> None:
    base, heads = books
    shutil.copytree(base / state, tmp_path / "book")
    for file in (tmp_path / "book").glob(f"{lost}*"):
        file.unlink()
    assert told(base, tmp_path / "book", heads) == ""
