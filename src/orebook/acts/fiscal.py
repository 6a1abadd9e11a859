"""Who gets what: a case file run without a book, and the answers put as findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orebook.acts.case import Case, resolved
from orebook.acts.case_words import one_of
from orebook.engines.fiscal import measures as m
from orebook.engines.fiscal.case import Plan
from orebook.engines.fiscal.intervals import (
    Interval,
    Narrowing,
    Swing,
    interval,
    narrowing,
    tornado,
)
from orebook.engines.fiscal.simulate import Spread, simulate
from orebook.engines.fiscal.terms import read
from orebook.model.facts import Head
from orebook.model.finding import Figure, Finding, Missing
from orebook.model.problem import Problem, SenderError

VERSION = "fiscal/1"
NO_BOOK = Head("", 0, "")
MEASURES = {
    "gov_take_undiscounted": "government take, undiscounted",
    "aetr": "government take by present value (AETR)",
    "gov_npv": "government, present value",
    "inv_npv": "investor, present value",
}
INTERVALS = tuple(MEASURES)
TAKE = "gov_take_undiscounted"
SWEEP = (Decimal("0.75"), Decimal(1), Decimal("1.25"))
# Sections of a case that only this engine reads: the plan is read where one of them is there.
_PLAN = ("profile", "terms", "timing", "discount_rate")


@dataclass(frozen=True, slots=True)
class Worked:
    """What a plan under its terms comes to.

    `point` is the exact run, None where a term is unknown (results are intervals then); `middle` is
    the run at the middle of every range, for pictures that need one. `break_even` are factors on
    price; `price` the base price they multiply, where the profile is by quantity.
    """

    plan: Plan
    point: m.Point | None
    middle: m.Point
    three: m.ThreeWays
    intervals: tuple[Interval, ...]
    questions: tuple[Narrowing, ...]
    swings: tuple[Swing, ...]
    spreads: tuple[Spread, ...]
    break_even: tuple[float, ...]
    price: Decimal | None
    metr: Decimal | None
    progressivity: Mapping[str, Decimal | None]


def plan_of(case: Case, variant: str = "") -> Plan | None:
    """The plan of a case, of one of its variants where named; None where it holds no project.

    Refuses: SenderError with every fault by JSON pointer.
    """
    if not any(name in case.members for name in _PLAN):
        return None
    members = _varied(case, variant)
    plan, problems = read(resolved(members, case))
    placed = tuple(p.within("", case.name) for p in problems)
    if plan is None:
        raise SenderError("\n".join(p.text() for p in placed), placed)
    return plan


def _varied(case: Case, variant: str) -> dict[str, Any]:
    members = {k: v for k, v in case.members.items() if k not in {"facts", "checks", "ladder"}}
    if not variant:
        return members
    stated = case.members.get("variants")
    changes = stated.get(variant) if isinstance(stated, dict) else None
    if not isinstance(changes, dict):
        problem = Problem(
            "unknown-variant",
            f"/variants/{variant}",
            "a variant of the case",
            variant,
            "Name one it has.",
            case.name,
        )
        raise SenderError(problem.text(), [problem])
    for pointer, value in changes.items():
        members = _placed(members, pointer.split("/")[1:], value)
    return members


def _placed(whole: Any, steps: list[str], value: Any) -> Any:
    """The document with what stands at a pointer replaced, or put there."""
    if not steps:
        return value
    here, rest = steps[0], steps[1:]
    if isinstance(whole, list) and here.isdigit() and int(here) < len(whole):
        place = int(here)
        return [*whole[:place], _placed(whole[place], rest, value), *whole[place + 1 :]]
    inner = whole if isinstance(whole, dict) else {}
    return {**inner, here: _placed(inner.get(here), rest, value)}


def work(plan: Plan) -> Worked:
    """Everything that is said of a plan."""
    middle = m.point(plan)
    unknown = bool(plan.unknown)
    found = tuple(i for i in (interval(plan, name) for name in INTERVALS) if i is not None)
    take = next((i for i in found if i.measure == TAKE), None)
    prices = plan.series.get("price")
    factors = m.break_even(plan)
    drawn = (TAKE, "aetr", "inv_npv", "gov_npv")
    spreads = simulate(plan, drawn, take if unknown else None) if plan.doubted else ()
    return Worked(
        plan,
        None if unknown else middle,
        middle,
        m.three_ways(plan, middle),
        found if unknown else (),
        narrowing(plan, TAKE) if unknown else (),
        tornado(plan, "inv_npv"),
        spreads,
        factors,
        prices[plan.first_production] if prices and len(set(prices)) == 1 else None,
        m.metr(plan),
        m.progressivity(plan, SWEEP),
    )  # fmt: skip


def fiscal_functions(case: Case) -> dict[str, Callable[..., Any]]:
    """`run("variant")` and `progressivity("variant", factors)` for the formulas of a case."""
    runs: dict[str, dict[str, Any]] = {}

    def plan(variant: str) -> Plan:
        found = plan_of(case, variant)
        if found is None:
            raise ValueError("the case holds no project: profile, terms, timing, discount_rate")
        return found

    def run(variant: str = "") -> dict[str, Any]:
        if variant not in runs:
            runs[variant] = members_of(m.point(plan(variant)))
        return runs[variant]

    def sweep(variant: str, factors: list[Decimal]) -> dict[str, Any]:
        return dict(m.progressivity(plan(variant), factors))

    return {"run": run, "progressivity": sweep}


def members_of(point: m.Point) -> dict[str, Any]:
    """An exact run as plain members: indicators, yearly flows, and the conservation gap."""
    out: dict[str, Any] = dict(point.measures())
    for name in ("pre_irr", "inv_irr"):
        out[name] = one_of(out[name])
    return {
        **out,
        "before_tax": list(point.before_tax),
        "government": list(point.government),
        "investor": list(point.investor),
        "state": list(point.state),
        "lines": {k: list(v) for k, v in point.lines.items()},
        "worst_gap": point.worst_gap,
    }


def finding(worked: Worked, subject: str = "", head: Head = NO_BOOK, as_of: str = "") -> Finding:
    """What a plan comes to, as a finding: figures where every term is known, intervals where not.

    Unknown: verdict `cannot_be_told` while a term is unknown; a figure then has bounds alone.
    """
    plan = worked.plan
    if worked.point is not None:
        figures = tuple(_figures(plan, worked.point))
    else:
        figures = tuple(_bounds(plan, i) for i in worked.intervals)
    ways = (
        ("take, taxes and levies alone", worked.three.fiscal),
        ("take with free and carried shares", worked.three.with_free),
        ("take with every state share", worked.three.with_all),
    )
    if worked.point is not None:
        figures += tuple(
            Figure(n.replace(" ", "_").replace(",", ""), v, "fraction", "derived", label=n)
            for n, v in ways
        )
    missing = tuple(
        Missing(
            term_name(p),
            subject or plan.id,
            f"not stated; run from {plan.leaves[p].low} to {plan.leaves[p].high}",
        )
        for p in plan.unknown
    )
    reasons = [
        "government and investor add up to the cash flow before tax in every year of every run",
        *(_ranked(worked)),
    ]
    method = {i.method for i in worked.intervals}
    if "search" in method:
        reasons.append(
            "ends found by search: each is attained at stated terms, a wider end cannot be excluded"
        )
    elif "corners" in method:
        reasons.append(
            "ends are at corners of the ranges: the result moves one way along every tested line"
        )
    return Finding(
        "fiscal", VERSION, "Who gets what", subject or plan.id,
        "computed" if worked.point is not None else "cannot_be_told", head, as_of, figures,
        tuple(reasons), missing, _assumed(plan), plan.sources,
    )  # fmt: skip


def _figures(plan: Plan, point: m.Point) -> list[Figure]:
    units = {"take": "fraction", "aetr": "fraction", "irr": "fraction", "payback": "years"}
    out = []
    for name, value in point.measures().items():
        unit = next((u for part, u in units.items() if part in name), plan.money)
        if isinstance(value, tuple):
            label = (
                " or ".join(format(v, ".6f") for v in value)
                or "no rate of return: the flows do not change sign"
            )
            out.append(
                Figure(
                    name,
                    value[0] if len(value) == 1 else None,
                    unit,
                    "derived" if len(value) == 1 else "absent",
                    label=label,
                )
            )
        else:
            out.append(
                Figure(
                    name,
                    value if isinstance(value, Decimal) else None,
                    unit,
                    "derived" if value is not None else "absent",
                )
            )
    return out


def _bounds(plan: Plan, found: Interval) -> Figure:
    unit = "fraction" if found.measure in {TAKE, "aetr"} else plan.money
    return Figure(
        found.measure,
        None,
        unit,
        "missing",
        low=found.low,
        high=found.high,
        label=MEASURES[found.measure],
    )


def _ranked(worked: Worked) -> list[str]:
    take = next((i for i in worked.intervals if i.measure == TAKE), None)
    if take is None or not worked.questions:
        return []
    first = worked.questions[0]
    words = term_name(first.pointer)
    now, then = (f"{100 * w:.0f} points" for w in (take.width, first.widest))
    return [f"the answer that would narrow the take most: {words}, from {now} to at most {then}"]


def _assumed(plan: Plan) -> tuple[str, ...]:
    timing = {
        Decimal(0): "the first year undiscounted",
        Decimal("0.5"): "flows at the middle of a year",
        Decimal(1): "flows at the end of a year",
    }[plan.first_period]
    rate = plan.leaves[plan.discount_rate]
    shown = f"{rate.low}" if rate.known else f"{rate.low} to {rate.high}"
    return (
        f"discount rate {shown}, {timing}",
        "what is left after levies and tax is paid out in the year",
    )


def term_name(pointer: str) -> str:
    """A term's pointer in words: /terms/income_tax/rate is income tax, rate."""
    parts = [p for p in pointer.split("/")[1:] if p not in {"terms", "factors"}]
    return ", ".join(p.replace("_", " ") if not p.isdigit() else str(int(p) + 1) for p in parts)
