"""Fiscal draws of a 40-year project, its intervals and ranked questions; a ladder of deposits."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orebook.engines.fiscal.case import Plan
from orebook.engines.fiscal.intervals import interval, narrowing
from orebook.engines.fiscal.simulate import simulate
from orebook.engines.fiscal.terms import read
from orebook.engines.ladder.ladder import Deposit, Ladder, Product, Project, climb
from orebook.engines.ladder.span import Span
from rows import Row, best

YEARS = 40


def plan(*, unknown: bool) -> Plan:
    rate: Any = "unknown" if unknown else "0.3"
    held: Any = "unknown" if unknown else "0.1"
    ranges: dict[str, Any] = {
        "price": {"low": "0.6", "mode": 1, "high": "1.6"},
        "grade": {"low": "0.9", "high": "1.1"},
        "operating_cost": {"low": "0.9", "high": "1.3"},
        "capital": {"low": "0.9", "high": 2},
        "delay_years": {"low": 0, "high": 5},
    }
    if unknown:
        ranges["/terms/income_tax/rate"] = {"low": "0.2", "high": "0.35"}
        ranges["/terms/state_equity/0/share"] = {"low": 0, "high": "0.2"}
    producing = [0, 0] + [1] * (YEARS - 2)
    found, problems = read(
        {
            "money": "USD million",
            "timing": {"discount_from": "start_of_year_one"},
            "discount_rate": "0.08",
            "profile": {
                "capital": [500, 500] + [10] * (YEARS - 2),
                "quantity": [10 * p for p in producing],
                "price": 100,
                "charges": [50 * p for p in producing],
                "operating_cost": [300 * p for p in producing],
            },
            "terms": {
                "levies": [{"name": "royalty", "kind": "flat", "rate": "0.05", "base": "net_back"}],
                "income_tax": {
                    "rate": rate,
                    "depreciation": {"method": "straight_line", "years": 10, "from": "spending"},
                    "losses": {"years": 8},
                },
                "withholding": {"dividends": "0.1"},
                "state_equity": [{"kind": "carried", "share": held, "interest": "0.08"}],
            },
            "ranges": ranges,
        }
    )
    assert found is not None, problems
    return found


def ladder(count: int) -> Ladder:
    """A headline held against so many deposits of two metals, every rung stated."""
    half = Span(Decimal("0.4"), Decimal("0.6"))
    metals = [Product(s, Span.of("0.004"), Span.of(9000), half, half, half) for s in ("Cu", "Zn")]
    deposits = [
        Deposit(f"deposit {n}", Span.of(1_000_000 + n), "CRIRSCO", "mineral reserve", "reserve",
                tuple(metals))
        for n in range(count)
    ]  # fmt: skip
    project = Project(
        Span.of(12), Span.of(10**9), half, half, Span(Decimal(5), Decimal(15)), Decimal(30), half,
        (("state", half),),
    )  # fmt: skip
    return climb(Decimal(6 * 10**12), "USD", deposits, project)


def run() -> list[Row]:
    known, unknown = plan(unknown=False), plan(unknown=True)
    take = interval(unknown, "gov_take_undiscounted")
    note = (
        f"10 000 draws, {YEARS} years, five doubts, losses of 8 years, carried equity; one thread"
    )
    names = ("gov_take_undiscounted", "inv_npv")
    return [
        Row("all terms known", best(lambda: simulate(known, names, None), times=5), "s", note),
        Row(
            "two terms unknown", best(lambda: simulate(unknown, names, take), times=5), "s",
            "the same draws at both ends of the take",
        ),
        Row("one interval", best(lambda: interval(unknown, names[0]), times=3), "s", "two terms"),
        Row(
            "ladder of 1 000 deposits", best(lambda: ladder(1000), times=3), "s",
            "two metals each, all rungs",
        ),
        Row("ranked questions", best(lambda: narrowing(unknown, names[0]), times=3), "s", ""),
    ]  # fmt: skip
