"""Figures of an answer, with as many digits as an answer keeps."""

from __future__ import annotations

from decimal import Decimal

from orebook.engines.balance.words import kept
from orebook.model.finding import Figure


def figure(
    name: str,
    value: Decimal | None,
    unit: str,
    label: str,
    *,
    state: str = "derived",
    standard: Decimal | None = None,
    ends: tuple[Decimal, Decimal] | None = None,
    sources: tuple[str, ...] = (),
) -> Figure:
    """A figure of an answer with its digits kept; `ends` are its hard bounds."""
    return Figure(
        name,
        None if value is None else kept(value),
        unit,
        state,
        None if standard is None else kept(standard),
        kept(ends[0]) if ends else None,
        kept(ends[1]) if ends else None,
        label,
        sources,
    )
