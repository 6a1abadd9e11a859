"""Break-even values: what each measured figure would have to be for the gap to close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from orebook.engines.balance.gap import closing
from orebook.engines.balance.parts import ONE, Contribution, Factor
from orebook.engines.balance.shown import figure
from orebook.engines.balance.words import percent, said
from orebook.model.finding import Figure
from orebook.model.quantity import Fraction
from orebook.model.substance import ceilings


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The value of one figure that closes the gap, with what nature allows it to be.

    `impossible` says why nature does not allow it, and is empty where it does.
    """

    contribution: Contribution
    factor: Factor
    value: Decimal
    most: Decimal | None
    impossible: str

    def shown(self, component: str) -> Figure:
        """As a figure of an answer; `low` and `high` are what nature allows."""
        what = measured(self.factor, component)
        stated = said(self.factor.quantity.value, self.factor.what)
        if self.factor.state == "missing":
            stated = "not stated"
        label = (
            f"{what} of {self.contribution.label} at which the gap closes:"
            f" {said(self.value, self.factor.what)} (stated: {stated})"
        )
        shown = figure(
            f"break_even/{self.factor.figure}",
            self.value,
            "kg" if self.factor.what == "mass" else "1",
            f"{label}; {self.impossible}" if self.impossible else label,
            state="assumed" if self.factor.state in {"assumed", "missing"} else "derived",
            sources=(self.factor.source,) if self.factor.source else (),
        )
        return replace(shown, low=Decimal(0), high=self.most)


def measured(factor: Factor, component: str) -> str:
    """mass, moisture, or grade with its element."""
    return f"grade ({component})" if factor.what == "grade" else factor.what


def break_evens(contributions: tuple[Contribution, ...], component: str) -> Iterator[BreakEven]:
    """The break-even of every measured figure that bears on the gap, the others held.

    A flow of unsettled basis also gets the moisture at which it closes if it is wet.
    Unknown: none where a contribution is not known, for there is no gap to close.
    """
    values = closing(contributions)
    seen = set()
    for contribution in contributions:
        for factor in contribution.factors or ():
            value = values.get(factor.figure)
            if value is not None and factor.figure not in seen:
                seen.add(factor.figure)
                yield _named(contribution, factor, value, component)
    for number, contribution in enumerate(contributions):
        if values and not contribution.settled:
            wetted, moisture = _wetted(contribution)
            tried = (*contributions[:number], wetted, *contributions[number + 1 :])
            value = closing(tried)[moisture.figure]
            if value is not None and moisture.figure not in seen:
                seen.add(moisture.figure)
                yield _named(contribution, moisture, value, component)


def _wetted(contribution: Contribution) -> tuple[Contribution, Factor]:
    """The contribution as it would be if the mass were wet and the grade on dry mass."""
    name = f"lot:{contribution.lot}/moisture"
    moisture = Factor(
        name,
        "moisture",
        contribution.lot,
        Fraction(Decimal(0)),
        complement=True,
        state="missing",
    )
    return replace(contribution, factors=(*(contribution.factors or ()), moisture)), moisture


def _named(contribution: Contribution, factor: Factor, value: Decimal, component: str) -> BreakEven:
    most, why = None, ""
    if factor.what == "grade":
        most, why = ceiling(contribution, component)
    elif factor.what == "moisture":
        most, why = ONE, "more than 100 %, which nothing can be"
    impossible = ""
    if value < 0:
        impossible = f"a negative {factor.what}, which nothing can have"
    elif most is not None and value > most:
        impossible = why
    return BreakEven(contribution, factor, value, most, impossible)


def ceiling(contribution: Contribution, component: str) -> tuple[Decimal, str]:
    """The most a grade can be as reported, and the sentence for one that is above it.

    Source: pure mineral compositions, tables/minerals.csv, with atomic weights of CIAAW.
    """
    mineral = contribution.mineral
    pure = ceilings().get(mineral.casefold(), {}).get(component)
    if pure is None or pure >= contribution.constant:
        return ONE, "more than 100 %, which nothing can be"
    most = pure / contribution.constant
    return most, f"more than pure {mineral} holds ({percent(most)})"
