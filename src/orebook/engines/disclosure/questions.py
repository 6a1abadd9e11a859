"""A draft parliamentary question for each open cell, in the order that matters most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orebook.engines.disclosure.cells import Cell, Matrix
from orebook.model.absence import known
from orebook.model.agreement import Agreement

BY_RULE = (
    "Ordered by rule: terms that move what each side gets first, by a fixed weight; no interval of "
    "what the state gets could be computed for this agreement."
)
BY_INTERVAL = (
    "Ordered by how far the interval of what the state gets would shrink, were it known, over a "
    "model mine and named ranges; then, where no interval says, by a fixed weight."
)
_FIRST = ("2.4", "7.1", "2.5", "2.2")


@dataclass(frozen=True, slots=True)
class Draft:
    """A question that cites its item and its claims; `about` says in short what it asks for.

    `shrinks` is points of take, where computed.
    """

    cell: str
    text: str
    item: str
    cites: tuple[str, ...]
    rank: int
    shrinks: str = ""
    about: str = ""


def drafts(
    found: Matrix, agreement: Agreement, parties: Sequence[str], shrinks: Mapping[str, str]
) -> tuple[Draft, ...]:
    """One question per open cell, and per watched term that somebody looked for; open ones first.

    Takes: `shrinks`: contract key → by how many points of take its answer would narrow the
    interval, where an engine computed it; empty where none could.
    """
    opened = [
        c
        for c in (*found.items, *found.keys)
        if c.applies != "no" and (c.open or (c.watched and c.claims and c.weight))
    ]
    order = sorted(opened, key=lambda c: _order(c, shrinks))
    return tuple(
        Draft(
            c.code,
            _question(c, agreement, parties),
            _cites_item(c),
            c.claims,
            n,
            shrinks.get(c.code, ""),
            c.asks if c.group == "eiti" else f"the terms on {c.asks}",
        )
        for n, c in enumerate(order, 1)
    )


def _order(cell: Cell, shrinks: Mapping[str, str]) -> tuple[float, bool, int, int, str]:
    narrowed = -float(shrinks[cell.code]) if cell.code in shrinks else 0.0
    first = _FIRST.index(cell.code) if cell.code in _FIRST else len(_FIRST)
    return narrowed, cell.watched, first, -cell.weight, cell.code


def _question(cell: Cell, agreement: Agreement, parties: Sequence[str]) -> str:
    signed = known(agreement.signed)
    title = known(agreement.title) or agreement.id
    between = f" between {' and '.join(parties)}" if parties else ""
    on = f", signed on {signed.text}" if signed is not None else ""
    what = cell.asks if cell.group == "eiti" else f"the terms on {cell.asks}"
    condition = (
        "" if cell.applies == "yes" else "whether it grants rights or fixes terms, and if so "
    )
    return (
        f"To ask the minister responsible, on the {title}{between}{on}: {condition}{what}; "
        "where this "
        "can be read; and, if it cannot, who decided so and on what ground."
    )


def _cites_item(cell: Cell) -> str:
    if cell.group == "eiti":
        return f"EITI Standard 2023, {cell.code} ({cell.level})"
    return f"public contract list, {cell.code}"
