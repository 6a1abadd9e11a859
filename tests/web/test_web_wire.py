"""What goes over the wire: ETags, headers, tiles, the changed byte, a sheet looked over."""

from __future__ import annotations

from typing import ClassVar, cast

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from orebook.acts.record import Record
from orebook.book.book import Book
from orebook.book.errors import RecordBroken, StoreFailed
from orebook.log.checkpoint import open_checkpoint
from orebook.log.reader import TileReader
from orebook.model.entry import Draft
from orebook.model.facts import Head
from orebook.model.problem import KeeperError, OrebookError, TamperingError
from orebook.web.problems import problem, status_of
from orebook.wiring import Naming, create_book, example_files

BROWSER = {"accept": "text/html"}
Client = TestClient[Litestar]


def every_class(root: type[OrebookError]) -> list[type[OrebookError]]:
    return [root, *(c for child in root.__subclasses__() for c in every_class(child))]


def test_an_answer_is_not_sent_twice(client: Client) -> None:
    first = client.get("/lots", headers=BROWSER)
    etag = first.headers["etag"]
    for held in (etag, f'"x", {etag.removeprefix("W/")}'):
        again = client.get("/lots", headers={**BROWSER, "if-none-match": held})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get("/lots.json").headers["etag"] != etag
    assert client.get("/lots?after=x", headers=BROWSER).headers["etag"] != etag
    assert client.get("/lots", headers=BROWSER).content == first.content


def test_the_etag_moves_with_the_head() -> None:
    import datetime as dt

    from orebook.acts.featured import Featured
    from orebook.web.portal import create_app

    day = ["2026-11-23"]
    book = create_book(None, Naming("example.org/moving", "Moving"))
    app = create_app(book, featured=Featured(), today=lambda: day[0])
    with TestClient(app) as client:
        first = client.get("/lots").headers["etag"]
        book.append([Draft("lot", ({"id": "new"},), "example.org/x")])
        second = client.get("/lots")
        assert second.headers["etag"] != first
        assert "new" in second.text
        early = client.get("/lots?head=1")
        assert "earlier head of 1" in early.text
        assert client.get("/lots.json?head=1").json()["tables"]["lots"]["rows"] == []
        day[0] = "2026-11-24"
        assert client.get("/lots").headers["etag"] != second.headers["etag"]
        today = dt.datetime.now(dt.UTC).date().isoformat()
        assert client.get(f"/lots?on={today}").status_code == 200
    book.close()


def test_the_portal_closes_the_office_it_opened_and_no_other(
    demo: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orebook.acts.featured import Featured
    from orebook.book.office import Office
    from orebook.web import portal

    own, given = Office(None), Office(None)
    monkeypatch.setattr(portal, "Office", lambda _path: own)
    for office in (None, given):
        app = portal.create_app(
            demo, featured=Featured(), today=lambda: "2026-11-23", office=office
        )
        with TestClient(app) as client:
            assert client.get("/lots").status_code == 200
    with pytest.raises(StoreFailed, match="closed database"):
        own.get("member", "nobody")
    assert given.get("member", "nobody") is None
    given.close()


@pytest.mark.parametrize("path", ["/", "/lots.json", "/lots.csv", "/nowhere", "/checkpoint"])
def test_every_answer_wears_its_headers(client: Client, path: str) -> None:
    headers = client.get(path, headers=BROWSER).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers
    assert headers["content-type"].count("charset") <= 1


def test_the_first_page_is_light(client: Client) -> None:
    total = 0
    for path in ("/", "/static/portal.css", "/static/portal.js", "/static/icon.svg"):
        answer = client.get(path, headers={**BROWSER, "accept-encoding": "gzip"})
        total += int(answer.headers["content-length"])
    assert total <= 60_000
    assert len(client.get("/static/portal.js").content) <= 5_000


def test_static_files_are_kept_for_ever_by_their_stamp(client: Client) -> None:
    from orebook.web.render import stamp

    stamped = client.get(f"/static/portal.css?v={stamp('portal.css')}")
    assert "immutable" in stamped.headers["cache-control"]
    assert "immutable" not in client.get("/static/portal.css?v=old").headers["cache-control"]
    assert stamped.headers["content-type"] == "text/css; charset=utf-8"


def test_the_log_can_be_read_from_the_tiles_alone(client: Client, demo: Book) -> None:
    note = client.get("/checkpoint")
    assert note.content == demo.signed_head
    head = open_checkpoint(note.content, demo.verifier)

    def fetch(path: str) -> bytes:
        answer = client.get(f"/{path}")
        if answer.status_code == 404:
            raise LookupError(path)
        assert "immutable" in answer.headers["cache-control"]
        return answer.content

    reader = TileReader(fetch, head.size, head.root)
    assert reader.leaf(3) == demo.leaf(3)
    assert len(reader.inclusion_path(3)) > 3


@pytest.mark.parametrize("position", [0, 1, 57])
@pytest.mark.parametrize("byte", [0, 100, 65535])
def test_a_changed_byte_is_named(fresh_client: Client, position: int, byte: int) -> None:
    answer = fresh_client.get(f"/check?position={position}&byte={byte}", headers=BROWSER)
    assert f"entry {position}</a>" in answer.text
    rows = fresh_client.get(f"/check.json?position={position}&byte={byte}").json()["tables"][
        "change"
    ]
    told = {r["attribute"]["text"]: r["value"]["text"] for r in rows["rows"]}
    assert told["the untouched copy"] == "agrees with the signed head"
    assert told["the changed copy"].endswith(f"entry {position}")
    assert told["bits before"] != told["bits after"]


def test_a_sheet_of_papers_is_compared_and_nothing_kept(fresh_client: Client, demo: Book) -> None:
    before = demo.head
    data = (example_files() / "shipment-papers" / "papers.csv").read_bytes()
    answer = fresh_client.post("/check/sheet", files={"sheet": ("p.csv", data)}, headers=BROWSER)
    assert answer.status_code == 200
    assert "10 × trade paper, 0 faults" in answer.text
    assert "19,890 kg wet on bill of lading KHI-770915" in answer.text
    body = fresh_client.post("/check/sheet?format=json", files={"sheet": ("p.csv", data)}).json()
    rows = [row["verdict"]["text"] for row in body["tables"]["compared"]["rows"]]
    assert rows.count("differs") == 3
    assert demo.head == before


def test_a_sheet_is_looked_over_and_added_up(fresh_client: Client, demo: Book) -> None:
    before = demo.head
    data = (example_files() / "rare-earth-chain" / "shipment-sheet.csv").read_bytes()
    answer = fresh_client.post("/check/sheet?format=json", files={"sheet": ("s.csv", data)})
    assert answer.status_code == 200
    rows = answer.json()["tables"]["totals"]["rows"]
    totals = {r["total"]["text"]: r["mass"].get("value") for r in rows}
    assert totals["net"] == "21981"
    assert totals["dry"] == "20312.642"
    assert totals["contained Nd2O3"] == "2130.796"
    assert len(answer.json()["tables"]["bags"]["rows"]) == 20
    assert answer.headers["cache-control"] == "no-store"
    assert demo.head == before


def test_one_fault_is_one_and_a_sheet_too_large_is_told_what_to_do(fresh_client: Client) -> None:
    sent = {"sheet": ("s.csv", b"bag,net (kg)\nB1,-9\nB2,5\n")}
    answer = fresh_client.post("/check/sheet", files=sent, headers=BROWSER)
    assert "1 bag read, 1 fault. Nothing was written." in answer.text
    answer = fresh_client.post("/check/sheet", files={"sheet": ("s.csv", bytes(5_000_000))})
    assert answer.status_code == 413
    assert "orebook capture" in answer.json()["next_step"]


def test_faults_of_a_sheet_are_grouped_and_placed(fresh_client: Client) -> None:
    data = b"bag,gross (kg),tare (kg),net (kg)\nB1,10,1,9\nB2,-4,1,3\nB3,x,1,2\n"
    answer = fresh_client.post("/check/sheet", files={"sheet": ("s.csv", data)}, headers=BROWSER)
    body = fresh_client.post("/check/sheet?format=json", files={"sheet": ("s.csv", data)}).json()
    assert "2 faults" in answer.text or len(body["tables"]["faults"]["rows"]) >= 2
    places = " ".join(r["place"]["text"] for r in body["tables"]["faults"]["rows"])
    assert "3" in places
    assert "4" in places
    assert answer.text.index("Faults, grouped") < answer.text.index("Each fault with its place")


@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\x02", b"hello", b"PK\x03\x04broken", b"a,b\n1,2\n"]
)
def test_what_is_no_sheet_says_so(fresh_client: Client, data: bytes) -> None:
    name = "s.xlsx" if data.startswith(b"PK") else "s.csv"
    answer = fresh_client.post("/check/sheet", files={"sheet": (name, data)}, headers=BROWSER)
    assert answer.status_code in {400, 422}
    assert "Traceback" not in answer.text


def test_a_form_without_a_sheet_and_one_too_large_are_refused(demo: Book) -> None:
    from orebook.acts.featured import Featured
    from orebook.web.portal import create_app

    app = create_app(demo, featured=Featured(), today=lambda: "2026-11-23")
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.post("/check/sheet", data={"x": "1"}).status_code == 422
        large = client.post("/check/sheet", files={"sheet": ("s.csv", b"a" * (5 << 20))})
        assert large.status_code == 413
        assert large.json()["next_step"]
        codes = {client.get("/check?position=0").status_code for _ in range(40)}
        assert codes == {200, 429}
        last = client.get("/check?position=0")
        assert int(last.headers["retry-after"]) >= 1


def test_every_class_of_fault_has_a_status() -> None:
    classes = every_class(OrebookError)
    assert len(classes) > 10
    for cls in classes:
        if cls.__init__ is OrebookError.__init__:
            error = cls("what happened")
            assert 400 <= status_of(error) < 600
            assert problem(error, "/x")["status"] == status_of(error)


def test_faults_of_the_inside_say_nothing_of_it() -> None:
    for error in (ValueError("secret"), KeeperError("/path/to/keys")):
        told = problem(error, "/x")
        assert "secret" not in str(told)
        assert "/path/to" not in str(told)
    assert "differs" in str(problem(TamperingError("the root differs"), "/x")["detail"])


def test_serve_listens_on_a_free_port_and_says_where(demo: Book) -> None:
    from orebook.web.serve import listen

    first = listen("127.0.0.1", 0)
    port = first.getsockname()[1]
    assert port > 0
    with pytest.raises(KeeperError, match=str(port)):
        listen("127.0.0.1", port)
    first.close()


def test_the_end_of_an_answer_does_not_wait_for_its_beginning_to_be_confirmed() -> None:
    import asyncio
    import socket
    from concurrent.futures import ThreadPoolExecutor

    from orebook.web.serve import listen

    listener = listen("127.0.0.1", 0)

    async def unheld() -> int:
        met: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def meet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted = writer.get_extra_info("socket")
            met.set_result(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(meet, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            found = await met
            writer.close()
            await writer.wait_closed()
        return found

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asyncio.run, unheld()).result() != 0


@pytest.mark.parametrize(("size", "first", "asked"), [(0, 0, 0), (600, 0, 3), (131_372, 300, 512)])
def test_a_server_reads_the_latest_hashes_first_and_does_not_end_at_a_broken_one(
    size: int, first: int, asked: int
) -> None:
    from orebook.web.serve import looked_over

    class Log:
        head = Head("log.example", size, "00")
        seen: ClassVar[list[int]] = []

        def proof(self, position: int) -> bytes:
            self.seen.append(position)
            raise RecordBroken("tile")

    Log.seen.clear()
    looked_over(cast("Record", Log()))
    assert Log.seen == [first + 256 * n for n in range(asked)]
