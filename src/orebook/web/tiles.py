"""The published log as plain files at their C2SP paths, and the files the pages use."""

from __future__ import annotations

import re
from typing import Any

from litestar import Request, Response, get

from orebook.acts.record import Record
from orebook.model.problem import NotFound
from orebook.web import render

FOR_EVER = "public, max-age=31536000, immutable"
SHORT = "public, max-age=5"
_PART = r"(?:x\d{3}/)*\d{3}"
_TILE = re.compile(rf"tile/(?:\d{{1,2}}|entries)/{_PART}(?:\.p/\d{{1,3}})?")


def tile_handlers(book: Record) -> list[Any]:
    """Handlers for `/checkpoint`, `/tile/…` and `/static/…`. Source: C2SP tlog-tiles, APIs."""

    @get("/checkpoint", name="checkpoint", sync_to_thread=True)
    def checkpoint() -> Response[bytes]:
        return _file(_published(book, "checkpoint"), "text/plain", SHORT)

    @get("/tile/{rest:path}", name="tile", sync_to_thread=True)
    def tile(request: Request[Any, Any, Any]) -> Response[bytes]:
        path = f"tile{request.path_params['rest']}"
        if not _TILE.fullmatch(path):
            message = "a tile's address is tile/LEVEL/INDEX or tile/entries/INDEX"
            raise NotFound(message)
        return _file(_published(book, path), "application/octet-stream", FOR_EVER)

    @get("/static/{name:str}", name="static", sync_to_thread=False)
    def static(request: Request[Any, Any, Any]) -> Response[bytes]:
        name = str(request.path_params["name"])
        if name not in render.STATIC:
            message = "there is no such file"
            raise NotFound(message)
        stamped = request.query_params.get("v") == render.stamp(name)
        return _file(render.static(name), render.STATIC[name], FOR_EVER if stamped else SHORT)

    return [checkpoint, tile, static]


def _published(book: Record, path: str) -> bytes:
    try:
        return book.published(path)
    except LookupError as error:
        message = f"this log has not published {path}"
        raise NotFound(message) from error


def _file(data: bytes, media_type: str, keep: str) -> Response[bytes]:
    headers = {"cache-control": keep, "access-control-allow-origin": "*"}
    return Response(data, media_type=media_type, headers=headers)
