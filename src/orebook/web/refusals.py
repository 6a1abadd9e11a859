"""What a reader sees when a call cannot be carried out: a page, or RFC 9457 for programs."""

from __future__ import annotations

import logging
from typing import Any

import orjson
from litestar import Request, Response
from litestar.exceptions import HTTPException

from orebook.model.problem import OrebookError
from orebook.web import render
from orebook.web.desk import Desk, foot
from orebook.web.headers import HEADERS
from orebook.web.limits import TooMany
from orebook.web.page import Page
from orebook.web.problems import PROBLEM_JSON, problem

_LOG = logging.getLogger("orebook.web")


def refusal(desk: Desk, request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """The fault in the form its reader can use. What went wrong inside goes to the log alone."""
    if not isinstance(error, OrebookError | HTTPException):
        _LOG.exception("a page could not be made", exc_info=error)
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    told = problem(error, raw.partition(b"?")[0].decode("ascii", "replace"))
    status = int(str(told["status"]))
    headers = {"cache-control": "no-store", **HEADERS}
    if isinstance(error, TooMany):
        headers["retry-after"] = str(error.seconds)
    if isinstance(error, HTTPException) and error.headers and "allow" in error.headers:
        headers["allow"] = error.headers["allow"]
    if _for_people(request):
        data = _page(desk, told)
        if data is not None:
            return Response(
                data, status_code=status, media_type=render.FORMS["html"], headers=headers
            )
    return Response(
        orjson.dumps(told, option=orjson.OPT_INDENT_2),
        status_code=status,
        media_type=PROBLEM_JSON,
        headers=headers,
    )


def _for_people(request: Request[Any, Any, Any]) -> bool:
    path = str(request.scope["path"])
    raw = (request.scope.get("raw_path") or b"").partition(b"?")[0]
    wanted = request.query_params.get("format", "")
    if raw.endswith((b".json", b".csv", b".jsonl")) or wanted in {"json", "csv", "jsonl"}:
        return False
    if path.startswith("/tile/"):
        return False
    return "text/html" in request.headers.get("accept", "")


def _page(desk: Desk, told: dict[str, object]) -> bytes | None:
    """The refusal as a page with its foot; None where not even the book can be read."""
    page = Page("problem", str(told["title"]), {"told": told})
    try:
        with desk.lock:
            here = desk.view({})
            return render.html(page, foot(here, desk.around(here), page, "/", {}))
    except OrebookError:
        return None
