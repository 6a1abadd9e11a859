"""The words of the disclosure matrix: states, conditions, changes, and what is not public."""

from __future__ import annotations

from orebook.engines.disclosure.cells import Cell, Matrix

CELL_STATES = {
    "full": "public",
    "partial": "public in part",
    "summary": "known from sources, text not held",
    "not_found": "not found",
    "undisclosed": "undisclosed",
    "withheld": "withheld",
    "sealed": "sealed",
    "unknown": "nobody looked",
    "not_due": "not due yet",
    "not_applicable": "does not apply",
}
CHANGES = {
    "same": "same",
    "changed": "changed",
    "added": "only in the second",
    "removed": "only in the first",
    "cannot_be_told": "cannot be told",
}
GRANTS = {
    "yes": "It grants rights or fixes terms",
    "no": "It grants no rights and fixes no terms",
    "unknown": "Whether it grants rights or fixes terms is unknown",
}


def applies_text(cell: Cell) -> str:
    """Whether the yardstick applies to a cell, in words."""
    return {"yes": "", "if_it_does": "applies if it does", "no": "does not apply"}[cell.applies]


def not_public(found: Matrix) -> tuple[Cell, ...]:
    """The items that are due and not public, in the order of the standard."""
    return tuple(c for c in found.items if c.open)
