"""The functions a formula of a case may call: indicators, rules of agreements, ladder, dates."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from orebook.engines.fiscal import indicators, sums
from orebook.engines.ladder import scale
from orebook.engines.ladder.case import GRADE, PER, POUND_T, TROY_OUNCE_T
from orebook.model.problem import ReaderError

_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_DATED = re.compile(r"(-?\d+(?:\.\d+)?) (\d{4}-\d{2}-\d{2})")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DEPOSIT = re.compile(r"([\d.]+(?:[eE]\d+)?) t at (.*)")
_GRADE = re.compile(r"([\d.]+) (%|g/t) ([A-Z][a-z]?)\b")


def functions() -> dict[str, Callable[..., Any]]:
    """Every function by name. Refuses (inside): ValueError and ReaderError with what is wrong."""
    return {
        "npv": lambda rate, flows, first: indicators.npv(rate, flows, first=first),
        "irr": irr,
        "mirr": lambda flows, finance, reinvest: indicators.mirr(
            flows, finance=finance, reinvest=reinvest
        ),
        "xirr": lambda flows: one_of(indicators.xirr(dated(flows))),
        "xnpv": lambda rate, flows: indicators.xnpv(rate, dated(flows)),
        "payback": indicators.payback,
        "present": present,
        "funding": sums.funding_shares,
        "advances": lambda amounts, cap: list(sums.advance_schedule(amounts, cap)),
        "true_up": sums.true_up,
        "unit_levy": lambda q, per, part=Decimal(1), deduction=Decimal(0): sums.unit_levy(
            q, per, part=part, deduction=deduction
        ),
        "crossing": lambda a, b: sums.crossing((a[0], a[1]), (b[0], b[1])),
        "extrapolate": sums.extrapolate,
        "changed": lambda a, b: list(sums.changed(a, b)),
        "deposit": deposit,
        "in_ground": in_ground,
        "pounds": lambda tonnes: tonnes / POUND_T,
        "ounces": lambda tonnes: tonnes / TROY_OUNCE_T,
        "to_compound": to_compound,
        "gross": gross,
        "mean": mean,
        "days": lambda a, b: Decimal((day(b) - day(a)).days),
        "years": years,
        "dated_in": lambda text: [[d, Decimal(v)] for v, d in _DATED.findall(text)],
        "date_in": lambda text, place=Decimal(0): _DATE.findall(text)[int(place)],
        "numbers": numbers,
        "number": number,
        "abs": abs,
        "sum": lambda values: sum(values, Decimal(0)),
        "min": min,
        "max": max,
        "count": lambda values: Decimal(len(values)),
        "distinct": lambda values: len({str(v) for v in values}) > 1,
        "contains": lambda text, part: part in text,
        "say": lambda *parts: "".join(shown(p) for p in parts),
    }


# A figure of more digits is written as a power of ten.
_LONGEST = 15


def shown(value: object) -> str:
    """A value in a sentence: a decimal to at most six places, without trailing zeros."""
    if isinstance(value, Decimal):
        if value.adjusted() > _LONGEST:
            return f"{value:.6e}"
        rounded = round(value, 6)
        return format(rounded.normalize() if rounded else Decimal(0), "f")
    return str(value)


def one_of(roots: Sequence[Decimal]) -> Any:
    """The one rate, the list of several, or the words that there is none."""
    if not roots:
        return "undefined: the flows have no rate of return"
    return roots[0] if len(roots) == 1 else list(roots)


def irr(flows: Sequence[Decimal]) -> Any:
    """The rate of return; a list of all where there are several; words where there is none."""
    return one_of(indicators.irr(flows))


def present(rate: Decimal, flows: Sequence[Decimal], first: Decimal) -> list[Decimal]:
    """Each flow's present value."""
    return [f / (1 + rate) ** (first + k) for k, f in enumerate(flows)]


def numbers(text: object) -> list[Decimal]:
    """Every number of a text, thousands commas read."""
    return [Decimal(n.replace(",", "")) for n in _NUMBER.findall(str(text))]


def number(text: object, place: Decimal = Decimal(0)) -> Decimal:
    """One number of a text, the first unless another is asked for."""
    found = numbers(text)
    if len(found) <= int(place):
        raise ValueError(f'no number {place} in "{text}"')
    return found[int(place)]


def day(text: str) -> dt.date:
    """A day."""
    return dt.date.fromisoformat(text)


def years(first: str, last: str) -> Decimal:
    """Whole years from one day to another, the last day counted."""
    start, end = day(first), day(last) + dt.timedelta(days=1)
    whole = end.year - start.year - ((end.month, end.day) < (start.month, start.day))
    return Decimal(whole)


def dated(flows: Sequence[Sequence[Any]]) -> list[tuple[dt.date, Decimal]]:
    """Flows given as [day, amount]."""
    return [(day(str(d)), Decimal(v)) for d, v in flows]


def deposit(text: str) -> dict[str, Any]:
    """Tonnes, and contained tonnes by element, of "3e9 t at 0.48 % Cu and 0.2 g/t Au"."""
    match = _DEPOSIT.search(text)
    if match is None:
        raise ReaderError(f'"{text}" states no tonnage with a grade')
    tonnes = Decimal(match[1])
    held = {of: tonnes * Decimal(g) * GRADE[unit] for g, unit, of in _GRADE.findall(match[2])}
    if not held:
        raise ReaderError(f'"{text}" states no grade')
    return {"tonnes": tonnes, **held}


def in_ground(contained_t: Decimal, price: Decimal, per: str) -> Decimal:
    """Contained tonnes at a price per t, kg, lb (avoirdupois) or oz (troy)."""
    if per not in PER:
        raise ReaderError(f"a price is per {', '.join(PER)}, not per {per}")
    return contained_t / PER[per] * price


def to_compound(tonnes: Decimal, of: str, to: str) -> Decimal:
    """Tonnes of one compound as tonnes of another of the same metal."""
    return scale.convert(scale.Tonnage(tonnes, of, ""), to).tonnes


def gross(per_t: Decimal, price_of: str, tonnes: Decimal, tonnes_of: str) -> Decimal:
    """Price × tonnes; refused unless both are of one compound."""
    return scale.gross(scale.Price("", per_t, price_of, ""), scale.Tonnage(tonnes, tonnes_of, ""))


def mean(items: Sequence[Mapping[str, Any]]) -> Decimal:
    """The mean of values of one stated class and one meaning; refused where they are not.

    A value whose tonnage, grade and class nobody stated joins no mean and no sum.
    """
    classes = {str(i.get("class", "")) for i in items}
    if "" in classes or len(classes) != 1:
        message = (
            "values whose tonnage, grade and class are not stated, or differ, join no mean: "
            f"{len(items)} values, classes {sorted(c or 'not stated' for c in classes)}"
        )
        raise ReaderError(message)
    return sum((Decimal(i["value"]) for i in items), Decimal(0)) / len(items)
