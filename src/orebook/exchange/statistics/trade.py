"""Rows of customs statistics: one reporter's imports of one heading by partner and year."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from orebook.exchange.statistics.table import number, quoted, read_table
from orebook.model.problem import Problem
from orebook.model.statistic import WORLD

COLUMNS = ("year", "reporter", "flow", "hs", "partner_iso3", "value_usd")


@dataclass(frozen=True, slots=True)
class Flow:
    """One year's imports by partner, in US dollars, and the world total as published.

    The partner is the last exporter and says nothing of the mine. `source` is the edition.
    """

    by_partner: dict[str, Decimal]
    world: Decimal | None
    source: str = ""

    @property
    def not_named(self) -> Decimal:
        """What the published total holds beyond the partners that are named; none without one."""
        told = sum(self.by_partner.values(), Decimal(0))
        return max((self.world or told) - told, Decimal(0))


def read(path: Path) -> tuple[dict[tuple[str, str, str, str], Flow], tuple[Problem, ...]]:
    """(reporter, flow, heading, year) → its partners. Rows without a value are named problems."""
    table = read_table(path, COLUMNS)
    found: dict[tuple[str, str, str, str], Flow] = {}
    problems: list[Problem] = []
    for row in table.rows:
        key = (row["reporter"], row["flow"], row["hs"], row["year"])
        value = number(row["value_usd"])
        if value is None or value < 0:
            place = row.place("value_usd")
            step = "Leave the partner out, or give the value."
            problems.append(
                Problem(
                    "not-a-number",
                    place,
                    "a value in US dollars",
                    quoted(row["value_usd"]),
                    step,
                    table.name,
                )
            )
            continue
        source = row.cells.get("source") or table.name
        flow = found.setdefault(key, Flow({}, None, source))
        if row["partner_iso3"] == WORLD:
            found[key] = Flow(flow.by_partner, value, flow.source)
        else:
            partner = row["partner_iso3"]
            flow.by_partner[partner] = flow.by_partner.get(partner, Decimal(0)) + value
    return found, tuple(problems)
