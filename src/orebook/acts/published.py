"""A printed figure and what was computed for it: reproduced, differs, or not computable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from orebook.exchange.statistics.table import number
from orebook.model.statistic import Interval, point

Outcome = Literal["reproduced", "differs", "not computable"]
_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*[-–]\s*(\d+(?:\.\d+)?)")


@dataclass(frozen=True, slots=True)
class Printed:
    """What a published cell says: values it allows, or that a country is a net exporter.

    `within` is how far a computed value may lie from it: the tolerance of its row, else half a
    unit of its last printed digit.
    """

    span: Interval
    within: Decimal
    exporter: bool = False


def printed(text: str, tolerance: str) -> Printed | None:
    """A published value read: `12.5`, `>50`, `under 55`, `35-40`, `E`; None for any other text."""
    cell = text.strip()
    within = number(tolerance)
    if cell == "E":
        return Printed(Interval(None, Decimal(0)), within or Decimal(0), exporter=True)
    if (value := number(cell)) is not None:
        exponent = value.as_tuple().exponent
        assert isinstance(exponent, int)
        half = Decimal(5).scaleb(exponent - 1)
        return Printed(point(value), half if within is None else within)
    if (match := _RANGE.fullmatch(cell)) is not None:
        low, high = Decimal(match[1]), Decimal(match[2])
        return None if low > high else Printed(Interval(low, high), within or Decimal(0))
    for sign, above in ((">", True), ("over ", True), ("<", False), ("under ", False)):
        if cell.startswith(sign) and (limit := number(cell.removeprefix(sign))) is not None:
            span = Interval(limit, None) if above else Interval(None, limit)
            return Printed(span, Decimal(0))
    return None


def compare(claim: Printed, computed: Interval) -> tuple[Outcome, str]:
    """How a computed interval stands to a printed value, and why.

    Reproduced: all of it lies within the printed value's allowance. Differs: none of it does.
    Otherwise the data cannot tell.
    """
    low, high = computed.low, computed.high
    span, slack = claim.span, claim.within
    above_floor = span.low is None or (low is not None and low >= span.low - slack)
    below_ceiling = span.high is None or (high is not None and high <= span.high + slack)
    if above_floor and below_ceiling:
        return "reproduced", ""
    too_low = span.low is not None and high is not None and high < span.low - slack
    too_high = span.high is not None and low is not None and low > span.high + slack
    if too_low or too_high:
        return "differs", "the computed value lies outside the printed rounding"
    return "not computable", "the data leaves an interval wider than the printed rounding"
