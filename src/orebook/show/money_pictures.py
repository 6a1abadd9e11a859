"""Who gets what of a project's cash, and what moves it, as bars on a common line."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from orebook.acts.deal_take import KEYS
from orebook.acts.fiscal import TAKE, Worked, term_name
from orebook.engines.fiscal.measures import Point, point
from orebook.show.html import Html
from orebook.show.numbers import number
from orebook.show.spans import Bar, span_bars
from orebook.show.svg import responsive

_WORDS = {k.pointer: k.words for k in KEYS}


def waterfall_picture(key: str, worked: Worked) -> Html:
    """What each side gets of the cash before tax, for a wide and a narrow page."""
    return _drawn(key, waterfall(worked), "Who gets what of the cash before tax")


def tornado_picture(key: str, worked: Worked) -> Html | None:
    """What moves the investor's present value; None where nothing is in doubt."""
    bars = swings(worked)
    return _drawn(key, bars, "What moves the investor's present value") if bars else None


def _drawn(key: str, bars: Sequence[Bar], title: str) -> Html:
    return responsive(key, lambda k, width: span_bars(k, bars, width=width, title=title))


def words_of(pointer: str) -> str:
    """A term in words: as the agreement's own keys name it, else by its place."""
    return _WORDS.get(pointer) or term_name(pointer)


def waterfall(worked: Worked) -> tuple[Bar, ...]:
    """Cash before tax and what each side gets of it, undiscounted.

    Where terms are unknown each row runs between the terms that give the government least and
    those that give it most.
    """
    ends = _ends(worked)
    rows = [("cash flow before tax", [sum(p.before_tax, Decimal(0)) for p in ends])]
    rows += [
        (f"to the state: {name}", [sum(p.lines[name], Decimal(0)) for p in ends])
        for name in ends[0].lines
    ]
    for place, holding in enumerate(worked.plan.equity):
        values = [sum(p.equity[place], Decimal(0)) for p in ends]
        rows.append((f"to the state: {holding.kind} share", values))
    rows.append(("to the investor", [sum(p.investor, Decimal(0)) for p in ends]))
    kept = [(label, values) for label, values in rows if any(values)]
    return tuple(_bar(label, min(v), max(v), worked.plan.money) for label, v in kept)


def _ends(worked: Worked) -> tuple[Point, ...]:
    take = next((i for i in worked.intervals if i.measure == TAKE), None)
    if take is None:
        return (worked.middle,)
    return point(worked.plan, take.low_at), point(worked.plan, take.high_at)


def _bar(label: str, low: Decimal, high: Decimal, unit: str) -> Bar:
    return Bar(label, low, high, _between(low, high, unit))


def _between(low: Decimal, high: Decimal, unit: str) -> str:
    if low == high:
        return f"{number(low, sig=4)}\u00a0{unit}"
    return f"{number(low, sig=4)} to {number(high, sig=4)}\u00a0{unit}"


def swings(worked: Worked, most: int = 8) -> tuple[Bar, ...]:
    """The tornado: the investor's present value from one end of each doubt to the other."""
    unit = worked.plan.money
    return tuple(
        _bar(words_of(s.pointer), min(s.at_low, s.at_high), max(s.at_low, s.at_high), unit)
        for s in worked.swings[:most]
    )
