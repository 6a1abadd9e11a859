"""Minerals: who mines and refines them, how concentrated each stage is, and what they are for."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

from orebook.acts.mineral import Mineral, StageView, mineral, minerals
from orebook.engines.reliance import ENGINE, VERSION
from orebook.model.statistic import Interval
from orebook.show.bars import Share, share_bars
from orebook.show.html import Html
from orebook.show.numbers import number
from orebook.show.svg import responsive
from orebook.show.verdict_pictures import stage_words
from orebook.show.year_bars import YearBar, year_bars
from orebook.web.page import Ask, Page
from orebook.web.tables import Cell, Table, table

NOTHING = "The keeper of this book has put no statistics beside it."
_DRAWN = 8
# Bars are drawn, and said, to a tenth of a percent.
_STEP = Decimal("0.001")
_FULL = number(10_000)
EXPLAINED = (
    f"HHI is the sum of the squared shares: {_FULL} is one party alone, and N equal parties give"
    f" {_FULL} / N. The share of a bloc counts its members as one party. A range counts what nobody"
    " is named for as nobody, then as one party."
)
ENGINE_NAME = f"{ENGINE}/{VERSION}"


def page(ask: Ask) -> Page:
    """The minerals of the statistics, or one of them."""
    name = ask.query.get("mineral", "")
    if not ask.market:
        return Page("minerals", "Minerals", {"found": None, "told": NOTHING, "names": ()},
                    unknown=("market statistics",))  # fmt: skip
    folder = Path(ask.market)
    names = [(n, words(n), f"/minerals?{urlencode({'mineral': n})}") for n in minerals(folder)]
    if not name:
        return Page("minerals", "Minerals", {"found": None, "told": "", "names": names},
                    versions=(ENGINE_NAME,))  # fmt: skip
    found = mineral(folder, name)
    drawn = [_stage(f"m{n}", view) for n, view in enumerate(found.stages)]
    tables = [t for one in drawn for t in (one[3], one[4])]
    tables.append(_uses(found))
    parts: dict[str, object] = {
        "found": found,
        "told": "",
        "names": names,
        "drawn": drawn,
        "eu": found.eu,
        "whatif": "/whatif",
        "explained": EXPLAINED,
    }
    data = {
        "mineral": name,
        "stages": [v.standing.as_json() for v in found.stages],
        "untold": list(found.untold),
        "eu_list": found.eu or None,
    }
    title = f"{words(name)[:1].upper()}{words(name)[1:]}: on whom does it depend?"
    unknown = ("who reduces, alloys and makes it, by country and year", *found.untold)
    return Page("minerals", title, parts, tuple(tables), data, unknown, (ENGINE_NAME,),
                trail=(("Minerals", "/minerals"),))  # fmt: skip


def words(name: str) -> str:
    """A mineral of the statistics in words."""
    return name.replace("_", " ")


def percent(span: Interval, digits: int = 1) -> str:
    """An interval of shares as percent."""
    if span.low is None or span.high is None:
        return "not known"
    low, high = span.low * 100, span.high * 100
    if round(low, digits) == round(high, digits):
        return f"{low:.{digits}f} %"
    return f"{low:.{digits}f} to {high:.{digits}f} %"


def points(span: Interval) -> str:
    """An HHI on the scale of 10 000."""
    if span.low is None or span.high is None:
        return "not known"
    low, high = round(span.low * 10000), round(span.high * 10000)
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def _stage(key: str, view: StageView) -> tuple[str, str, Html, Table, Table, Html | None]:
    one = view.standing
    title = f"{one.stage}, {one.year}, {one.source}"
    shares = [
        Share(_party(p, one.names), s.quantize(_STEP), s.quantize(_STEP))
        for p, s in one.parties[:_DRAWN]
        if s > 0
    ]
    others = sum((s for _, s in one.parties[_DRAWN:]), Decimal(0))
    if others:
        shares.append(Share("all others named", others.quantize(_STEP), others.quantize(_STEP)))
    if one.rest:
        shares.append(Share("nobody named: one or many", Decimal(0), one.rest.quantize(_STEP)))
    said = f"Shares of {words(one.mineral)}, {title}"
    picture = responsive(key, lambda k, width: share_bars(k, shares, width=width, title=said))
    indices = dict(one.indices)
    lead = (
        f"HHI {points(indices['HHI'])} of {_FULL}; the largest"
        f" {percent(indices['share of the largest'])}, the three largest"
        f" {percent(indices['share of the three largest'])}."
    )
    return title, lead, picture, _shares(key, view), _time(key, view), _years(key, view)


def _years(key: str, view: StageView) -> Html | None:
    """Production by year, each bar with its largest party; nothing where there is one year."""
    bars = [
        YearBar(
            one.year, one.total, _party(one.parties[0][0], one.names),
            one.total * one.parties[0][1], one.total * (1 - one.rest - one.parties[0][1]),
            one.unit, one.vintage, one.year in view.projected,
        )
        for one in view.years
        if one.parties
    ]  # fmt: skip
    if len(bars) < 2:
        return None
    one = view.standing
    said = f"{words(one.mineral)}, {one.stage} by year, {one.source}"
    return responsive(f"{key}y", lambda k, width: year_bars(k, bars, width=width, title=said))


def _party(party: str, names: dict[str, str]) -> str:
    name = names.get(party, "")
    return f"{name} ({party})" if name and name != party else party


def _shares(key: str, view: StageView) -> Table:
    one = view.standing
    rows = [
        (Cell(_party(p, one.names)), Cell(f"{s * 100:.1f} %", value=format(s, "f")))
        for p, s in one.parties
    ]
    if one.rest:
        rows.append((Cell("nobody named"), Cell(f"{one.rest * 100:.1f} %",
                                                value=format(one.rest, "f"))))  # fmt: skip
    columns = (("party", "country"), ("share", "share"))
    caption = f"{one.stage}, {one.year}, {one.source}: shares"
    return table(f"shares-{key}", caption, columns, rows, numbers=("share",))


def _time(key: str, view: StageView) -> Table:
    rows = []
    editions = list(dict.fromkeys(one.vintage for one in view.years))
    for one in view.years:
        indices = dict(one.indices)
        leader = one.parties[0][0] if one.parties else ""
        rows.append(
            (
                Cell(one.year, mark="projected" if one.year in view.projected else ""),
                Cell(number(one.total), value=format(one.total, "f")),
                Cell(points(indices["HHI"])),
                Cell(_party(leader, one.names)),
                Cell(percent(indices["share of the largest"])),
                Cell(percent(indices["share of the three largest"])),
                Cell(str(editions.index(one.vintage) + 1), value=one.vintage),
            )
        )
    one = view.standing
    columns = (("year", "year"), ("total", f"all, {one.unit}"), ("hhi", f"HHI of {_FULL}"),
               ("leader", "largest"), ("first", "its share"), ("three", "three largest"),
               ("vintage", "edition"))  # fmt: skip
    caption = f"{one.stage}, {one.source}: amount and concentration by year"
    note = " ".join(f"Edition {n}: {name}." for n, name in enumerate(editions, 1))
    return table(f"time-{key}", caption, columns, rows, numbers=("total", "hhi"), note=note)


def _uses(found: Mineral) -> Table:
    rows = [
        (Cell(u.element), Cell(u.form), Cell(stage_words(u.needs)), Cell(u.use),
         Cell(f"{u.source} ({u.verification})"))
        for u in found.uses
    ]  # fmt: skip
    columns = (("element", "element"), ("form", "form"), ("needs", "must have been"),
               ("use", "used for"), ("source", "source"))  # fmt: skip
    note = (
        "A use takes an element in a form. Ore and concentrate are no input of these uses until"
        " they have been separated, smelted or reduced. Rows marked recalled were not read again."
    )
    return table("uses", "End uses by element and form", columns, rows, note=note)
