"""The data release of the Mineral Commodity Summaries, in the layouts of its editions.

Since 2026 a row holds one figure. In 2025 a row of one file for all commodities holds two years of
production, capacity and reserves; before, a file a commodity holds production and reserves.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from orebook.exchange.statistics.official import Taken, production, totals, usgs_mineral, usgs_world
from orebook.exchange.statistics.table import Row, read_table

_PROD = re.compile(r"PROD_(?:(?P<unit>(?!EST)[A-Z]+)_)?(?P<est>EST_)?_?\s*(?P<year>\d{4})")
_RESERVES = re.compile(r"RESERVES?_(?:(?P<unit>KT|T|MT|KG|MMT))?_?(?P<year>\d{4})?")
_STAGES = ("mine", "refinery", "smelter")
_OF = re.compile(r",\s*(?:recoverable\s+)?([a-z ]+?)(?:\s+content)?$")


def usgs(path: Path, source: str) -> Taken:
    """World production and reserves of the release, whichever of its layouts the file has.

    Refuses: SenderError for a file that has the columns of none.
    """
    with path.open("r", encoding="utf-8-sig", newline="", errors="replace") as file:
        header = [title.strip() for title in next(csv.reader(file), [])]
    upper = {title.upper(): title for title in header}
    if not {"COUNTRY", "TYPE"} <= set(upper) or not any(map(_PROD.fullmatch, upper)):
        return usgs_world(path, source)
    needed = [upper["COUNTRY"], upper["TYPE"]]
    rows = [
        Row(row.line, {name.upper(): cell for name, cell in row.cells.items()})
        for row in read_table(path, needed, published=True).rows
    ]
    return _wide(rows, list(upper), source)


def _wide(rows: list[Row], titles: list[str], source: str) -> Taken:
    taken = Taken()
    seen: dict[tuple[str, str, str], int] = {}
    alone = {name for row in rows if (name := _of(row))}
    for row in rows:
        stage = next((s for s in _STAGES if s in row["TYPE"].lower()), "")
        if not stage:
            continue
        mineral = usgs_mineral(row.cells.get("COMMODITY", "") or _of(row) or _only(alone))
        if not mineral:
            taken.say("no-mineral", row.place("TYPE"), "the mineral after a comma", row["TYPE"])
            continue
        name = row["COUNTRY"].partition(" (")[0].strip()
        name = row["COUNTRY"] if name == "Congo" else name
        if (before := seen.setdefault((mineral, stage, name), row.line)) != row.line:
            expected = f"one row a country and stage; another is line {before}"
            taken.say("second-row", row.place("TYPE"), expected, row["TYPE"])
            continue
        for title, (of, year, unit, note) in _figures(row, titles, stage):
            key = (mineral, of, name, year)
            production(taken, row.place(title), row.place("COUNTRY"), row.place("UNIT_MEAS"), key,
                       row[title], unit, source, note)  # fmt: skip
    totals(taken)
    return taken


def _of(row: Row) -> str:
    """The mineral that the type names after its comma: `Mine production, antimony content`."""
    found = _OF.search(row["TYPE"].strip().lower())
    return found[1].strip() if found else ""


def _only(names: set[str]) -> str:
    return next(iter(names)) if len(names) == 1 else ""


def _figures(
    row: Row, titles: list[str], stage: str
) -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    """Each figure of a row by its column: stage, year, unit and note."""
    rounded = "rounded total of the source" if "rounded" in row["COUNTRY"].lower() else ""
    latest = ""
    for title in titles:
        if made := _PROD.fullmatch(title):
            latest = max(latest, made["year"])
            words = "; ".join(filter(None, [rounded, "estimated" if made["est"] else ""]))
            unit = row.cells.get("UNIT_MEAS") or (made["unit"] or "").lower()
            if row[title]:
                yield title, (stage, made["year"], unit, words)
    for title in titles:
        held = _RESERVES.fullmatch(title)
        if held and row[title] and stage == "mine":
            unit = row.cells.get("UNIT_MEAS") or (held["unit"] or "").lower()
            yield title, ("reserves", held["year"] or latest, unit, rounded)
