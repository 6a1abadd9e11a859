"""Our own resources: the OpenAPI document, pages, findings, the whole book, jobs after a crash."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import xlsxwriter

from orebook.acts.bulk import parquet
from orebook.acts.jobs import Jobs, Order
from orebook.acts.receive import receive, told_of
from orebook.acts.see import view
from orebook.book.errors import StoreFailed
from orebook.book.office import Office
from orebook.model.entry import Draft
from orebook.model.problem import ReaderError
from orebook.web.api import epcis_table, table
from orebook.web.api.call import Limits, NotAcceptable, accepted
from orebook.web.api.openapi import document
from orebook.wiring import Naming, create_book

Served = Any


def test_the_document_names_every_operation_once_and_each_schema_is_sound() -> None:
    said = document()
    both = (*epcis_table.operations(Limits()), *table.operations(Limits()))
    count = sum(len(methods) for methods in said["paths"].values())
    assert count == len(both) > 60
    idents = [op["operationId"] for path in said["paths"].values() for op in path.values()]
    assert len(set(idents)) == len(idents)
    for schema in said["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    names = set(said["components"]["schemas"])
    text = json.dumps(said)
    used = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert used <= names
    assert all(callable(operation.load()) for operation in both)


def test_answers_hold_to_the_document(served: Served) -> None:
    served.capture(served.document(served.event("a")))
    said = document()
    checked = 0
    for path, methods in said["paths"].items():
        if "get" not in methods or "{" in path or "findings" in path:
            continue
        answer = served.get(path, "keeper")
        told = methods["get"]["responses"][str(answer.status_code)]
        media = answer.headers["content-type"]
        assert media in told["content"], path
        schema = told["content"][media]["schema"]
        if media == "application/json":
            whole = {**schema, "components": said["components"]}
            jsonschema.Draft202012Validator(whole).validate(answer.json())
            checked += 1
    assert checked > 15


def test_pages_of_things_do_not_move_while_the_book_grows(served: Served) -> None:
    lots = tuple({"id": f"lot:{n:02}"} for n in range(12))
    served.book.append([Draft("lot", lots, served.book.operator)])
    page = served.get("/api/lots?perPage=5")
    names = [item["id"] for item in page.json()["items"]]
    assert page.json()["more"] is True
    early = tuple({"id": name} for name in ("lot:00a", "lot:09a", "lot:99"))
    served.book.append([Draft("lot", early, served.book.operator)])
    while "next" in page.links:
        page = served.get(page.links["next"]["url"])
        names += [item["id"] for item in page.json()["items"]]
    assert names == [lot["id"] for lot in lots]
    assert page.json()["more"] is False
    assert len(served.get("/api/lots?perPage=50").json()["items"]) == 15
    odd = served.get("/api/lots?page=2")
    assert odd.status_code == 400
    assert "perPage" in odd.json()["detail"]


def test_an_entry_comes_with_its_proof_and_an_earlier_head_knows_no_later_one(
    served: Served,
) -> None:
    entry = served.get("/api/entries/1").json()
    assert entry["jws"].count(".") == 2
    assert entry["proof"].startswith("c2sp.org/tlog-proof@v1")
    assert served.get("/api/entries/1?head=1").status_code == 404
    assert served.get("/api/entries?head=1").json()["head"]["size"] == 1
    assert [e["kind"] for e in served.get("/api/entries?kind=party").json()["items"]] == ["party"]
    pages, at = 0, "/api/entries?perPage=1"
    while at:
        page = served.get(at)
        pages, at = pages + 1, page.links.get("next", {}).get("url", "")
    assert pages == served.book.head.size


def test_the_whole_book_is_one_file_that_another_book_reads(served: Served) -> None:
    served.capture(served.document(served.event("a")))
    data = gzip.decompress(served.get("/api/bulk").content)
    lines = [json.loads(line) for line in data.splitlines()]
    assert {"event", "document", "party"} <= {line["kind"] for line in lines}
    where = "/api/documents?name=bulk.jsonl"
    sent = served.post(where, "keeper", content=data, headers={"content-type": "text/plain"})
    job = served.job(sent.headers["location"], "keeper")
    assert job["format"] == "jsonl"
    assert job["alreadyInTheBook"] >= 1


def test_a_job_says_how_its_sheet_was_read(served: Served) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet("s")
        for at, text in enumerate(("orebook:lots", "Identifier", "lot:seen", "lot:hidden")):
            sheet.write(at, 0, text)
        sheet.set_row(3, None, None, {"hidden": True})
    sent = served.post("/api/documents?name=l.xlsx", "keeper", content=out.getvalue())
    job = served.job(sent.headers["location"], "keeper")
    assert (job["appended"]["lot"], job["notes"]) == (2, ["sheet s: hidden rows were read too: 4"])


def test_the_whole_book_is_tables(served: Served, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    served.capture(served.document(served.event("a")))
    mass = {"value": "0.30", "unit": "TNE", "basis": "wet"}
    served.book.append([Draft("lot", ({"id": "lot:x", "mass": mass},), served.book.operator)])
    here = view(served.book, "public", "2026-11-23")
    counts = parquet(here, tmp_path / "out")
    rows = {kind: pq.read_table(tmp_path / "out" / f"{kind}.parquet") for kind in counts}
    assert {kind: table.num_rows for kind, table in rows.items()} == counts
    (lot,) = rows["lot"].to_pylist()
    assert (lot["mass"], lot["mass_unit"], lot["mass_basis"]) == ("0.30", "TNE", "wet")
    assert rows["lot"].schema.metadata[b"orebook.size"] == str(here.head.size).encode()
    with pytest.raises(ReaderError, match="empty folder"):
        parquet(here, tmp_path / "out")


def test_a_job_that_a_crash_cut_short_is_run_at_the_next_start(tmp_path: Path) -> None:
    office, inbox = Office(tmp_path / "office.sqlite3"), tmp_path / "inbox"
    book = create_book(None, Naming("example.org/crash", "Crash", "party:keeper"))
    now = lambda: dt.datetime(2026, 11, 23, tzinfo=dt.UTC)  # noqa: E731

    def never(stream: Any, order: Order) -> dict[str, object]:
        raise SystemExit  # the process ends before the document is captured

    row = tmp_path / "rows.jsonl"
    row.write_bytes(b'{"kind": "lot", "fact": {"id": "lot:x"}}\n')
    first = Jobs(never, book.operator, office, inbox, now)
    with row.open("rb") as stream:
        name = first.take(stream, Order("rows.jsonl", book.operator))
    first.close()
    assert [p.name for p in inbox.iterdir()] == [name]
    # It may hold values that the record seals.
    assert [oct(p.stat().st_mode & 0o777) for p in (inbox, inbox / name)] == ["0o700", "0o600"]
    old, young = inbox / "never-promised", inbox / "just-now"
    for path in (old, young):
        path.write_bytes(b"half of a doc")
    os.utime(old, (0, 0))

    def take(stream: Any, order: Order) -> dict[str, object]:
        return told_of(receive(book, stream, order))

    second = Jobs(take, book.operator, office, inbox, now)
    assert second.resume() == 1
    second.close()
    paper = office.get("job", name)
    assert paper is not None
    assert (paper.body["running"], paper.body["success"]) == (False, True)
    assert list(inbox.iterdir()) == [young]  # another server may be about to promise it
    book.refresh()
    assert book.ids_of("lot", after="", limit=9) == ["lot:x"]
    book.close()
    office.close()


def test_what_a_caller_takes_decides_the_form() -> None:
    offered = ("application/json", "application/ld+json")
    assert accepted("", offered) == offered[0]
    assert accepted("*/*", offered) == offered[0]
    assert accepted("application/ld+json, application/json;q=0.5", offered) == offered[1]
    assert accepted("text/html, application/*;q=0.1", offered) == offered[0]
    for wanted in ("text/csv", "application/json;q=0", "application/json;q=x"):
        with pytest.raises(NotAcceptable):
            accepted(wanted, offered)


def test_lists_of_the_portal_come_as_lines_and_say_where_they_are_cut(served: Served) -> None:
    lots = tuple({"id": f"lot:{n:03}", "label": "=1+1"} for n in range(230))
    served.book.append([Draft("lot", lots, served.book.operator)])
    whole = served.get("/lots.jsonl")
    assert whole.headers["content-type"].startswith("application/jsonl")
    rows = [json.loads(line) for line in whole.text.splitlines()]
    assert len(rows) == 230
    assert "'=1+1" in served.get("/lots.csv").text
    entries = [json.loads(line) for line in served.get("/entries.jsonl").text.splitlines()]
    assert entries
    assert served.get("/lots.jsonl?list=nothing").status_code == 404


def test_reading_goes_on_where_a_full_disk_shows_no_later_head(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orebook.web import desk

    served.capture(served.document(served.event("a")))
    before = served.get("/api/entries", "mine").json()["head"]["size"]

    def full(*_: object) -> None:
        raise StoreFailed("tile/0/000: expected to write it, found: No space left on device")

    monkeypatch.setattr(desk, "_FRESH", -1)
    with monkeypatch.context() as patch:
        patch.setattr(served.book.stores.shelf, "put", full)
        draft = Draft("lot", ({"id": "lot:late"},), served.book.operator)
        assert not served.book.append([draft], wait=False).published
        told = served.get("/api/entries", "mine")
        assert (told.status_code, told.json()["head"]["size"]) == (200, before)
        assert [e["eventID"] for e in served.listed(served.get("/epcis/events", "mine"))]
        patch.setattr(served.book.views, "positions", dict)  # nothing is known of what they hold
        assert served.get("/api/entries", "mine").status_code == 503
    assert served.get("/api/entries", "mine").json()["head"]["size"] > before
