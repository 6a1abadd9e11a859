"""Findings as data: what packs of rules say of a lot, where it came from, and where it went."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import msgspec

from orebook.acts import packs
from orebook.acts.origin import exposure as exposed
from orebook.acts.origin import origin as of_book
from orebook.acts.origin import reach as forward
from orebook.acts.origin_models import RECORDED
from orebook.acts.qualify import qualify_on
from orebook.acts.recall import recall as recalled
from orebook.acts.see import View
from orebook.model.problem import NotFound, ReaderError
from orebook.show import origin as show
from orebook.web.api import shapes
from orebook.web.api.answer_shapes import Head
from orebook.web.api.call import JSON, Call, Reply, accepted
from orebook.web.api.counter import Counter
from orebook.web.api.replies import paged
from orebook.web.api.verdict_shapes import Verdict
from orebook.web.days import day as day_of

LIST_MAX = 10_000
SETS = ("source", "mine", "country", "facility", "owner")


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
    day = day_of("law", call.one("law") or here.today)
    chosen = [packs.pack(name) for name in named or packs.names()]
    listed = [found.as_json() for found in qualify_on(here, lot, chosen, day, branches)]
    head = here.head
    body = shapes.Verdicts(
        Head(head.origin, head.size, head.root), here.today, cast("list[Verdict]", listed)
    )
    media = accepted(call.header("accept"), (JSON,))
    return paged(Reply(200, msgspec.json.encode(body), media), call, "")


def origin(counter: Counter, call: Call) -> Reply:
    """Where lots came from: shares with bounds, what is missing, the way, the plants."""
    lots = _many(call, "lot")
    if not lots:
        message = "expected a lot to ask about, found none"
        raise ReaderError(message)
    here = counter.view(call)
    found = of_book(
        here,
        lots=lots,
        by=_many(call, "by"),
        stage=call.one("stage"),
        element=call.one("element"),
        method=call.one("method") or "proportional",
        model=call.one("model") or RECORDED,
    )
    return _answered(here, call, shapes.Origins, [show.answer_json(found)], cut=False)


def reach(counter: Counter, call: Call) -> Reply:
    """Which lots hold metal that came through a lot, mine or plant, the largest shares first."""
    asked = {"element": call.one("element"), "model": call.one("model") or RECORDED}
    here = counter.view(call)
    found = forward(here, _about(call), **asked)
    rows: list[dict[str, object]] = [
        {"element": e or None, "lot": lot, "share": x} for e, lot, x in found[:LIST_MAX]
    ]
    return _answered(here, call, shapes.Reaches, rows, cut=len(found) > LIST_MAX)


def exposure(counter: Counter, call: Call) -> Reply:
    """What share of every lot came from a set of places or parties, with bounds."""
    names = {key: told for key in SETS if (told := _many(call, key))}
    if not names:
        message = f"expected names to ask about ({', '.join(SETS)}), found none"
        raise ReaderError(message)
    asked = {"element": call.one("element"), "model": call.one("model") or RECORDED}
    here = counter.view(call)
    found = exposed(here, names, stage=call.one("stage"), **asked)
    rows = [{"element": e or None, "lot": x, **show.share_json(s)} for e, x, s in found[:LIST_MAX]]
    return _answered(here, call, shapes.Exposures, rows, cut=len(found) > LIST_MAX)


def recall(counter: Counter, call: Call) -> Reply:
    """What is affected if a lot, a plant or an assay turns out wrong, and who is to be told."""
    here = counter.view(call)
    found = recalled(here, _about(call), model=call.one("model") or RECORDED)
    return _answered(here, call, shapes.Recalls, [show.recall_json(found)], cut=False)


def _answered(
    here: View,
    call: Call,
    shape: Callable[..., msgspec.Struct],
    answers: list[dict[str, object]],
    *,
    cut: bool,
) -> Reply:
    head = Head(here.head.origin, here.head.size, here.head.root)
    media = accepted(call.header("accept"), (JSON,))
    body = shape(head, here.today, answers, cut)
    return paged(Reply(200, msgspec.json.encode(body), media), call, "")


def _about(call: Call) -> str:
    ident = call.one("of")
    if not ident:
        message = "of: expected the identifier of what is asked about, found none"
        raise ReaderError(message)
    return ident


def _many(call: Call, name: str) -> list[str]:
    return [value for key, value in call.question if key == name and value]
