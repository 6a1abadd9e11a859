"""Documents of any size at the door: memory stays flat, and a limit is told as EPCIS says it."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from orebook.acts import members
from orebook.web.api import epcis_capture
from orebook.web.api.call import Limits
from orebook.wiring import Naming, create_book, open_office

Served = Any
BLANK = 256 << 20


@pytest.fixture
def few(serving: Any) -> Iterator[Served]:
    """A server that takes three events and 4,000 bytes at once."""
    book = create_book(None, Naming("example.org/few", "Few", "party:keeper"))
    yield from serving(book, Limits(document_bytes=4000, document_events=3))
    book.close()


def test_a_limit_is_told_with_its_type_and_headers(
    few: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    four = few.document(*(few.event(f"{n}") for n in range(4)))
    long = few.document(few.event("a", **{"ex:text": "x" * 4000}))
    for body in (four, long):
        refused = few.post("/epcis/capture", json=body)
        assert refused.status_code == 413, refused.text
        assert refused.json()["type"] == "epcisException:CaptureLimitExceededException"
        assert refused.headers["gs1-epcis-capture-limit"] == "3"
        assert refused.headers["gs1-epcis-capture-file-size-limit"] == "4000"
    monkeypatch.setattr(epcis_capture, "LARGE", 0)  # as a document of many megabytes
    refused = few.post("/epcis/capture", json=four)
    assert (refused.status_code, refused.json()["errors"][0]["place"]) == (
        413,
        "/epcisBody/eventList",
    )
    cut = json.dumps(few.document(few.event("a"))).encode()[:-3]
    header = {"content-type": "application/json"}
    assert few.post("/epcis/capture", content=cut, headers=header).status_code == 400
    monkeypatch.setattr(epcis_capture, "VAST", 0)  # as one that is left to its job
    job = few.capture(four)
    assert not job["success"]
    (fault,) = job["errors"]
    assert (fault["type"], fault["status"]) == ("epcisException:CaptureLimitExceededException", 413)
    assert few.events() == []
    assert few.capture(few.document(*(few.event(f"{n}") for n in range(3))))["success"]


@pytest.mark.proof
def test_memory_is_flat_while_a_large_document_streams_in(tmp_path: Path) -> None:
    """A quarter of a gigabyte of blanks between two events: bytes must pass and not stay."""
    book = tmp_path / "book"
    create_book(book, Naming("example.org/large", "Large")).close()
    office, operator = open_office(book)
    members.set_member(office, operator, "scale", "submitter")
    token, _ = members.new_token(office, operator, "scale", dt.datetime.now(dt.UTC))
    office.close()
    program = str(Path(sys.executable).with_name("orebook"))
    command = [program, "serve", "--book", str(book), "--document-limit", "300"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            base = server.stdout.readline().split()[4].rstrip("/")
            headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            with httpx.Client(base_url=base, headers=headers, timeout=60) as client:
                client.get("/epcis/events")
                before = _peak(server.pid)
                sent = client.post("/epcis/capture", content=_document())
                assert sent.status_code == 202, sent.text
                while (job := client.get(sent.headers["location"]).json())["running"]:
                    time.sleep(0.2)
                assert job["success"], job
                assert job["appended"]["event"] == 2
                assert _peak(server.pid) - before < 96 << 20
        finally:
            server.terminate()


def _peak(pid: int) -> int:
    """The most memory a process has held, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) << 10


def _document() -> Iterator[bytes]:
    event = (
        b'{"type":"ObjectEvent","eventID":"urn:uuid:%d","eventTime":"2025-03-01T12:00:00Z",'
        b'"eventTimeZoneOffset":"+00:00","action":"OBSERVE","epcList":["urn:x:1"]}'
    )
    yield (
        b'{"@context":["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],'
        b'"type":"EPCISDocument","schemaVersion":"2.0","creationDate":"2025-03-02T00:00:00Z",'
        b'"epcisBody":{"eventList":[' + event % 1 + b","
    )
    for _ in range(BLANK >> 20):
        yield b" " * (1 << 20)
    yield event % 2 + b"]}}"
