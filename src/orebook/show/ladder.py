"""The ladder of a headline: its rungs as bars on one line, and in words for a table."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from orebook.engines.ladder.ladder import Ladder, Step
from orebook.engines.ladder.span import Span
from orebook.show.html import Html
from orebook.show.numbers import money_text, number, percent
from orebook.show.spans import Bar, span_bars
from orebook.show.svg import responsive

RUNGS = {
    "in the ground": "in the ground, at a price",
    "recovered": "after recovery at mine and plant",
    "paid for": "what a buyer pays for",
    "after operating cost": "after operating cost",
    "after capital": "after capital and its usual overrun",
    "in today's money": "in today's money",
    "expected": "times the chance of becoming a mine",
}
_LARGE = (
    (Decimal(10) ** 12, "trillion"),
    (Decimal(10) ** 9, "billion"),
    (Decimal(10) ** 6, "million"),
)


def money(value: Decimal, unit: str) -> str:
    """An amount to four figures in the largest word that fits; another unit keeps its own words."""
    if len(unit) != 3 or not unit.isupper():
        return f"{number(_four(value))}\u00a0{unit}"
    scale = next(((int(n), word) for n, word in _LARGE if abs(value) >= n), None)
    return money_text(_four(value), unit, unknown="", scale=scale)


def _four(value: Decimal) -> Decimal:
    """Four significant figures, without the zeros behind them."""
    rounded = Decimal(f"{value:.3e}")
    whole = rounded == rounded.to_integral_value()
    return rounded.quantize(Decimal(1)) if whole else rounded.normalize()


def span_text(span: Span | None, unit: str) -> str:
    """A rung in words: an amount, two of them, or that it cannot be told."""
    if span is None:
        return "cannot be told"
    if span.low == span.high:
        return money(span.low, unit)
    return f"{money(span.low, unit)} to {money(span.high, unit)}"


def left(step: Step, ladder: Ladder) -> str:
    """What a rung leaves of what is in the ground."""
    ground = ladder.steps[0].value
    if step.value is None or ground is None or ground.low <= 0 or ground.low != ground.high:
        return ""
    share = step.value.over(ground.low)
    ends = [percent(v, sig=3) for v in dict.fromkeys((share.low, share.high))]
    return " to ".join(ends)


def rungs(ladder: Ladder) -> tuple[Bar, ...]:
    """One bar per rung; one that needs what nobody stated is an empty box that says so."""
    bars = []
    for step in ladder.steps:
        label = RUNGS.get(step.name, step.name)
        value = step.value
        low, high = (value.low, value.high) if value is not None else (None, None)
        shown = span_text(value, ladder.money) if value is not None else "not stated"
        bars.append(Bar(label, low, high, shown))
    bars += [
        Bar(f"of it to: {name}", share.low, share.high, span_text(share, ladder.money))
        for name, share in ladder.split
    ]
    return tuple(bars)


def ladder_picture(key: str, ladder: Ladder) -> Html | None:
    """The rungs on one line, for a wide and a narrow page; None where the ladder does not run."""
    bars: Sequence[Bar] = rungs(ladder)
    if not bars:
        return None
    title = "From what is in the ground to what is in hand"
    return responsive(key, lambda k, width: span_bars(k, bars, width=width, title=title))
