"""Settle lots under terms: from files without a book, or a shipment of a book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from orebook.acts.case import plain
from orebook.acts.see import View
from orebook.engines.settle.clause_terms import clause_of
from orebook.engines.settle.exchange import Reading, exchange
from orebook.engines.settle.invoice import VERSION, Invoice, settle
from orebook.engines.settle.lots import PARTIES, Lot, read_lots
from orebook.engines.settle.payable import Schedule, dry_tonnes, payable
from orebook.engines.settle.terms import Terms, read_terms
from orebook.exchange import json_text
from orebook.model.absence import known
from orebook.model.assay import Assay
from orebook.model.facts import Facts, Head
from orebook.model.finding import Figure, Finding, Missing
from orebook.model.lot import Lot as Material
from orebook.model.members import Members
from orebook.model.problem import NotFound, Problem, ReaderError, SenderError
from orebook.model.quantity import WetMass
from orebook.model.shipment import Shipment
from orebook.model.when import BadDate, when

LARGEST = 16 << 20
NO_BOOK = Head("", 0, "")
_MICRO = Decimal("0.000001")
_TONNE = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Settled:
    """The invoices of a settlement and the faults of rows left out, by place."""

    terms: Terms
    invoices: tuple[Invoice, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One worked row of a collection: what was computed beside what it expects."""

    id: str
    computed: Mapping[str, Any]
    expected: Mapping[str, Any]

    @property
    def met(self) -> bool:
        """Whether every expected member is what was computed, to its printed digits."""
        return bool(self.expected) and all(
            self.computed.get(k) == v for k, v in self.expected.items()
        )


def day_of(text: str | None) -> dt.date | None:
    """The day an invoice is reckoned on, where one is given. Refuses: ReaderError."""
    if text is None:
        return None
    try:
        return when(text).first
    except BadDate as error:
        message = f"the day to answer for: {error}"
        raise ReaderError(message) from error


def document(data: bytes, name: str) -> Any:
    """A decoded JSON document. Refuses: SenderError with its place."""
    value = json_text.read(data, limit=LARGEST)
    if isinstance(value, Problem):
        raise SenderError(value.within("", name).text(), [value.within("", name)])
    return plain(value)


def terms_of(value: Any, name: str) -> Terms:
    """Terms from their document. Refuses: SenderError with every fault by JSON pointer."""
    terms, problems = read_terms(value)
    if terms is None:
        placed = tuple(p.within("", name) for p in problems)
        raise SenderError("\n".join(p.text() for p in placed), placed)
    return terms


def settle_files(terms: Terms, files: Mapping[str, bytes], as_of: dt.date | None = None) -> Settled:
    """Every lot of the files; a file or lot that cannot be read is named and the others stand.

    Takes: `as_of`, the day reckoned on; without one no period is held to be still running.
    """
    invoices: list[Invoice] = []
    problems: list[Problem] = []
    for name, data in files.items():
        try:
            lots, faults = read_lots(document(data, name))
        except SenderError as error:
            problems += error.problems
            continue
        problems += [p.within("", name) for p in faults]
        invoices += [settle(terms, lot, as_of) for lot in lots]
    return Settled(terms, tuple(invoices), tuple(problems))


def settle_shipment(view: View, ident: str, terms: Terms) -> Settled:
    """Every lot of a book's shipment, from its wet mass, moisture and assays by split.

    A split named seller, buyer or umpire is that side's assay, where it is on dry basis.
    Refuses: NotFound. Unknown: what is not stated, or sealed for this reader, leaves the invoice
    untold.
    """
    facts = view.facts(kinds=["shipment", "lot", "assay"])
    shipment = facts.get(Shipment, ident)
    if shipment is None:
        message = f"this book has no shipment {ident}"
        raise NotFound(message)
    names = known(shipment.lots) or ()
    if not names:
        message = f"{ident} names no lots to settle"
        raise NotFound(message)
    lots = [_stated(facts, name, terms) for name in names]
    return Settled(terms, tuple(settle(terms, lot, when(view.today).first) for lot in lots), ())


def _stated(facts: Facts, name: str, terms: Terms) -> Lot:
    """A lot as the book states it; a mass of other or unstated basis is no wet mass."""
    lot = facts.get(Material, name)
    mass = known(lot.mass) if lot is not None else None
    moisture = known(lot.moisture) if lot is not None else None
    wet = mass.value / _TONNE if isinstance(mass, WetMass) else None
    units = {of: p.unit for p in terms.penalties for of in p.substances} | {
        m.substance: m.unit for m in terms.metals
    }
    readings = [
        Reading(of, by, _in(grade.value, units.get(of, "%")), units.get(of, "%"))
        for assay in facts.all(Assay)
        if known(assay.lot) == name and (by := known(assay.split)) in PARTIES and by is not None
        for result in known(assay.results) or ()
        if (of := known(result.substance)) is not None
        and (grade := known(result.grade)) is not None
        and known(result.operator) in {None, "="}
        and known(assay.basis) == "dry"
    ]
    return Lot(name, wet, None if moisture is None else moisture.value * 100, tuple(readings))


def _in(fraction: Decimal, unit: str) -> Decimal:
    return fraction * (100 if unit == "%" else 1000000)


def finding(invoice: Invoice, head: Head = NO_BOOK, as_of: str = "") -> Finding:
    """An invoice as a finding: a figure a step; verdict final, provisional or cannot_be_told."""
    figures = tuple(
        Figure(x.name, x.value, x.unit, "derived", label=f"{x.name}: {x.how}")
        for x in invoice.lines
    )
    missing = tuple(Missing(m, invoice.lot, "the amount rests on it") for m in invoice.missing)
    verdict = "cannot_be_told" if invoice.stage == "untold" else invoice.stage
    payers = tuple(f"the umpire on {name} is paid by {who}" for name, who in invoice.payers)
    reasons = (*payers, *(f"the buyer may reject: {r}" for r in invoice.refused))
    return Finding(
        "settle", VERSION, "What is due for the lot", invoice.lot, verdict, head, as_of, figures,
        reasons, missing,
    )  # fmt: skip


def is_collection(value: Any) -> bool:
    """Whether a document is a collection of worked rows: lots with their terms, exchanges."""
    rows = value.get("lots", value.get("exchange")) if isinstance(value, dict) else None
    return (
        isinstance(rows, list)
        and bool(rows)
        and all(isinstance(r, dict) and "expect" in r for r in rows)
    )


def run_collection(value: Mapping[str, Any], name: str) -> tuple[Row, ...]:
    """Each row computed, to the six digits such a collection prints (half to the even digit).

    Refuses: SenderError with the place of a row that cannot be read.
    """
    m = Members()
    rows = [_lot_row(m, r, f"/lots/{i}") for i, r in enumerate(value.get("lots", []))]
    rows += [_exchange_row(m, r, f"/exchange/{i}") for i, r in enumerate(value.get("exchange", []))]
    if m.problems:
        placed = tuple(p.within("", name) for p in m.problems)
        raise SenderError("\n".join(p.text() for p in placed), placed)
    return tuple(rows)


def _lot_row(m: Members, row: Mapping[str, Any], here: str) -> Row:
    zero, hundred = Decimal(0), Decimal(100)
    wet = m.number(row.get("wmt"), f"{here}/wmt", zero)
    damp = m.number(row.get("moisture_percent"), f"{here}/moisture_percent", zero, hundred)
    franchise = m.number(
        row.get("weight_franchise_percent"), f"{here}/weight_franchise_percent", zero, hundred
    )
    assay = m.number(row.get("assay_percent"), f"{here}/assay_percent", zero, hundred)
    percent = m.number(row.get("payable_percent"), f"{here}/payable_percent", zero, hundred)
    units = m.number(row.get("minimum_deduction_units"), f"{here}/minimum_deduction_units", zero)
    dry = dry_tonnes(wet, franchise, damp)
    paid, governs = payable(assay, Schedule("lesser_of", percent, units))
    computed = {
        "dmt": _six(dry),
        "contained_t": _six(dry * assay / 100),
        "payable_assay_percent": _six(paid),
        "payable_t": _six(dry * paid / 100),
        "governs": governs,
    }
    return Row(str(row.get("id", here)), computed, row.get("expect", {}))


def _exchange_row(m: Members, row: Mapping[str, Any], here: str) -> Row:
    clause = clause_of(
        m, {"splitting_limit": row.get("splitting_limit"), "rule": row.get("rule")}, here
    )
    seller, buyer = (m.number(row.get(n), f"{here}/{n}") for n in ("seller", "buyer"))
    given = row.get("umpire")
    umpire = None if given is None else m.number(given, f"{here}/umpire")
    out = exchange(seller, buyer, umpire, clause)
    computed = {
        "final": None if out.final is None else _six(out.final),
        "umpire_called": out.umpire_called,
        "umpire_cost": out.payer,
    }
    return Row(str(row.get("id", here)), computed, row.get("expect", {}))


def _six(value: Decimal) -> str:
    return format(value.quantize(_MICRO, ROUND_HALF_EVEN), "f")
