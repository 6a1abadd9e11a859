"""Lots, lineages and findings in words: the same lines for terminal, page and print."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from orebook.acts.lots import LotLine, LotSheet
from orebook.acts.trace import Lineage
from orebook.model.absence import Maybe, known
from orebook.model.assay import Assay, Result
from orebook.model.event import Event, lots_of
from orebook.model.finding import Figure
from orebook.model.lot import Lot
from orebook.show.numbers import between_text, money_text, number, percent, qty_text
from orebook.show.values import NOT_STATED, Said, fraction_text, say

VERDICTS = {
    "adds_up": "adds up",
    "does_not_add_up": "does not add up",
    "cannot_be_told": "cannot be told",
    "consistent": "statements agree",
    "contradicts": "statements contradict one another",
}


def verdict_text(verdict: str) -> str:
    """A verdict in words."""
    return VERDICTS.get(verdict, verdict.replace("_", " "))


def lot_title(ident: str, lot: Lot | None) -> str:
    """A lot's label and identifier, with what marks it as invented or as somebody's sample."""
    label = known(lot.label) if lot is not None else None
    title = f"{label} [{ident}]" if label and label != ident else ident
    mark = lot_mark(lot)
    return f"{title} ({mark})" if mark else title


def lot_mark(lot: Lot | None) -> str:
    """Why this lot is not a fact about the world: invented, or from a sample file."""
    if lot is None:
        return ""
    if known(lot.invented):
        return "invented example"
    return known(lot.sample_data) or ""


def lot_row(line: LotLine) -> tuple[str, str, str, str, str, str]:
    """One row of the list of lots."""
    lot = line.lot
    place = known(line.facility.name) if line.facility is not None else None
    return (
        line.id,
        say(lot.material).text if lot is not None else NOT_STATED,
        say(lot.mass).text if lot is not None else NOT_STATED,
        place or NOT_STATED,
        number(line.events),
        number(line.assays),
    )


def lot_json(line: LotLine) -> dict[str, object]:
    """One lot of the list, as plain members."""
    lot = line.lot
    fields = ("label", "material", "mass", "made", "purpose")
    stated = {n: said_json(say(getattr(lot, n))) for n in fields} if lot is not None else {}
    place = line.facility.id if line.facility is not None else None
    counts = {"events": line.events, "assays": line.assays, "statements": line.statements}
    return {"id": line.id, **stated, "facility": place, **counts}


def said_json(said: Said) -> dict[str, str]:
    """A value or its absence, as plain members."""
    return {"text": said.text, "state": said.state, "remark": said.remark}


LOT_FIELDS: tuple[tuple[str, str], ...] = (
    ("material", "material"),
    ("form", "form"),
    ("mass", "mass"),
    ("moisture", "moisture"),
    ("made", "made on"),
    ("country", "country"),
    ("batch", "batch"),
    ("granularity", "identifier names"),
    ("purpose", "purpose"),
    ("custody_model", "custody model"),
    ("hs_code", "HS code"),
    ("note", "note"),
)


def sheet_lines(sheet: LotSheet) -> Iterator[str]:
    """One lot for a terminal."""
    yield lot_title(sheet.id, sheet.lot)
    if sheet.lot is None:
        yield "  no statement describes this lot; events name it"
    else:
        for name, title in LOT_FIELDS:
            yield f"  {title + ':':18}{say(getattr(sheet.lot, name)).line()}"
    if len(sheet.statements) > 1:
        yield f"  stated {len(sheet.statements)} times; the latest is shown"
    for assay in sheet.assays:
        yield f"  assay {assay.id}: {assay_text(assay)}"
    for title, events in (
        ("made by", sheet.made_by),
        ("used by", sheet.used_by),
        ("seen by", sheet.seen_by),
    ):
        for event in events:
            yield f"  {title + ':':18}{event_title(event)}"
    yield f"  as of {sheet.facts.as_of}, head of {number(sheet.head.size)} entries"


def sheet_json(sheet: LotSheet) -> dict[str, object]:
    """One lot as plain members."""
    lot = sheet.lot
    stated = (
        {n: said_json(say(getattr(lot, n))) for n, _ in LOT_FIELDS} if lot is not None else None
    )
    return {
        "id": sheet.id,
        "stated": stated,
        "statements": [s.ref.text() for s in sheet.statements],
        "assays": [
            {"id": a.id, "text": assay_text(a), "source": a.ref.text()} for a in sheet.assays
        ],
        "made_by": [e.id for e in sheet.made_by],
        "used_by": [e.id for e in sheet.used_by],
        "seen_by": [e.id for e in sheet.seen_by],
        "shipments": [s.id for s in sheet.shipments],
        "as_of": sheet.facts.as_of,
        "head": sheet.head.as_json(),
    }


def result_text(result: Result) -> str:
    """One line of an assay: Cu 30 %, As < 0.01 %."""
    operator = known(result.operator)
    sign = f"{operator} " if operator and operator != "=" else ""
    grade = known(result.grade)
    shown = fraction_text(grade) if grade is not None else say(result.grade).text
    return f"{say(result.substance).text} {sign}{shown}"


def assay_text(assay: Assay) -> str:
    """An assay in one line, its standing and basis last."""
    results = ", ".join(result_text(r) for r in known(assay.results) or ())
    basis = {"as_received": "as received", "dry": "dry basis"}.get(
        known(assay.basis) or "", "basis not stated"
    )
    standing = known(assay.standing)
    return f"{results or say(assay.results).text} ({basis}{', ' + standing if standing else ''})"


def event_title(event: Event) -> str:
    """An event in one line: kind, date, identifier; withdrawn ones say so."""
    kind = say(event.kind).text
    gone = ", withdrawn by an error declaration" if event.withdrawn is not None else ""
    return f"{kind}, {say(event.when).text} [{event.id}]{gone}"


def lineage_json(found: Lineage) -> dict[str, object]:
    """A lineage as plain members: lots with their distance, events with their flows."""
    return {
        "lot": found.lot,
        "lots": [
            {
                "id": s.lot,
                "label": known(s.record.label) if s.record is not None else None,
                "distance": s.distance,
                "more_back": s.more_back,
                "more_forward": s.more_forward,
            }
            for s in found.steps
        ],
        "events": [
            {
                "id": e.id,
                "kind": known(e.kind),
                "when": _text(e.when),
                "inputs": lots_of(known(e.inputs)),
                "outputs": lots_of(known(e.outputs)),
                "source": e.ref.text(),
            }
            for e in found.events
        ],
        "cut": found.cut,
        "as_of": found.as_of,
        "head": found.head.as_json(),
    }


def _text(value: Maybe[object]) -> str | None:
    shown = say(value)
    return shown.text if shown.state == "known" else None


# Figures of dimension one that count something; every other is a share and shown in per cent.
_COUNTED = frozenset({"gap_in_doubts"})


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def figure_text(figure: Figure, *, digits: int | None = None, sig: int | None = None) -> str:
    """One number of a finding with its doubt, or the word for why there is none."""
    if figure.value is None:
        bounds = _bounds(figure)
        return bounds or {"missing": "not stated"}.get(figure.state, figure.state)
    value = figure.value
    if figure.name in _COUNTED:
        shown = number(value, sig=3)
    elif figure.unit == "d":
        shown = f"{number(value.normalize(), digits=0)} day{'' if value == 1 else 's'}"
    elif figure.unit in {"fraction", "1"}:
        shown = percent(value, sig=sig or 4)
    elif len(figure.unit) == 3 and figure.unit.isupper() and figure.unit != "KGM":
        # A large amount is told to the cent, however many digits were computed.
        cents = 2 if abs(value) >= 1000 and _decimals(value) > 2 else None
        shown = money_text(value, figure.unit, unknown=NOT_STATED, digits=cents)
    else:
        half = figure.standard * 2 if figure.standard else None
        places = digits if digits is not None else _places(value)
        shown = qty_text(
            value,
            figure.unit,
            unknown=NOT_STATED,
            plus_minus=half,
            k=2 if half else None,
            digits=places,
        )
    return f"{shown} (assumed)" if figure.state == "assumed" else shown


def _places(value: object) -> int:
    """Decimals that show a gram below a kilogram and nothing finer above a tonne."""
    size = abs(float(str(value)))
    return 0 if size >= 100 else 1 if size >= 10 else 3


def _bounds(figure: Figure) -> str:
    if figure.low is None and figure.high is None:
        return ""
    if figure.unit in {"fraction", "1"}:
        low, high = (None if v is None else v * 100 for v in (figure.low, figure.high))
        return between_text(low, high, "%", unknown=NOT_STATED, digits=1)
    return between_text(figure.low, figure.high, figure.unit, unknown=NOT_STATED, digits=1)
