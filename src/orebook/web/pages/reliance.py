"""On whom a buyer or a contract depends, by what its own lots are made of."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import urlencode

from orebook.acts.register import names
from orebook.acts.reliance_views import (
    BY,
    Dependence,
    buyers_of,
    dependence,
    elements_of_lots,
    lots_of,
)
from orebook.engines.reliance import ENGINE, VERSION
from orebook.engines.rules.provenance import STAGES
from orebook.model.problem import ReaderError
from orebook.show.bars import Share, share_bars
from orebook.show.html import Html
from orebook.show.numbers import number
from orebook.show.svg import responsive
from orebook.show.verdict_pictures import stage_words
from orebook.web.addresses import address
from orebook.web.page import Ask, Page
from orebook.web.pages.minerals import EXPLAINED, percent, points
from orebook.web.tables import Cell, Table, table

_DRAWN = 10
_VERSIONS = (f"{ENGINE}/{VERSION}",)
# Bars are drawn, and said, to a tenth of a percent.
_STEP = Decimal("0.001")


def page(ask: Ask) -> Page:
    """A buyer or a contract by its own lots; what nobody names is a class of its own.

    Takes: `buyer` or `contract`, `element` (the first of its lots if left out), `stage`, `by`;
    without a buyer and a contract, the buyers to choose from.
    """
    kind = "contract" if ask.query.get("contract") else "buyer"
    ident = ask.query.get(kind, "")
    if not ident:
        return _buyers(ask)
    viewpoint = f"{kind}:{ident}"
    lots = lots_of(ask.view, viewpoint)
    elements = elements_of_lots(ask.view, lots)
    element = ask.query.get("element", "") or next(iter(elements), "")
    stage, by = ask.query.get("stage", ""), ask.query.get("by", "") or "country"
    if stage and stage not in STAGES:
        message = f"a stage is one of {', '.join(STAGES)}, not {stage[:60]}"
        raise ReaderError(message)
    if by not in BY:
        message = f"shares are by {', '.join(BY)}, not by {by[:60]}"
        raise ReaderError(message)
    called = names(ask.view, [ident, *lots])
    who = called.get(ident, ident)
    parts: dict[str, object] = {
        "who": who,
        "who_href": address("party" if kind == "buyer" else "agreement", ident),
        "form": {"kind": kind, "ident": ident, "element": element, "stage": stage, "by": by},
        "elements": elements,
        "stages": [(s, stage_words(s)) for s in STAGES],
        "bys": BY,
        "explained": EXPLAINED,
        "found": None,
    }
    title = f"On whom does {who} depend?"
    trail = (("Parties", "/parties") if kind == "buyer" else ("Agreements", "/agreements"),
             (who, str(parts["who_href"])))  # fmt: skip
    if not element:
        rows = [(Cell(called.get(lot, lot), address("lot", lot)),) for lot in lots]
        bare = table("lots", "Its lots", (("lot", "lot"),), rows)
        lacks = ("a grade of any of its lots",)
        told = {"viewpoint": viewpoint}
        return Page("reliance", title, parts, (bare,), told, lacks, _VERSIONS, trail=trail)
    found = dependence(ask.view, viewpoint, element, stage=stage, by=by)
    parts |= {"found": found, "picture": _picture(found), "lead": _lead(found)}
    tables = (_shares(found), _plants(found), _lots(found, called))
    unknown = tuple(f"dry mass or grade of {called.get(lot, lot)}" for lot in found.unweighed)
    return Page("reliance", title, parts, tables, found.as_json(), unknown, _VERSIONS, trail=trail)


def _buyers(ask: Ask) -> Page:
    buyers = buyers_of(ask.view)
    called = names(ask.view, buyers)
    rows = [(Cell(called.get(b, b), reliance_address(buyer=b)),) for b in buyers]
    listed = table("buyers", "Buyers in this book", (("buyer", "buyer"),), rows)
    title = "On whom does a buyer depend?"
    told = {"buyers": list(buyers)}
    parts: dict[str, object] = {"who": None}
    trail = (("Parties", "/parties"),)
    return Page("reliance", title, parts, (listed,), told, (), _VERSIONS, trail=trail)


def reliance_address(**asked: str) -> str:
    """The address of the page for a `buyer` or `contract`."""
    return f"/reliance?{urlencode({k: v for k, v in asked.items() if v})}"


def _lead(found: Dependence) -> str:
    where = f" at the stage {stage_words(found.stage)}" if found.stage else ""
    many = f"{len(found.lots)} lot{'' if len(found.lots) == 1 else 's'}"
    said = (
        f"{many}, {number(round(found.kg))} kg of {found.element} received, by {found.by}{where}."
        f" Of nobody named: {found.unknown * 100:.1f} %."
    )
    if found.not_passed:
        said += f" {found.not_passed * 100:.1f} % of all came without that stage."
    indices = dict(found.indices)
    if "HHI" in indices:
        said += f" HHI {points(indices['HHI'])} of {number(10_000)}."
    if found.benchmark is not None:
        said += (
            f" EU benchmark, at most 65 % from one third country: {found.benchmark.outcome}"
            f" ({found.benchmark.country or 'no third country'},"
            f" {percent(found.benchmark.share)})."
        )
    return said


def _picture(found: Dependence) -> Html:
    shares = [
        Share(name, s.quantize(_STEP), s.quantize(_STEP)) for name, s in found.shares[:_DRAWN]
    ]
    rest = sum((s for _, s in found.shares[_DRAWN:]), Decimal(0)).quantize(_STEP)
    if rest:
        shares.append(Share("all others named", rest, rest))
    if found.unknown:
        shares.append(Share("unknown", Decimal(0), found.unknown.quantize(_STEP)))
    said = f"Shares of {found.element} by {found.by}"
    return responsive("own", lambda k, width: share_bars(k, shares, width=width, title=said))


def _shares(found: Dependence) -> Table:
    rows = [
        (Cell(name), Cell(f"{s * 100:.1f} %", value=format(s, "f"))) for name, s in found.shares
    ]
    open_ = Cell(f"{found.unknown * 100:.1f} %", value=format(found.unknown, "f"))
    rows.append((Cell("unknown: nobody names it", "", "silent"), open_))
    columns = (("party", found.by), ("share", "share"))
    return table("shares", f"{found.element}: shares by {found.by}", columns, rows,
                 numbers=("share",))  # fmt: skip


def _plants(found: Dependence) -> Table:
    rows = [
        (
            Cell(p.name),
            Cell(f"{p.mass_share * 100:.1f} %", value=format(p.mass_share, "f")),
            Cell(str(p.lots_severed)),
            Cell(str(p.lots_thinned)),
        )
        for p in found.plants
    ]
    columns = (("plant", "if this plant goes"), ("mass", "mass cut"),
               ("severed", "lots severed"), ("thinned", "lots thinned"))  # fmt: skip
    return table("plants", "Plants its lots came through", columns, rows, numbers=("mass",))


def _lots(found: Dependence, called: dict[str, str]) -> Table:
    bare = set(found.unweighed)
    rows = [
        (
            Cell(called.get(lot, lot), address("lot", lot)),
            Cell("no dry mass or grade: not weighed", "", "silent") if lot in bare
            else Cell("weighed"),
        )
        for lot in found.lots
    ]  # fmt: skip
    return table("lots", "Its lots", (("lot", "lot"), ("weighed", "counted")), rows)
