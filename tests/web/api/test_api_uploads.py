"""Documents that come in parts: what broke off goes on, whoever else asks finds nothing."""

from __future__ import annotations

import datetime as dt
import errno
import io
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING, Any

import pytest

from orebook.acts.jobs import Busy, Order
from orebook.acts.uploads import KEPT, OPEN_MAX, TooManyUploads, Uploads, WrongOffset
from orebook.book.office import Office
from orebook.model.problem import NotFound, SenderError, TooLarge

if TYPE_CHECKING:
    from tests.web.api.conftest import Served

PART = {"content-type": "application/partial-upload"}
ORDER = Order("a.json", "party:mine")


def part(at: int, *, last: bool = False) -> dict[str, str]:
    return {**PART, "upload-offset": str(at), "upload-complete": "?1" if last else "?0"}


def test_an_upload_that_breaks_goes_on_where_it_broke(served: Served) -> None:
    body = json.dumps(served.document(served.event("a"))).encode()
    begun = served.post("/api/uploads?name=shipment.json")
    assert begun.status_code == 201, begun.text
    where = begun.headers["location"]
    assert begun.headers["upload-offset"] == "0"
    assert begun.headers["upload-limit"].startswith("max-size=33554432, max-age=")
    first = served.client.patch(
        where, content=body[:50], headers={**served.tokens["mine"], **part(0)}
    )
    assert (first.status_code, first.headers["upload-offset"]) == (204, "50")
    assert (
        served.broken_off("PATCH", where, body[50:120], part(50, last=True)) == []
    )  # it said it was the last part, and broke
    stands = served.client.head(where, headers=served.tokens["mine"])
    assert (stands.headers["upload-offset"], stands.headers["upload-complete"]) == ("120", "?0")
    twice = served.client.patch(where, content=b"x", headers={**served.tokens["mine"], **part(50)})
    assert (twice.status_code, twice.headers["upload-offset"]) == (409, "120")
    assert twice.json()["type"] == "urn:orebook:problem:wrong-offset"
    assert twice.json()["next_step"].startswith("Ask with HEAD where the upload stands")
    size = served.book.head.size
    rest = {**served.tokens["mine"], **part(120, last=True)}
    done = served.client.patch(where, content=body[120:], headers=rest)
    assert done.status_code == 202, done.text
    assert served.job(done.headers["location"])["success"]
    assert served.book.refresh().size > size
    assert len(served.events("?EQ_eventID=urn:uuid:a")) == 1
    # The answer to the last part may be lost: asked again it is the same, and nothing is twice.
    again = served.client.patch(where, content=body[120:], headers=rest)
    assert (again.status_code, again.headers["location"]) == (202, done.headers["location"])
    told = served.get(where, "mine").json()
    assert (told["complete"], told["offset"]) == (True, len(body))
    assert len(served.events("?EQ_eventID=urn:uuid:a")) == 1


def test_only_whoever_began_it_finds_an_upload(served: Served) -> None:
    where = served.post("/api/uploads", content=b"{}", headers=PART).headers["location"]
    assert served.get(where).status_code == 401
    assert served.get(where, "rival").status_code == 403  # a reader
    assert served.get(where, "keeper").status_code == 404
    assert served.get("/api/uploads/..%2F..%2Fbook.toml", "mine").status_code == 404
    headers = {**served.tokens["mine"], **part(2)}
    assert (
        served.client.patch(
            where, content=b"x", headers={**headers, "upload-offset": "-1"}
        ).status_code
        == 400
    )
    assert (
        served.client.patch(
            where, content=b"x", headers={**headers, "content-type": "text/x"}
        ).status_code
        == 415
    )
    assert (
        served.client.patch(
            where, content=b"x", headers={**headers, "upload-complete": "yes"}
        ).status_code
        == 400
    )
    assert served.client.delete(where, headers=served.tokens["mine"]).status_code == 204
    assert served.get(where, "mine").status_code == 404
    empty = served.post("/api/uploads", headers={"upload-complete": "?1"})
    assert empty.status_code == 400


def test_beginnings_that_are_refused_or_break_off_shut_nobody_out(served: Served) -> None:
    for headers in ({"upload-complete": "yes"}, {"upload-complete": "?1"}):  # no body either
        assert served.post("/api/uploads", headers=headers).status_code == 400
    assert served.broken_off("POST", "/api/uploads", b"{", PART) == []
    assert served.get("/api/uploads", "mine").json() == []
    begun = [served.post("/api/uploads?name=a.json", content=b"{}") for _ in range(OPEN_MAX)]
    assert [one.status_code for one in begun] == [201] * OPEN_MAX
    refused = served.post("/api/uploads")
    assert (refused.status_code, refused.json()["type"]) == (
        429,
        "urn:orebook:problem:too-many-uploads",
    )
    assert "finish one, or let go of it" in refused.json()["detail"]
    assert "GET /api/uploads" in refused.json()["next_step"]
    listed = served.get("/api/uploads", "mine").json()
    names = {one.headers["location"].rpartition("/")[2] for one in begun}
    assert {one["uploadID"] for one in listed} == names
    assert {(one["name"], one["offset"]) for one in listed} == {("a.json", 2)}
    assert all(0 <= one["age"] < KEPT.total_seconds() for one in listed)
    assert served.get("/api/uploads").status_code == 401
    assert served.get("/api/uploads", "keeper").json() == []
    where = f"/api/uploads/{listed[0]['uploadID']}"
    assert served.client.delete(where, headers=served.tokens["mine"]).status_code == 204
    assert served.post("/api/uploads").status_code == 201


@pytest.fixture
def office() -> Iterator[Office]:
    with closing(Office(None)) as made:
        yield made


def test_what_lies_with_another_server_is_listed_and_can_be_let_go_of(office: Office) -> None:
    at = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
    here, there = (Uploads(office, None, lambda: at, 10) for _ in range(2))
    name = there.begin(ORDER).name
    assert here.going("party:mine") == [(name, at, None)]
    here.drop("party:mine", name)
    assert there.going("party:mine") == []
    here.close()
    there.close()


def clocked(office: Office, most: int = 10) -> tuple[Uploads, list[dt.datetime]]:
    at = [dt.datetime(2026, 11, 25, tzinfo=dt.UTC)]
    return Uploads(office, None, lambda: at[0], most), at


def test_a_day_later_an_upload_and_what_came_of_it_are_gone(office: Office) -> None:
    uploads, at = clocked(office)
    name = uploads.begin(ORDER).name
    uploads.append("party:mine", name, 0, io.BytesIO(b"abc"))
    at[0] += KEPT
    with pytest.raises(NotFound):
        uploads.told("party:mine", name)
    assert uploads.sweep() == 1
    uploads.close()


def test_bounds_hold_and_what_is_refused_leaves_what_came_before(office: Office) -> None:
    uploads, _ = clocked(office)
    name = uploads.begin(ORDER).name
    uploads.append("party:mine", name, 0, io.BytesIO(b"12345"))
    with pytest.raises(TooLarge):
        uploads.append("party:mine", name, 5, io.BytesIO(b"678901"))
    assert uploads.told("party:mine", name).offset == 5
    with pytest.raises(WrongOffset):
        uploads.append("party:mine", name, 6, io.BytesIO(b"6"))
    taken: list[bytes] = []

    def take(stream: Any, _order: Order) -> str:
        taken.append(stream.read())
        return "job"

    assert uploads.finish("party:mine", name, take).job == "job"
    assert uploads.finish("party:mine", name, take).job == "job"
    assert taken == [b"12345"]
    with pytest.raises(WrongOffset):
        uploads.append("party:mine", name, 5, io.BytesIO(b"6"))
    with pytest.raises(SenderError):
        uploads.finish("party:mine", uploads.begin(ORDER).name, take)
    for _ in range(OPEN_MAX - 1):
        uploads.begin(ORDER)
    with pytest.raises(TooManyUploads, match="finish one, or let go of it"):
        uploads.begin(ORDER)
    uploads.close()


def test_uploads_that_are_whole_do_not_stand_in_the_way_of_others(office: Office) -> None:
    uploads, _ = clocked(office)
    for _ in range(OPEN_MAX + 2):
        name = uploads.begin(ORDER).name
        uploads.append("party:mine", name, 0, io.BytesIO(b"1"))
        uploads.finish("party:mine", name, lambda _stream, _order: "job")
    assert uploads.told("party:mine", name).job == "job"
    uploads.close()


def test_an_idempotency_key_is_remembered_for_a_day(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orebook.web.api import counter

    key = {"idempotency-key": "shipment-7"}
    first = served.post("/epcis/capture", json=served.document(served.event("a")), headers=key)
    assert first.status_code == 202
    other = served.document(served.event("b"))
    assert served.post("/epcis/capture", json=other, headers=key).status_code == 422
    (paper,) = served.office.papers("sent")
    served.office.put(
        "sent", paper.name, {**paper.body, "until": "2020-01-01T00:00:00Z"}, paper.owner
    )
    assert served.post("/epcis/capture", json=other, headers=key).status_code == 202
    assert served.post("/epcis/capture", json=other, headers=key).status_code == 202
    (paper,) = served.office.papers("sent")
    served.office.put(
        "sent", paper.name, {**paper.body, "until": "2020-01-01T00:00:00Z"}, paper.owner
    )
    monkeypatch.setattr(counter, "_FORGET_EVERY", 2)
    for name in ("c", "d"):
        sent = served.post(
            "/epcis/capture",
            json=served.document(served.event(name)),
            headers={"idempotency-key": name},
        )
        assert sent.status_code == 202
    assert paper.name not in {one.name for one in served.office.papers("sent")}


def test_of_two_calls_at_once_under_a_key_whose_day_is_over_one_is_answered(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, key = served.document(served.event("a")), {"idempotency-key": "k"}
    assert served.post("/epcis/capture", json=body, headers=key).status_code == 202
    (paper,) = served.office.papers("sent")
    old = {**paper.body, "until": "2020-01-01T00:00:00Z"}
    served.office.put("sent", paper.name, old, paper.owner)
    both, put = Barrier(2), served.office.put

    def slow(room: str, name: str, body: Any, owner: str = "") -> None:
        if room == "sent" and "status" not in body:
            with suppress(BrokenBarrierError):
                both.wait(0.2)  # for another that takes it up too
        put(room, name, body, owner)

    monkeypatch.setattr(served.office, "put", slow)
    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(served.post, "/epcis/capture", json=body, headers=key) for _ in "12"]
        answers = [one.result() for one in sent]
    captured = {one.headers["location"] for one in answers if one.status_code == 202}
    assert len(captured) == 1
    assert {one.status_code for one in answers} <= {202, 409}


def test_a_call_that_a_crash_left_unanswered_may_come_again_under_its_key(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orebook.web.api import counter

    def sent(event: str) -> int:
        body = served.document(served.event(event))
        return served.post(
            "/epcis/capture", json=body, headers={"idempotency-key": "k"}
        ).status_code

    assert sent("a") == 202
    (paper,) = served.office.papers("sent")
    begun = {"mark": paper.body["mark"], "until": paper.body["until"]}
    served.office.put("sent", paper.name, begun, paper.owner)
    assert sent("a") == 409  # another server may be about to answer it
    monkeypatch.setattr(counter, "ANSWERED", dt.timedelta())
    assert sent("b") == 422
    assert sent("a") == 202
    (paper,) = served.office.papers("sent")
    assert paper.body["status"] == 202


def test_a_full_disk_is_the_keepers_fault(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    body = served.document(served.event("a"))

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        answer = served.post("/epcis/capture", json=body)
    assert (answer.status_code, answer.json()["code"]) == (500, "store-failed")
    assert served.post("/epcis/capture", json=body).status_code == 202


def test_two_servers_of_one_book_never_write_one_upload_at_once(
    office: Office, tmp_path: Path
) -> None:
    one, two = (
        Uploads(office, tmp_path, lambda: dt.datetime(2026, 1, 1, tzinfo=dt.UTC), 99)
        for _ in range(2)
    )
    name = one.begin(ORDER).name

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            with pytest.raises(Busy):
                two.append(ORDER.organisation, name, 0, io.BytesIO(b"theirs"))
            return super().read(size)

    assert one.append(ORDER.organisation, name, 0, Slow(b"ours")).offset == 4
    assert two.append(ORDER.organisation, name, 4, io.BytesIO(b"!")).offset == 5
    assert (tmp_path / name).read_bytes() == b"ours!"
    assert oct((tmp_path / name).stat().st_mode & 0o777) == "0o600"
