"""The portal as an application: which address asks which page, in which form."""

from __future__ import annotations

import asyncio
from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import Litestar, Request, Response, get, post
from litestar.config.compression import CompressionConfig
from litestar.types import Scope

from orebook.acts.badge import Now, utc_now
from orebook.acts.featured import Featured
from orebook.acts.record import Record
from orebook.book.office import Office
from orebook.model.problem import NotFound
from orebook.web import render
from orebook.web.addresses import KINDS, Rest, read_rest
from orebook.web.api.call import Limits
from orebook.web.desk import Desk, Kept, foot
from orebook.web.headers import HEADERS, holds
from orebook.web.limits import Brake
from orebook.web.page import Answer, Ask, File, Page
from orebook.web.refusals import refusal
from orebook.web.tiles import tile_handlers

Handler = Callable[[Ask], Answer]
# Room → its module in web/pages and the two pages in it: the list, and one of them. Pages are
# loaded when an application is made, as commands are when they are called.
ROOMS = {
    "agreements": ("agreements", "listing", "sheet"),
    "shipments": ("shipments", "listing", "sheet"),
    "lots": ("lots", "listing", "sheet"),
    "facilities": ("facilities", "listing", "sheet"),
    "claims": ("claims", "listing", "sheet"),
    "sources": ("claims", "sources", "source"),
    "objects": ("papers", "objects", "thing"),
    "parties": ("papers", "parties", "party"),
    "events": ("events", "listing", "sheet"),
    "documents": ("papers", "documents", "document"),
    "entries": ("entries", "listing", "sheet"),
}
SINGLE = ("log", "check", "balance", "rules", "disclosure", "minerals", "whatif", "recall",
          "reliance")  # fmt: skip
LIMITS = Limits()
UPLOAD_MAX = 4 * 1024**2 + 65536
# A thing's address ends here inside the application; what stood after the room is read raw.
_ONE = "-"


class Portal(Litestar):
    """Litestar, with the part of the path that names a thing kept as it came over the wire.

    Routing works on decoded and tidied paths, in which `a%2F%2Fb` and `a/b` are one; identifiers
    must come through unchanged.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Sets the rest of a thing's address aside, then routes."""
        if scope["type"] == "http":
            raw = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
            _, _, tail = raw.partition(b"/")
            room, slash, rest = tail.partition(b"/")
            name, _, form = room.decode("ascii", "replace").partition(".")
            if name in KINDS and slash and rest:
                scope = {**scope, "path": f"/{name}/{_ONE}", "orebook_rest": rest}
            elif (name in KINDS or name in SINGLE) and form in render.FORMS and not rest:
                scope = {**scope, "path": f"/{name}", "orebook_form": form}
        await super().__call__(scope, receive, send)


def create_app(
    book: Record,
    *,
    featured: Featured,
    today: Callable[[], str],
    office: Office | None = None,
    now: Now = utc_now,
    inbox: Path | None = None,
    limits: Limits = LIMITS,
    readers: int = 0,
) -> Litestar:
    """The portal of one book for anonymous readers, and the doors for programs and members.

    Takes: what the keeper puts on the first page; a call that gives today as YYYY-MM-DD; the
    office with members and tokens (without one nobody has a token and nothing can be written);
    the folder where documents wait to be captured; how much one call may bring;
    `readers`, how many processes may read documents beside this one.
    """
    desk = Desk(book, featured, today)
    made = import_module("orebook.web.api.doors").doors
    papers = office or Office(None)
    opened = made(book, papers, inbox, now, desk, limits, readers)
    brake = Brake(30)
    checks = import_module("orebook.web.checks")
    first = _page("front", "page")
    handlers = [
        _single(desk, "", lambda ask: first(ask, featured), None),
        _single(desk, "log", _page("entries", "log"), None),
        _single(desk, "check", _page("check", "door"), brake),
        _single(desk, "balance", _page("balance", "page"), brake),
        _single(desk, "rules", _page("rules", "page"), None),
        _single(desk, "disclosure", _page("disclosure", "page"), None),
        _single(desk, "minerals", _page("minerals", "page"), None),
        _single(desk, "whatif", _page("whatif", "page"), brake),
        _single(desk, "recall", _page("recall", "page"), brake),
        _single(desk, "reliance", _page("reliance", "page"), brake),
    ]
    for name, (module, listing, sheet) in ROOMS.items():
        handlers += _room(desk, name, _page(module, listing), _page(module, sheet))
    return Portal(
        [
            *handlers,
            _upload(desk, brake, "sheet", "check", "looked_over"),
            _upload(desk, brake, "settlement", "settlement", "settled"),
            *tile_handlers(book),
            *checks.check_handlers(desk),
            *opened.handlers(),
        ],
        on_startup=[opened.open],
        on_shutdown=[opened.close, *([] if office else [papers.close])],
        exception_handlers={Exception: lambda request, error: refusal(desk, request, error)},
        compression_config=CompressionConfig("gzip", minimum_size=600, gzip_compress_level=6),
        after_request=_dress,
        openapi_config=None,
        logging_config=None,
    )


def _page(module: str, name: str) -> Callable[..., Answer]:
    """A page of web/pages, loaded now."""
    page: Callable[..., Answer] = getattr(import_module(f"orebook.web.pages.{module}"), name)
    return page


def _single(desk: Desk, name: str, make: Handler, brake: Brake | None) -> Any:
    """The handler of a page that there is one of."""

    @get(f"/{name}", name=name or "front", sync_to_thread=True)
    def handler(request: Request[Any, Any, Any]) -> Response[bytes]:
        if brake is not None and request.query_params:
            brake.take(_reader(request))
        return _answer(desk, request, Rest("", form=_form(request)), make)

    return handler


def _room(desk: Desk, name: str, many: Handler, one: Handler) -> list[Any]:
    """The handlers of a kind of thing: its list, and one of them."""

    @get(f"/{name}", name=f"{name} list", sync_to_thread=True)
    def listing(request: Request[Any, Any, Any]) -> Response[bytes]:
        make = one if "id" in request.query_params else many
        return _answer(desk, request, Rest("", form=_form(request)), make)

    @get(f"/{name}/{_ONE}", name=f"{name} one", sync_to_thread=True)
    def sheet(request: Request[Any, Any, Any]) -> Response[bytes]:
        rest = read_rest(_rest(request))
        if rest is None:
            message = "the address holds bytes that are no text"
            raise NotFound(message)
        return _answer(desk, request, rest, one)

    return [listing, sheet]


def _upload(desk: Desk, brake: Brake, name: str, module: str, made: str) -> Any:
    """The handler of a form below /check that shows what it makes of files and keeps nothing."""

    door: Any = import_module(f"orebook.web.pages.{module}")
    shown: Callable[[Ask, object], Page] = getattr(door, made)

    @post(f"/check/{name}", name=name, status_code=200, request_max_body_size=UPLOAD_MAX)
    async def upload(request: Request[Any, Any, Any]) -> Response[bytes]:
        brake.take(_reader(request))
        sent = await door.read_form(request)

        def page(ask: Ask) -> Page:
            return shown(ask, sent)

        return await asyncio.to_thread(_answer, desk, request, Rest(""), page, keep=False)

    return upload


def _answer(
    desk: Desk, request: Request[Any, Any, Any], rest: Rest, make: Handler, *, keep: bool = True
) -> Response[bytes]:
    """The page in the form asked for; 304 where the reader holds it already."""
    query = dict(parse_qsl(_query(request), keep_blank_values=True))
    accept = request.headers.get("accept", "")
    form = render.form_of(rest.form, query.get("format", ""), accept)
    with desk.lock:
        here = desk.view(query)
        facts = desk.around(here)
        mark = form == "csv" and render.marked(query.get("bom", ""), accept)
        told = urlencode(sorted(query.items()))
        question = "\n".join((request.url.path, str(rest), told, form, *(["bom"] if mark else [])))
        etag = desk.etag(facts, question)
        headers = {"cache-control": "no-cache", "vary": "Accept", "etag": etag}
        if keep and holds(request.headers.get("if-none-match", ""), etag):
            return Response(b"", status_code=304, headers=headers)
        found = desk.kept(etag) if keep else None
        if found is None:
            asked = Ask(
                here, rest, query, backing=desk.featured.backing, market=desk.featured.market
            )
            found = _made(asked, make, form, facts, _link(request), keep=keep)
            if keep:
                desk.keep(etag, found)
    if not keep:
        headers = {"cache-control": "no-store"}
    if found.name:
        headers["content-disposition"] = f'attachment; filename="{found.name}"'
    table = mark and found.media_type == render.FORMS["csv"]
    return Response(
        BOM_UTF8 + found.data if table else found.data,
        status_code=found.status,
        media_type=found.media_type,
        headers=headers,
    )


def _made(ask: Ask, make: Handler, form: str, facts: Any, link: str, *, keep: bool) -> Kept:
    try:
        answer = make(ask)
    except NotFound:
        if not ask.rest.form or ask.rest.whole == ask.rest.ident:
            raise
        # The identifier itself may end in .json or .csv.
        answer, form = make(replace(ask, rest=Rest(ask.rest.whole))), "html"
    if isinstance(answer, File):
        return Kept(200, answer.media_type, answer.data, answer.name)
    return Kept(
        answer.status, render.FORMS[form], _written(ask, answer, form, facts, link, keep=keep)
    )


def _written(ask: Ask, page: Page, form: str, facts: Any, link: str, *, keep: bool) -> bytes:
    if form in {"csv", "jsonl"}:
        rows = render.csv if form == "csv" else render.jsonl
        return rows(page, ask.query.get("list", ""))
    below = foot(ask.view, facts, page, link, ask.query, kept=keep)
    return render.html(page, below) if form == "html" else render.json(page, below)


def _reader(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client is not None else "unknown"


def _rest(request: Request[Any, Any, Any]) -> bytes:
    rest = request.scope.get("orebook_rest", b"")
    return rest if isinstance(rest, bytes) else b""


def _form(request: Request[Any, Any, Any]) -> str:
    return str(request.scope.get("orebook_form", ""))


def _query(request: Request[Any, Any, Any]) -> str:
    return request.scope.get("query_string", b"").decode("utf-8", "replace")


def _link(request: Request[Any, Any, Any]) -> str:
    raw: Scope | Any = request.scope
    return str(raw.get("raw_path", b"").partition(b"?")[0].decode("ascii", "replace"))


async def _dress(response: Any) -> Any:
    """The headers every answer wears."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
