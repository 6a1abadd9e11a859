"""Market statistics as records: who produced how much of what, at which stage, by which source.

They form a layer beside the lots of a book, in the same vocabulary of stages. A cell that holds no
number keeps its kind: withheld, not available and under half a unit are three different things, and
none of them is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

ZERO = Decimal(0)
WORLD = "WLD"
REST = "ROW"

State = Literal[
    "reported",
    "estimated",
    "projected",
    "rounded",
    "zero",
    "withheld",
    "not-available",
    "under-half",
    "bound",
    "unreadable",
]


@dataclass(frozen=True, slots=True)
class Interval:
    """All values a figure may have: from `low` to `high`, both included; no end where it is None.

    Refuses: ValueError where the ends are the wrong way round.
    """

    low: Decimal | None
    high: Decimal | None

    def __post_init__(self) -> None:
        if self.low is not None and self.high is not None and self.low > self.high:
            message = f"an interval from {self.low} to {self.high} is given backwards"
            raise ValueError(message)

    @property
    def width(self) -> Decimal | None:
        """High less low, or None where an end is open."""
        return None if self.low is None or self.high is None else self.high - self.low

    @property
    def is_point(self) -> bool:
        """Whether there is one value only."""
        return self.low is not None and self.low == self.high

    def holds(self, value: Decimal, within: Decimal = ZERO) -> bool:
        """Whether the value lies in it, or outside by no more than `within`."""
        above = self.low is None or value >= self.low - within
        return above and (self.high is None or value <= self.high + within)

    def __add__(self, other: Interval) -> Interval:
        return Interval(_plus(self.low, other.low), _plus(self.high, other.high))

    def __sub__(self, other: Interval) -> Interval:
        return Interval(_less(self.low, other.high), _less(self.high, other.low))

    def times(self, factor: Decimal) -> Interval:
        """Every value by a factor that is not negative. Refuses: ValueError for one that is."""
        if factor < 0:
            message = f"an interval is scaled by a factor that is not negative, not {factor}"
            raise ValueError(message)
        return Interval(_by(self.low, factor), _by(self.high, factor))

    def as_json(self) -> dict[str, str | None]:
        """Both ends as decimal strings; None where there is no end."""
        return {"low": _text(self.low), "high": _text(self.high)}


def point(value: Decimal) -> Interval:
    """The interval that holds that value alone."""
    return Interval(value, value)


NOTHING = point(ZERO)
UNKNOWN_AMOUNT = Interval(ZERO, None)


def _plus(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return None if a is None or b is None else a + b


def _less(a: Decimal | None, b: Decimal | None) -> Decimal | None:
    return None if a is None or b is None else a - b


def _by(a: Decimal | None, factor: Decimal) -> Decimal | None:
    return None if a is None else a * factor


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


@dataclass(frozen=True, slots=True)
class Statistic:
    """One figure of one source: amount of a subject at a stage, by a party, in a period.

    `amount` is what the cell printed, in `unit`, or None where it printed no number; `span` is what
    the cell lets the amount be (a withheld amount: nothing known but that it is not negative).
    `party` is an ISO 3166-1 alpha-3 code, `ROW` (rest of world) or `WLD` (world). `vintage` names
    the edition; `place` where in the file the figure stands. Figures of two sources or two
    vintages never enter one share vector.
    """

    subject: str
    stage: str
    party: str
    party_name: str
    period: str
    amount: Decimal | None
    span: Interval
    unit: str
    state: State
    source: str
    vintage: str = ""
    place: str = ""
