"""How concentrated a stage is, by the statistics beside a book, as data."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import msgspec

from orebook.acts.market import Market
from orebook.acts.reliance import standing
from orebook.model.problem import NotFound, ReaderError
from orebook.web.api import shapes
from orebook.web.api.answer_shapes import Head
from orebook.web.api.call import JSON, Call, Reply, accepted
from orebook.web.api.counter import Counter
from orebook.web.api.replies import paged
from orebook.web.api.verdict_shapes import StageStanding


def reliance(counter: Counter, call: Call) -> Reply:
    """How a stage stands by the statistics beside the book."""
    here, mineral, stage = counter.view(call), call.one("mineral"), call.one("stage")
    if not mineral or not stage:
        message = "expected a mineral and a stage"
        raise ReaderError(message)
    if not counter.market:
        message = "no statistics lie beside this book"
        raise NotFound(message)
    found = standing(
        Market(Path(counter.market)),
        mineral,
        stage,
        source=call.one("source"),
        year=call.one("year"),
        members=[value for name, value in call.question if name == "bloc"],
    )
    head = here.head
    told = Head(head.origin, head.size, head.root)
    body = shapes.Standing(told, here.today, cast("StageStanding", found.as_json()))
    media = accepted(call.header("accept"), (JSON,))
    return paged(Reply(200, msgspec.json.encode(body), media), call, "")
