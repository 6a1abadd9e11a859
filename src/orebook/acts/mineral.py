"""A mineral at a glance: who mines and refines it, by stage, source and year; its end uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from orebook.acts.market import Market, NoData, family
from orebook.acts.reliance import Standing, standing
from orebook.model.problem import NotFound, ReaderError
from orebook.model.vocabulary import table

# Which elements a mineral of the statistics stands for, in its end uses.
_ELEMENTS = {
    "antimony": ("Sb",),
    "copper": ("Cu",),
    "rare_earths_REO": ("La", "Ce", "Pr", "Nd", "Tb", "Dy"),
    "magnet_rare_earths_NdPrDyTb": ("Nd", "Pr", "Dy", "Tb"),
}


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage by one source, the latest year in full and the years before and ahead of it."""

    standing: Standing
    years: tuple[Standing, ...]
    projected: frozenset[str]


@dataclass(frozen=True, slots=True)
class EndUse:
    """What an element is used for, in which form, and the stage it must have passed for that."""

    element: str
    form: str
    needs: str
    use: str
    source: str
    verification: str


@dataclass(frozen=True, slots=True)
class Mineral:
    """A mineral: its stages, those nobody's figures tell of, and its end uses."""

    name: str
    stages: tuple[StageView, ...]
    untold: tuple[str, ...]
    uses: tuple[EndUse, ...]
    eu: str = ""


def minerals(folder: Path) -> tuple[str, ...]:
    """The minerals the statistics speak of. Refuses: ReaderError where there are none."""
    try:
        return tuple(sorted({row.subject for row in Market(folder).production}))
    except NoData as missing:
        raise ReaderError(str(missing)) from None


def mineral(folder: Path, name: str) -> Mineral:
    """Every stage of a mineral, each by each source that speaks of it, never two in one share.

    Refuses: NotFound for a mineral that the statistics do not speak of.
    """
    market = Market(folder)
    try:
        rows = [row for row in market.production if row.subject == name]
    except NoData as missing:
        raise ReaderError(str(missing)) from None
    if not rows:
        message = f"the statistics do not speak of {name[:60]}"
        raise NotFound(message)
    found, untold = [], []
    for stage in dict.fromkeys(row.stage for row in rows):
        if stage == "reserves":
            continue
        for source in dict.fromkeys(family(row.source) for row in rows if row.stage == stage):
            mine = [r for r in rows if r.stage == stage and family(r.source) == source]
            ahead = frozenset(r.period for r in mine if r.state == "projected")
            years = []
            for year in sorted({row.period for row in mine}):
                try:
                    years.append(standing(market, name, stage, source=source, year=year))
                except ReaderError as refused:
                    untold.append(str(refused))
            present = [one for one in years if one.year not in ahead] or years
            if present:
                found.append(StageView(present[-1], tuple(years), ahead))
    return Mineral(name, tuple(found), tuple(untold), uses(_ELEMENTS.get(name, ())),
                   eu_line(market, name))  # fmt: skip


def eu_line(market: Market, name: str) -> str:
    """Whether the EU lists a mineral as critical or strategic, and by which list.

    Rare earths are listed in groups: each group is told. Unknown: empty where no list is in the
    folder; a list that has no row of that name says nothing of it, which is not the same as a no.
    """
    try:
        listed = market.eu_list
    except NoData:
        return ""
    plain = name.replace("_", " ").lower()
    rare = "rare earth" in plain
    rows = [
        row for row in listed
        if row.material.replace("_", " ").lower() == plain
        or (rare and "rare earth" in row.material.lower())
    ]  # fmt: skip
    if rows:
        return "; ".join(row.text() for row in rows)
    sources = ", ".join(dict.fromkeys(row.source for row in listed))
    return f"{name.replace('_', ' ')}: no row of that name in the list of the EU ({sources})"


def uses(elements: tuple[str, ...]) -> tuple[EndUse, ...]:
    """The end uses of these elements. Source: tables/end_uses.csv, a source per row."""
    rows = (r for r in table("end_uses") if r["element"] in elements)
    return tuple(
        EndUse(r["element"], r["form"], r["needs"], r["use"], r["source"], r["verification"])
        for r in rows
    )
