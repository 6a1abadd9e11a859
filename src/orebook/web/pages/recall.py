"""Where it went: what holds metal of one lot, plant or assay, and who is to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from orebook.acts.origin_models import RECORDED
from orebook.acts.recall import Affected, Recall, recall
from orebook.acts.register import names
from orebook.show.numbers import number
from orebook.show.origin import percent, recall_json
from orebook.web.addresses import address
from orebook.web.page import Ask, Page
from orebook.web.tables import Cell, Table, table

_SHOWN = 500
TITLE = "Where it went"


def page(ask: Ask) -> Page:
    """The list to send for `of`, a lot, plant or assay; without it, how to ask.

    Refuses: NotFound for what the book does not name.
    """
    from orebook.web.origin_parts import ENGINE

    of = ask.query.get("of", "").strip()
    if not of:
        parts: dict[str, object] = {"found": None, "of": ""}
        return Page("recall", TITLE, parts, data={"subject": None}, unknown=("of",))
    found = recall(ask.view, of, model=ask.query.get("model", RECORDED))
    called = names(ask.view, [of]).get(of, of)
    whole = _affected(found)
    wanted = ask.rest.form or ask.query.get("format", "")
    cut = replace(whole, rows=whole.rows[:_SHOWN], of=len(whole.rows))
    shown = whole if wanted in {"csv", "json", "jsonl"} else cut
    without = sum(1 for a in found.affected if a.mass_kg is None)
    return Page(
        "recall",
        f"{TITLE}: {called}",
        {"found": found, "of": of, "called": called, "without": without},
        (_totals(found), _told(found), shown),
        recall_json(found),
        (f"mass of {without} affected lots",) if without else (),
        (ENGINE,),
    )


def _affected(found: Recall) -> Table:
    columns = (
        ("lot", "lot"), ("element", "element"), ("share", "share affected"),
        ("mass_kg", "affected kg"), ("owner", "owner"), ("facility", "made at"),
        ("shipments", "shipments"),
    )  # fmt: skip
    caption = "Every lot that holds any of it"
    note = "" if found.affected else "No flow of this book leads on from it."
    rows = [_row(a) for a in found.affected]
    return table("affected", caption, columns, rows, numbers=("share", "mass_kg"), note=note)


def _row(line: Affected) -> tuple[Cell, ...]:
    mass = line.mass_kg
    return (
        Cell(line.label, address("lot", line.lot), value=line.lot),
        Cell(line.element),
        Cell(percent(line.share), value=repr(line.share)),
        Cell("not recorded", "", "silent") if mass is None else _kilograms(mass),
        Cell(line.owner or "not stated", "", "known" if line.owner else "silent"),
        Cell(line.facility or "not stated", "", "known" if line.facility else "silent"),
        Cell(" ".join(line.shipments)),
    )


def _kilograms(mass: Decimal) -> Cell:
    return Cell(number(round(mass, 1)), value=f"{mass:.6g}")


def _totals(found: Recall) -> Table:
    """Lots per element; masses are of one metal seen again in each lot, and so never added."""
    rows = []
    for element in dict.fromkeys(a.element for a in found.affected):
        lots = [a for a in found.affected if a.element == element]
        most = max((a.mass_kg for a in lots if a.mass_kg is not None), default=None)
        rows.append(
            (
                Cell(element or "not stated"),
                Cell(number(len(lots)), value=str(len(lots))),
                Cell("not recorded", "", "silent") if most is None else _kilograms(most),
            )
        )
    columns = (("element", "element"), ("lots", "lots"), ("most", "most in one lot, kg"))
    note = "The same metal is in a lot and in what was made of it, so masses are not added up."
    return table("totals", "By element", columns, rows, numbers=("lots", "most"), note=note)


def _told(found: Recall) -> Table:
    rows: Iterable[tuple[Cell, ...]] = [
        (Cell(owner), Cell(number(sum(1 for a in found.affected if a.owner == owner))))
        for owner in found.owners
    ]
    note = "" if found.owners else "No owner of these lots is stated."
    columns = (("owner", "owner"), ("lots", "lots and elements"))
    return table("told", "Who is to be told", columns, rows, numbers=("lots",), note=note)
