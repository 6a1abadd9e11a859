"""A case run in words and as JSON: who gets what, what is backed, which check is met."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from orebook.acts.case import Check
from orebook.acts.case_run import FiscalAnswer as Fiscal
from orebook.acts.case_run import LadderAnswer as Rungs
from orebook.acts.fiscal import MEASURES, Worked, members_of, term_name
from orebook.acts.ladder import members_of as ladder_members
from orebook.engines.fiscal.intervals import Interval
from orebook.engines.fiscal.simulate import Spread
from orebook.show.findings import finding_lines, wrapped
from orebook.show.numbers import between_text, number, percent
from orebook.show.sentences import verdict_text

# A figure of more digits is written as a power of ten.
_LONGEST = 15
OUTCOMES = {"met": "met", "not met": "NOT MET", "untold": "cannot be told"}


def plain(value: Any) -> Any:
    """A value as JSON: decimals as text without an exponent, nothing rounded."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def check_json(check: Check) -> dict[str, Any]:
    """One check: id, computed, expected, tolerance, outcome, and why where it is not met."""
    return {
        "id": check.id,
        "type": check.type,
        "ask": check.ask,
        "computed": plain(check.computed),
        "expected": plain(check.expected),
        "tolerance": plain(check.tolerance),
        "outcome": check.outcome,
        "why": check.why,
    }


def fiscal_json(answer: Fiscal) -> dict[str, Any]:
    """A fiscal case as plain members; what the case does not hold is null or empty."""
    out = _case_json(answer.case.members, answer.checks)
    return {
        **out,
        "project": _worked_json(answer.worked) if answer.worked is not None else None,
        "finding": answer.finding.as_json() if answer.finding is not None else None,
    }


def _case_json(members: Mapping[str, Any], checks: Sequence[Check]) -> dict[str, Any]:
    return {
        "case": members.get("id", ""),
        "title": members.get("title", ""),
        "checks": [check_json(c) for c in checks],
    }


def _worked_json(worked: Worked) -> dict[str, Any]:
    plan, three = worked.plan, worked.three
    return {
        "money": plan.money,
        "years": plan.years,
        "unknown": list(plan.unknown),
        "point": plain(members_of(worked.point)) if worked.point is not None else None,
        "at_middle_of_ranges": plain(members_of(worked.middle)),
        "intervals": [_interval_json(i) for i in worked.intervals],
        "questions": [
            {
                "term": q.pointer,
                "width_after_at_most": plain(q.widest),
                "width_after_at_least": plain(q.narrowest),
            }
            for q in worked.questions
        ],
        "tornado": [
            {
                "factor": s.pointer,
                "low": plain(s.low),
                "high": plain(s.high),
                "inv_npv_at_low": plain(s.at_low),
                "inv_npv_at_high": plain(s.at_high),
            }
            for s in worked.swings
        ],
        "simulation": [
            _spread_json(s) for s in worked.spreads
        ],
        "equity_three_ways": {
            "fiscal_only": plain(three.fiscal),
            "with_free_and_carried": plain(three.with_free),
            "with_all_equity": plain(three.with_all),
            "who_paid": {
                "capital": plain(three.capital),
                "state": plain(three.paid_by_state),
                "investor": plain(three.paid_by_investor),
                "of_it_carried_for_the_state": plain(three.carried_by_investor),
            },
        },
        "break_even_price_factors": plain(worked.break_even),
        "break_even_prices": plain(prices_of(worked)),
        "metr": plain(worked.metr),
        "progressivity": plain(worked.progressivity),
        "government_plus_investor_misses_by": plain(worked.middle.worst_gap),
    }  # fmt: skip


def _spread_json(spread: Spread) -> dict[str, Any]:
    return {
        "measure": spread.measure,
        "draws": spread.draws,
        "seed": spread.seed,
        "not_told": spread.lost,
        "below_zero": plain(spread.below_zero),
        "quantiles": [
            {"percent": p, "low": plain(a), "high": plain(b)} for p, a, b in spread.quantiles
        ],
    }


def prices_of(worked: Worked) -> list[Decimal]:
    """The break-even prices, where the profile has one base price."""
    if worked.price is None:
        return []
    return [worked.price * Decimal(repr(f)) for f in worked.break_even]


def _interval_json(found: Interval) -> dict[str, Any]:
    return {
        "measure": found.measure,
        "low": plain(found.low),
        "high": plain(found.high),
        "low_at": plain(found.low_at),
        "high_at": plain(found.high_at),
        "method": found.method,
        "runs": found.runs,
    }


def ladder_json(answer: Rungs) -> dict[str, Any]:
    """A ladder case as plain members."""
    out = _case_json(answer.case.members, answer.checks)
    rungs = plain(ladder_members(answer.ladder)) if answer.ladder is not None else None
    found = answer.finding.as_json() if answer.finding is not None else None
    return {**out, "ladder": rungs, "finding": found}


def check_lines(checks: Sequence[Check]) -> Iterator[str]:
    """The checks of a case for a terminal; what is not met first in words, never in colour."""
    if not checks:
        return
    met = sum(c.outcome == "met" for c in checks)
    yield f"checks: {number(met)} of {number(len(checks))} met"
    for one in checks:
        found, wanted = _short(one.computed), _short(one.expected)
        line = f"{OUTCOMES[one.outcome]}: {one.id}: computed {found}, expected {wanted}"
        tail = f", tolerance {one.tolerance}" if one.tolerance else ""
        yield from wrapped(f"{line}{tail}{f'; {one.why}' if one.why else ''}", "  ")


def _short(value: Any) -> str:
    if isinstance(value, Decimal):
        return number(value, sig=8) if value.adjusted() <= _LONGEST else f"{value:.6e}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_short(v) for v in value)}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{k}: {_short(v)}' for k, v in value.items())}}}"
    return str(value)


def fiscal_lines(answer: Fiscal) -> Iterator[str]:
    """A fiscal case for a terminal."""
    yield str(answer.case.members.get("title") or answer.case.name)
    if answer.worked is not None and answer.finding is not None:
        yield from _worked_lines(answer.worked)
        yield from (f"  assumed: {a}" for a in answer.finding.assumptions)
    yield from check_lines(answer.checks)


def _worked_lines(worked: Worked) -> Iterator[str]:
    plan = worked.plan
    if worked.point is not None:
        point = worked.point
        for name, title in MEASURES.items():
            yield f"  {title}: {_measure(name, point.measures()[name], plan.money)}"
        for title, rates in (
            ("rate of return before tax", "pre_irr"),
            ("investor's rate of return", "inv_irr"),
        ):
            found = point.measures()[rates]
            roots = found if isinstance(found, tuple) else ()
            shown = " or ".join(percent(r, digits=2) for r in roots)
            yield f"  {title}: {shown or 'none: the flows do not change sign'}"
    else:
        yield "  Who gets what cannot be told as a point: terms are unknown."
        for one in worked.intervals:
            title = MEASURES[one.measure]
            yield f"  {title}: {_between(one, plan.money)} ({one.method})"
        for place, q in enumerate(worked.questions, 1):
            then = percent(q.widest, digits=1)
            words = f"question {place}: {term_name(q.pointer)}"
            yield from wrapped(f"{words}; the take would then span at most {then}", "  ")
    yield from _ways_lines(worked)
    factors = ", ".join(number(Decimal(repr(f)), sig=4) for f in worked.break_even)
    at = f"at {factors} times the price" if factors else "at no price from 0.01 to 10 times"
    yield f"  break-even: {at}"
    for swing in worked.swings[:5]:
        moved = _money(swing.width, plan.money)
        words = f"what matters: {term_name(swing.pointer)} moves the investor's present value"
        yield f"  {words} by {moved}"
    for spread in worked.spreads:
        ends = "; ".join(
            f"P{p} {_quantile(spread.measure, a, b, plan.money)}" for p, a, b in spread.quantiles
        )
        title = f"{MEASURES[spread.measure]} over {number(spread.draws)} draws"
        yield from wrapped(f"{title}: {ends}", "  ")


def _ways_lines(worked: Worked) -> Iterator[str]:
    three, money = worked.three, worked.plan.money
    where = "" if worked.point is not None else ", at the middle of the ranges"
    ways = (
        ("taxes alone", three.fiscal),
        ("with free and carried shares", three.with_free),
        ("with every state share", three.with_all),
    )
    shown = "; ".join(f"{words} {_share(value)}" for words, value in ways)
    yield from wrapped(f"equity three ways{where}: {shown}", "  ")
    paid = (
        ("state", three.paid_by_state),
        ("investor", three.paid_by_investor),
        ("of it carried for the state", three.carried_by_investor),
    )
    yield from wrapped("who paid: " + ", ".join(f"{w} {_money(v, money)}" for w, v in paid), "  ")


def _quantile(measure: str, low: Decimal, high: Decimal, money: str) -> str:
    a, b = _measure(measure, low, money), _measure(measure, high, money)
    return a if a == b else f"{a} to {b}"


def _measure(name: str, value: object, money: str) -> str:
    if not isinstance(value, Decimal):
        return "cannot be told"
    return (
        percent(value, digits=1)
        if name in {"gov_take_undiscounted", "aetr"}
        else _money(value, money)
    )


def _between(found: Interval, money: str) -> str:
    if found.measure in {"gov_take_undiscounted", "aetr"}:
        return between_text(found.low * 100, found.high * 100, "%", unknown="not known", digits=1)
    return f"{_money(found.low, money)} to {_money(found.high, money)}"


def _share(value: Decimal | None) -> str:
    return "cannot be told" if value is None else percent(value, digits=1)


def _money(value: Decimal, money: str) -> str:
    return f"{number(value, sig=5)}\u00a0{money}"


def ladder_lines(answer: Rungs) -> Iterator[str]:
    """A ladder case for a terminal."""
    if answer.ladder is not None and answer.finding is not None:
        yield f"verdict: {verdict_text(answer.finding.verdict)}"
        yield from finding_lines(answer.finding)
    yield from check_lines(answer.checks)
