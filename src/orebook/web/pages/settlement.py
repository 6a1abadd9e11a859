"""Settle lots under terms that are handed in: every step with its figures, and nothing is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile

from orebook.acts.settle import (
    Settled,
    day_of,
    document,
    settle_files,
    settle_shipment,
    terms_of,
)
from orebook.engines.settle.invoice import VERSION, Invoice
from orebook.model.problem import Problem, SenderError
from orebook.show.numbers import number
from orebook.show.settle import PAYERS, STAGES, settled_json, step_name, step_value
from orebook.web.page import Ask, Page
from orebook.web.tables import Cell, Table, table


@dataclass(frozen=True, slots=True)
class Sent:
    """What was handed in: terms, files of lots by name or a shipment of this book, and a day."""

    terms: tuple[str, bytes]
    lots: dict[str, bytes]
    shipment: str
    as_of: str


async def read_form(request: Request[Any, Any, Any]) -> Sent:
    """The files of the form. Refuses: SenderError where terms, or lots and shipment, are none."""
    form = await request.form()
    files = {}
    for field in ("terms", "lots"):
        upload = form.get(field)
        if isinstance(upload, UploadFile) and upload.filename:
            name = upload.filename.replace("\\", "/").rpartition("/")[2][:120]
            files[field] = (name, await upload.read())
    shipment, as_of = (str(form.get(n) or "").strip()[:300] for n in ("shipment", "as_of"))
    if "terms" not in files or not ("lots" in files or shipment):
        expected = "terms and lots as JSON files, or terms and a shipment of this book"
        step = "Choose both files and send them again."
        problem = Problem("no-file", "the form", expected, ", ".join(files) or "none", step)
        raise SenderError(problem.text(), [problem])
    return Sent(files["terms"], dict([files["lots"]]) if "lots" in files else {}, shipment, as_of)


def settled(ask: Ask, sent: Sent) -> Page:
    """The invoices, lot by lot, each step listed; faults of rows left out, by place."""
    name, data = sent.terms
    terms = terms_of(document(data, name), name)
    if sent.lots:
        found = settle_files(terms, sent.lots, day_of(sent.as_of or None))
    else:
        found = settle_shipment(ask.view, sent.shipment, terms)
    steps = [_steps(n, invoice) for n, invoice in enumerate(found.invoices)]
    parts: dict[str, object] = {
        "terms": terms,
        "as_of": sent.as_of,
        "payers": PAYERS,
        "invoices": [
            (i, STAGES[i.stage], "" if i.amount is None else number(i.amount), step)
            for i, step in zip(found.invoices, steps, strict=True)
        ],
    }
    tables = (*steps, _faults(found))
    return Page(
        "settled", f"Settled: {terms.id or name}", parts, tables, settled_json(found),
        tuple(m for i in found.invoices for m in i.missing), (VERSION,),
        trail=(("Check us", "/check"),), status=200 if found.invoices else 422,
    )  # fmt: skip


def _steps(place: int, invoice: Invoice) -> Table:
    rows = [
        (
            Cell(step_name(line)),
            Cell(
                step_value(line, invoice.money),
                value=format(line.value, "f"),
                unit=line.unit,
            ),
            Cell(line.unit),
            Cell(line.how),
        )
        for line in invoice.lines
    ]
    columns = (
        ("step", "step"),
        ("value", "value"),
        ("unit", "unit"),
        ("how", "how it is reckoned"),
    )
    return table(f"steps-{place}", f"{invoice.lot}: every step", columns, rows, numbers=("value",))


def _faults(found: Settled) -> Table:
    rows = [
        (Cell(p.place or "the file"), Cell(p.expected), Cell(p.found), Cell(p.next_step))
        for p in found.problems
    ]
    columns = (
        ("place", "place"),
        ("expected", "expected"),
        ("found", "found"),
        ("next", "next step"),
    )
    return table("faults", "Lots that were left out", columns, rows)
