"""What an unrecorded amount is worth at a dated price; Decimal, nothing converted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orebook.engines.balance.suspicions import Explanation
from orebook.model.problem import ReaderError
from orebook.model.units import unit

_FORM = re.compile(r"([A-Z][a-z]?)=(\d+(?:\.\d+)?) ([A-Z]{3})/(t|kg) (\d{4}-\d{2}-\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Price:
    """A price of contained metal on a day."""

    component: str
    amount: Decimal
    currency: str
    per: str
    day: str


def parse_price(text: str) -> Price:
    """The price of that text, such as `Cu=9800 USD/t 2025-10-01`. Refuses: ReaderError."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        message = f'price: expected a text such as "Cu=9800 USD/t 2025-10-01", found "{text[:60]}"'
        raise ReaderError(message)
    component, amount, currency, per, day = match.groups()
    return Price(component, Decimal(amount), currency, per, day)


def worth(item: Explanation, prices: Iterable[Price]) -> list[dict[str, Any]]:
    """What the amounts of an explanation are worth, each at its own price, with the interval."""
    told = []
    for price in prices:
        amount = item.amounts.get(price.component)
        if amount is None:
            continue
        factor = unit(amount.unit).factor / unit(price.per).factor * price.amount
        low, high = (Decimal(f"{x:.10g}") * factor for x in amount.interval)
        value = Decimal(f"{amount.value:.10g}") * factor
        cent = Decimal("0.01")
        told.append(
            {
                "component": price.component,
                "value": str(value.quantize(cent)),
                "interval": [str(low.quantize(cent)), str(high.quantize(cent))],
                "currency": price.currency,
                "price": f"{price.amount} {price.currency}/{price.per}",
                "date": price.day,
            }
        )
    return told
