"""What a value means in tonnes and in years of known output: one compound and basis, or refused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from orebook.model.problem import ReaderError
from orebook.model.substance import substance


@dataclass(frozen=True, slots=True)
class Price:
    """Money for a tonne of one substance on a day or over a period, with its source."""

    money: str
    per_t: Decimal
    of: str
    period: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Tonnage:
    """Tonnes of one substance (Sb, Sb2O3), contained: an output a year, or a stock."""

    tonnes: Decimal
    of: str
    period: str
    what: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Scale:
    """A value beside known output: tonnes it buys at the price, and years of that output. Gross."""

    value: Decimal
    price: Price
    tonnage: Tonnage
    tonnes: Decimal
    years: Decimal


class OtherBasis(ReaderError):
    """A price of one compound and a tonnage of another were put together."""

    code = "basis-mismatch"


def convert(tonnage: Tonnage, to: str) -> Tonnage:
    """The same contained metal as tonnes of another compound of the one element, exactly.

    Refuses: OtherBasis where the two do not hold one common element.
    Source: standard atomic weights, CIAAW.
    """
    if tonnage.of == to:
        return tonnage
    here, there = substance(tonnage.of), substance(to)
    metals = [e for e in here.elements if e in there.elements and e not in {"O", "S", "C", "H"}]
    if len(metals) != 1:
        message = f"tonnes of {tonnage.of} are not tonnes of {to}: they share no one metal"
        raise OtherBasis(message)
    factor = here.factor(metals[0]) / there.factor(metals[0])
    return replace(tonnage, tonnes=tonnage.tonnes * factor, of=to)


def gross(price: Price, tonnage: Tonnage) -> Decimal:
    """Tonnes × price, where both are of one compound. Refuses: OtherBasis where they are not."""
    if price.of != tonnage.of:
        message = (
            f"a price per tonne of {price.of} times tonnes of {tonnage.of} is refused: bring both "
            "to one compound first"
        )
        raise OtherBasis(message)
    return tonnage.tonnes * price.per_t


def scale(value: Decimal, money: str, price: Price, output: Tonnage) -> Scale:
    """What a value is in tonnes and in years of output at a price: gross, undiscounted.

    Refuses: OtherBasis for two compounds or two currencies; ReaderError for an output of nothing.
    """
    if money != price.money:
        message = f"a value in {money} and a price in {price.money} are refused: no rate is guessed"
        raise OtherBasis(message)
    if output.tonnes <= 0 or price.per_t <= 0 or value < 0:
        message = "the output and the price are above zero, and the value is not below it"
        raise ReaderError(message)
    return Scale(value, price, output, value / price.per_t, value / gross(price, output))
