"""Findings that rest on rules: what packs say of a lot, as data."""

from __future__ import annotations

import datetime as dt

import msgspec

from orebook.acts import packs
from orebook.acts.qualify import qualify_on
from orebook.model.problem import NotFound, ReaderError
from orebook.web.api import shapes
from orebook.web.api.call import JSON, Call, Reply, accepted
from orebook.web.api.counter import Counter
from orebook.web.api.replies import paged


def rules(counter: Counter, call: Call) -> Reply:
    """What the packs named, or all that come with the program, say of a lot."""
    here, lot = counter.view(call), call.one("lot")
    if not lot:
        message = "expected a lot to ask about, found none"
        raise ReaderError(message)
    named = [value for name, value in call.question if name == "pack"]
    for name in named:
        if name not in packs.names():
            message = f"pack: expected one of {', '.join(packs.names())}, found {name[:60]!r}"
            raise NotFound(message)
    branches = [value for name, value in call.question if name == "branch"]
    day = _day(call.one("law") or here.today)
    chosen = [packs.pack(name) for name in named or packs.names()]
    listed = [found.as_json() for found in qualify_on(here, lot, chosen, day, branches)]
    head = here.head
    body = shapes.Verdicts(shapes.Head(head.origin, head.size, head.root), here.today, listed)
    media = accepted(call.header("accept"), (JSON,))
    return paged(Reply(200, msgspec.json.encode(body), media), call, "")


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        message = f"law: expected a day such as 2027-01-01, found {text[:40]!r}"
        raise ReaderError(message) from None
