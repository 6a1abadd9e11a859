"""Processes that read: none that dies or falls silent loses a document that it was not reading."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from orebook.acts import intake
from orebook.acts.capture_apart import Clerk, Packed
from orebook.acts.capture_beside import Given, Lost, Readers, ReadingProcess, Task, wished
from orebook.acts.gather import Wish
from orebook.acts.rules import Rule
from orebook.wiring import Naming, create_book

PATIENCE = 1.0


class Fragile(Clerk):
    """One whom some documents kill, and some silence; another dies of one the first time alone."""

    def pack(self, data: bytes, name: str, wish: Wish, issued: str) -> Packed | None:
        if name == "deadly.json":
            os._exit(9)
        if name == "once.json" and not Path(mark(data)).exists():
            Path(mark(data)).touch()
            os._exit(9)
        if name == "endless.json":
            time.sleep(60)
        return super().pack(data, name, wish, issued)


def mark(data: bytes) -> str:
    return str(json.loads(data.splitlines()[0])["fact"]["batch"])


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that another process finds the one who is fragile."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])


@contextmanager
def fragile(folder: Path) -> Iterator[Fragile]:
    with create_book(folder / "book", Naming("example.org/beside", "Beside")) as book:
        sealer = book.apart()
        assert sealer is not None
        yield Fragile(sealer, book.operator, book.files.box)


def written(folder: Path, name: str) -> Task:
    fact = {"id": f"lot:{name}", "material": "copper concentrate", "batch": f"{folder / 'mark'}"}
    path = folder / name
    path.write_text(json.dumps({"kind": "lot", "fact": fact}) + "\n")
    return Task(str(path), name, wished(Wish()), "2026-01-01T00:00:00Z")


def given_to(readers: Readers[Packed], task: Task) -> Given[Packed]:
    return readers.give(task.path, task.name, task.issued, 100)


def told(packed: Packed | None) -> str:
    assert packed is not None
    if packed.parcels:
        return "read"
    (problem,) = packed.held.problems
    assert (problem.code, problem.file) == ("cannot-read", packed.held.sheet.name)
    assert packed.held.sheet.digest
    return problem.found


DIES, HANGS = "one that ends its reader", "one that was not read within the time"


@pytest.mark.proof
def test_what_kills_or_silences_who_reads_it_is_told_and_all_else_is_read(tmp_path: Path) -> None:
    names = ["a", "deadly", "b", "c", "once", "endless", "d", "e"]
    with fragile(tmp_path) as clerk, ExitStack() as stack:
        readers: Readers[Packed] = Readers(2, clerk, Wish(), PATIENCE)
        stack.callback(readers.end)
        tasks = [written(tmp_path, f"{name}.json") for name in names]
        gone = Task(str(tmp_path / "gone.json"), "gone.json", tasks[0].wish, tasks[0].issued)
        given = [given_to(readers, task) for task in [*tasks, gone]]
        assert len({one.line for one in given}) == 2
        found = [told(readers.take(one)) for one in given[:-1]]
        assert (tmp_path / "mark").exists()
        with pytest.raises(FileNotFoundError):
            readers.take(given[-1])
        assert found == ["read", DIES, "read", "read", "read", HANGS, "read", "read"]
        assert told(readers.take(given_to(readers, tasks[0]))) == "read"


@pytest.mark.proof
def test_who_gives_is_never_held_up_by_answers_that_wait(tmp_path: Path) -> None:
    names = ("party:" + "x" * 900 + str(number) for number in range(12))
    wish = Wish(seal=tuple(Rule("/note", (name,), ident="lot:none") for name in names))
    more = {"material": "copper concentrate", "batch": "b" * 900}
    rows = [json.dumps({"kind": "lot", "fact": {"id": f"lot:{n}", **more}}) for n in range(40)]
    (path := tmp_path / "large.jsonl").write_text("\n".join(rows))
    with fragile(tmp_path) as clerk, ExitStack() as stack:
        readers: Readers[Packed] = Readers(1, clerk, wish)
        giving = stack.enter_context(ThreadPoolExecutor(1))
        stack.callback(readers.end)
        work = [
            giving.submit(readers.give, str(path), path.name, "2026-01-01T00:00:00Z", 1)
            for _ in range(40)
        ]
        given = [one.result(timeout=30) for one in work]
        for one in given:
            packed = readers.take(one)
            assert packed is not None
            assert [p.code for p in packed.held.problems] == ["nothing-sealed"] * 12


@pytest.mark.proof
def test_a_server_tells_of_such_a_document_and_reads_on(tmp_path: Path) -> None:
    with fragile(tmp_path) as clerk:
        readers = intake.Readers(clerk, 1, PATIENCE)
        with pytest.raises(intake.NotRead):
            read(readers, written(tmp_path, "a.json"))
        readers.wake()
        while not readers.idents:
            time.sleep(0.01)
        names = ["a", "deadly", "endless", "once", "b"]
        found = [told(read(readers, written(tmp_path, f"{name}.json"))) for name in names]
        assert found == ["read", DIES, HANGS, "read", "read"]
        with pytest.raises(intake.NotRead):  # where it is read here it is told as it should be
            read(readers, Task(str(tmp_path / "gone.json"), "gone.json", b"", ""))
        (last,) = readers.idents
        readers.close()
        assert not Path(f"/proc/{last}").exists()
        with pytest.raises(intake.NotRead):
            read(readers, written(tmp_path, "a.json"))


def read(readers: intake.Readers, task: Task) -> Packed | None:
    return readers.packed(Path(task.path), task.name, Wish(), task.issued)


@pytest.mark.proof
def test_where_no_process_can_start_documents_are_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fragile(tmp_path) as clerk, monkeypatch.context() as patch, ExitStack() as stack:
        patch.setattr(Fragile, "__module__", "nowhere")  # so that it cannot be unpickled
        patch.setitem(sys.modules, "nowhere", sys.modules[__name__])
        readers: Readers[Packed] = Readers(1, clerk, Wish())
        stack.callback(readers.end)
        given = [given_to(readers, written(tmp_path, f"{n}.json")) for n in range(2)]
        assert [told(readers.take(one)) for one in given] == ["read", "read"]
        others = intake.Readers(clerk, 1)
        others.started()
        assert (others.idents, others._all) == ([], set())
        others.close()


@pytest.mark.proof
def test_a_document_is_not_to_blame_where_no_process_can_start_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fragile(tmp_path) as clerk:
        readers, task = intake.Readers(clerk, 1), written(tmp_path, "a.json")
        readers.started()
        with monkeypatch.context() as patch:
            patch.setattr(Fragile, "__module__", "nowhere")
            patch.setitem(sys.modules, "nowhere", sys.modules[__name__])
            (ident,) = readers.idents
            os.kill(ident, 9)
            for _ in range(2):
                with pytest.raises(intake.NotRead):
                    read(readers, task)
        assert told(read(readers, task)) == "read"
        readers.close()


def full(_process: object) -> None:
    raise EOFError  # as where the system lets who forks fork no more


@pytest.mark.proof
def test_readers_that_could_not_start_are_tried_again_a_minute_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fragile(tmp_path) as clerk:
        readers = intake.Readers(clerk, 1)
        with monkeypatch.context() as patch:
            patch.setattr(ForkServerProcess, "_Popen", staticmethod(full))
            readers.started()
        readers.started()
        assert readers.idents == []
        monkeypatch.setattr(readers, "_again", time.monotonic())
        readers.started()
        assert len(readers.idents) == 1
        assert told(read(readers, written(tmp_path, "a.json"))) == "read"
        readers.close()


def test_where_there_is_no_room_for_a_process_documents_are_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ForkServerProcess, "_Popen", staticmethod(full))
    with fragile(tmp_path) as clerk, ExitStack() as stack:
        readers: Readers[Packed] = Readers(2, clerk, Wish())
        stack.callback(readers.end)
        given = [given_to(readers, written(tmp_path, f"{n}.json")) for n in range(2)]
        assert [one.ready() for one in given] == [True, True]
        assert [told(readers.take(one)) for one in given] == ["read", "read"]
        others = intake.Readers(clerk, 2)
        others.started()
        assert (others.idents, others._all) == ([], set())


@pytest.mark.proof
def test_one_that_has_ended_is_told_of_and_ends_twice(tmp_path: Path) -> None:
    with fragile(tmp_path) as clerk:
        process: ReadingProcess[Packed] = ReadingProcess(clerk)
        process.give(written(tmp_path, "a.json"))
        assert told(process.take()) == "read"
        assert not process.ready()
        os.kill(process.ident, 9)
        process.give(written(tmp_path, "b.json"))
        with pytest.raises(Lost, match="ended"):
            process.take()
        assert process.ready()
        process.end()
        process.end()
        process.give(written(tmp_path, "c.json"))
        with pytest.raises(Lost):
            process.take()
