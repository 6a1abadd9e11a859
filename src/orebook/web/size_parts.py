"""How big a headline value is, and how much of a headline wealth is backed: pictures and tables."""

from __future__ import annotations

from collections.abc import Sequence

from orebook.engines.ladder.ladder import Ladder
from orebook.model.claim import Claim
from orebook.model.finding import Finding
from orebook.show.bars import Share, share_bars
from orebook.show.deal import claim_text
from orebook.show.html import Html
from orebook.show.sentences import figure_text
from orebook.show.svg import responsive
from orebook.web.addresses import address
from orebook.web.tables import Cell, Table, table

Backed = Sequence[tuple[Claim, Ladder, Finding]]


def years(found: Sequence[Finding]) -> list[tuple[str, str, str]]:
    """Per metal: the range of years, the output it is held against, and the prices counted."""
    told = []
    for one in found:
        span, output = one.figure("years"), one.figure("output")
        if span is not None and output is not None:
            told.append(
                (one.component, figure_text(span), f"{output.label}: {figure_text(output)}")
            )
    return told


def sizes_table(found: Sequence[Finding]) -> Table:
    """The printed amount in tonnes and years of known output, per metal and dated price."""
    rows = []
    for part in (p for one in found for p in one.parts):
        told = {f.name: figure_text(f) for f in part.figures}
        cells = [
            Cell(part.component),
            *(Cell(told.get(n, "")) for n in ("price", "tonnes", "years")),
        ]
        rows.append((*cells, Cell("; ".join(part.sources))))
    columns = (
        ("price_of", "at the price of"),
        ("price", "a tonne"),
        ("tonnes", "tonnes it buys"),
        ("years", "years of known output"),
        ("source", "source"),
    )
    note = " ".join(f"{r[:1].upper()}{r[1:]}." for r in found[0].reasons) if found else ""
    return table("sizes", "How big the printed amount is", columns, rows, note=note)


def backed_picture(found: Backed) -> Html | None:
    """One bar per headline value: the share that reserves and resources back."""
    shares = []
    for claim, ladder, _ in found:
        backed = ladder.coverage("reserve", "resource")
        if backed is not None and 0 <= backed.low <= backed.high <= 1:
            label = f"of {claim_text(claim)}"
            shares.append(Share(label, backed.low, backed.high, address("claim", claim.id)))
    if not shares:
        return None
    title = "How much of each headline wealth is backed"
    return responsive(
        "backed", lambda k, width: share_bars(k, shares, width=width, title=title, digits=1)
    )


def backed_table(found: Backed) -> Table:
    """Each headline value with what backs it, inferred apart, and what is not scaled."""
    rows = []
    for claim, _, made in found:
        told = {f.name: figure_text(f) for f in made.figures if f.unit == "fraction"}
        rows.append(
            (
                Cell(claim_text(claim)),
                Cell(told.get("backed share of the headline", "cannot be told")),
                Cell(told.get("inferred, shown apart", "cannot be told")),
                Cell(" ".join(made.reasons)),
                Cell(claim.id, address("claim", claim.id)),
            )
        )
    columns = (
        ("headline", "headline value"),
        ("backed", "backed by tonnage, grade and class"),
        ("inferred", "inferred, apart"),
        ("rest", "the rest"),
        ("claim", "claim"),
    )
    return table("backed", "How much of each headline is backed", columns, rows)
