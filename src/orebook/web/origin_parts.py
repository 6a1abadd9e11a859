"""The origin of a lot as its page shows it: bars with bounds, the way it came, tables beside."""

from __future__ import annotations

from dataclasses import dataclass

from orebook.acts.origin_flow import LotFlow, elements, lot_flow
from orebook.acts.origin_list import LotOrigin, Split
from orebook.acts.origin_models import MODELS, RECORDED
from orebook.model.facts import Facts
from orebook.model.problem import ReaderError
from orebook.show.html import Html
from orebook.show.origin import between, custody_words, percent
from orebook.show.origin_pictures import origin_bars, way_picture
from orebook.web.addresses import address
from orebook.web.days import day as day_of
from orebook.web.origin_map_parts import map_of
from orebook.web.page import Ask
from orebook.web.tables import Cell, Table, table

ENGINE = "origin/1"


@dataclass(frozen=True, slots=True)
class Bars:
    """One question about a lot: its title and its picture."""

    title: str
    picture: Html | None


@dataclass(frozen=True, slots=True)
class Origin:
    """One lot's origin by one element: pictures, tables, links to others and to earlier days."""

    element: str
    flow: LotFlow
    bars: tuple[Bars, ...]
    way: Html | None
    map: Html | None
    places: Table
    shares: Table
    passages: Table
    missing: Table
    others: tuple[tuple[str, str], ...]
    custody: str
    models: tuple[tuple[str, str, bool], ...]
    days: tuple[tuple[str, str, bool], ...]

    @property
    def answer(self) -> LotOrigin:
        """The shares themselves."""
        return self.flow.answer


def origin_of(ask: Ask, facts: Facts, called: str) -> Origin | None:
    """The section of a lot's page; None for a lot that nothing was made into or no element names.

    Refuses: ReaderError for an element the lot has no assay of.
    """
    held = elements(facts, ask.ident)
    if not held:
        return None
    element = ask.query.get("element", held[0])
    if element not in held:
        message = f"element: expected one of {', '.join(held)}, found {element[:20]}"
        raise ReaderError(message)
    asked = ask.query.get("until", "")
    until = day_of("until", asked) if asked else ""
    model = ask.query.get("model", RECORDED)
    flow = lot_flow(ask.view, ask.ident, element, until=until, model=model)
    if flow is None:
        return None
    splits = [s for s in flow.answer.splits if s.question.attribute != "source"]
    drawn = [s for s in splits if s.question.attribute in {"mine", "country"} or _plant(s)]
    title = f"{element} in {called}, step by step"
    picture, places = map_of(
        ask.view, flow, f"Where the {element} in {called} came from and passed"
    )
    return Origin(
        element,
        flow,
        tuple(
            Bars(_title(s), origin_bars(f"origin-{n}", s, _title(s)))
            for n, s in enumerate(drawn)
            if not (s.question.attribute == "country" and s.question.stage)
        ),
        way_picture("origin-way", flow, called, title),
        picture,
        places,
        _shares(splits, element),
        _passages(flow, called),
        _missing(flow.answer),
        tuple((e, _link(ask, element=e)) for e in held if e != element),
        custody_words(flow.models),
        tuple(
            (m.replace("_", " "), _link(ask, element=element, model=m), m == model) for m in MODELS
        ),
        tuple(
            (d, _link(ask, element=element, until=d, model=model), d == until) for d in flow.days
        ),
    )


def origin_data(found: Origin | None) -> dict[str, object] | None:
    """The section for the page's JSON twin."""
    from orebook.show.origin import lot_json

    return None if found is None else lot_json(found.answer)


def _plant(split: Split) -> bool:
    return split.question.attribute == "facility" and bool(split.question.stage)


def _title(split: Split) -> str:
    attribute, stage = split.question.attribute, split.question.stage.replace("_", " ")
    return f"{attribute.capitalize()} at the stage {stage}" if stage else attribute.capitalize()


def _link(ask: Ask, **query: object) -> str:
    return address("lot", ask.ident, "", **query) + "#origin"


def _shares(splits: list[Split], element: str) -> Table:
    rows = []
    for split in splits:
        head = (Cell(_title(split)),)
        for share in split.shares:
            low, high = repr(share.low), repr(share.high)
            rows.append(
                (
                    *head,
                    Cell(share.name),
                    Cell(between(share), value=repr(share.value)),
                    Cell(percent(share.low), value=low),
                    Cell(percent(share.high), value=high),
                )
            )
        if split.not_passed is not None and split.not_passed.high > 0:
            share = split.not_passed
            rows.append(
                (
                    *head,
                    Cell("not through this stage"),
                    Cell(between(share), value=repr(share.value)),
                    Cell(percent(share.low), value=repr(share.low)),
                    Cell(percent(share.high), value=repr(share.high)),
                )
            )
        if split.unknown > 0:
            unknown = Cell(percent(split.unknown), value=repr(split.unknown))
            rows.append((*head, Cell("unknown", "", "silent"), unknown, Cell(""), Cell("")))
    columns = (
        ("by", "by"),
        ("name", "name"),
        ("share", "share"),
        ("low", "least"),
        ("high", "most"),
    )
    caption = f"Shares of {element}"
    return table("origin", caption, columns, rows, numbers=("share", "low", "high"))


def _passages(flow: LotFlow, called: str) -> Table:
    name = {s.key: called if s.key == "lot" else s.name for s in flow.steps}
    day = {s.key: s.day for s in flow.steps}
    rows = [
        (
            Cell(name[p.source]),
            Cell(name[p.target]),
            Cell(day[p.source]),
            Cell(percent(p.share), value=repr(p.share)),
        )
        for p in flow.passages
    ]
    columns = (("from", "from"), ("to", "to"), ("day", "first day"), ("share", "share of the lot"))
    return table("origin-way", "The way it came", columns, rows, numbers=("share",))


def _missing(answer: LotOrigin) -> Table:
    rows = [
        (Cell(gap.what), Cell(percent(gap.narrows), value=repr(gap.narrows)))
        for gap in answer.missing
    ]
    columns = (("what", "fact"), ("open", "leaves open up to"))
    note = "" if rows else "No fact is missing for these shares."
    return table(
        "origin-missing",
        "What would narrow the shares",
        columns,
        rows,
        numbers=("open",),
        note=note,
    )
