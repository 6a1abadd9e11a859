"""A settlement in words and as JSON: every step with its figures, what is due, what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from orebook.acts.settle import Row, Settled, finding
from orebook.engines.settle.invoice import Invoice
from orebook.engines.settle.steps import Line
from orebook.show.findings import wrapped
from orebook.show.numbers import number

PAYERS = {"seller": "the seller", "buyer": "the buyer", "both": "both, half each"}
_TAKEN_OFF = ("refining charge", "treatment charge", "freight", "penalty")
STAGES = {"final": "final", "provisional": "provisional", "untold": "cannot be told"}


def settled_json(settled: Settled) -> dict[str, Any]:
    """Invoices as plain members, decimals as text, nothing rounded but what is due."""
    return {
        "terms": settled.terms.id,
        **{
            n: t for n, t in (("seller", settled.terms.seller), ("buyer", settled.terms.buyer)) if t
        },
        "invoices": [_invoice_json(i) for i in settled.invoices],
        "findings": [finding(i).as_json() for i in settled.invoices],
        "problems": [p.as_json() for p in settled.problems],
    }


def _invoice_json(invoice: Invoice) -> dict[str, Any]:
    return {
        "lot": invoice.lot,
        "stage": invoice.stage,
        "money": invoice.money,
        "value": None if invoice.value is None else format(invoice.value, "f"),
        "due": None if invoice.amount is None else format(invoice.amount, "f"),
        "steps": [
            {"name": x.name, "value": format(x.value, "f"), "unit": x.unit, "how": x.how}
            for x in invoice.lines
        ],
        "umpire_paid_by": dict(invoice.payers),
        "may_be_rejected": list(invoice.refused),
        "missing": list(invoice.missing),
    }


def rows_json(rows: Sequence[Row]) -> dict[str, Any]:
    """A collection's rows: computed, expected, outcome."""
    return {
        "rows": [
            {
                "id": r.id,
                "computed": dict(r.computed),
                "expected": dict(r.expected),
                "outcome": "met" if r.met else "not met",
            }
            for r in rows
        ]
    }


def settled_lines(settled: Settled) -> Iterator[str]:
    """Invoices for a terminal."""
    for invoice in settled.invoices:
        yield f"{invoice.lot}: {STAGES[invoice.stage]}"
        for line in invoice.lines:
            shown = step_value(line, invoice.money) + (f"\u00a0{line.unit}" if line.unit else "")
            yield from wrapped(f"{step_name(line)}: {shown}  ({line.how})", "  ")
        for name, who in invoice.payers:
            yield f"  the umpire on {name} is paid by {PAYERS[who]}"
        for reason in invoice.refused:
            yield from wrapped(f"the buyer may reject: {reason}", "  ")
        for what in invoice.missing:
            yield from wrapped(f"missing: {what}", "  ")


def step_name(line: Line) -> str:
    """The name of a step; what is taken off the value says so."""
    return f"less {line.name}" if line.name.startswith(_TAKEN_OFF) else line.name


def step_value(line: Line, money: str) -> str:
    """The value of a step: money to the hundredth, others to six decimals without empty zeros."""
    if line.unit == money:
        return number(line.value, digits=2)
    text = number(line.value, digits=6)
    return text.rstrip("0").rstrip(".") if "." in text else text


def row_lines(rows: Sequence[Row]) -> Iterator[str]:
    """A collection's rows for a terminal."""
    for row in rows:
        figures = ", ".join(f"{k} {v}" for k, v in row.computed.items())
        yield from wrapped(f"{'met' if row.met else 'NOT MET'}: {row.id}: {figures}")
