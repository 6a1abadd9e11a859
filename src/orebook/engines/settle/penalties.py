"""Penalties: on one substance, on a sum of several, on the ratio of two; every step listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from orebook.engines.settle.clause_terms import UNITS
from orebook.engines.settle.exchange import Reading, exchange
from orebook.engines.settle.payable import ZERO
from orebook.engines.settle.penalty_terms import Penalty
from orebook.engines.settle.steps import Sheet, short


def penalty_cost(
    penalty: Penalty,
    readings: Callable[[str], Mapping[str, Reading]],
    dry: Decimal | None,
    sheet: Sheet,
    money: str,
) -> Decimal | None:
    """Money for what lies beyond a limit.

    Takes: `readings(substance)`, its assays by side.
    Unknown: None, with what is missing named, where a substance of it was not assayed, its assays
    differ and no exchange is agreed, or what a ratio is taken to is zero.
    """
    assays = {name: _assay(name, penalty, readings(name), sheet) for name in penalty.substances}
    known = {name: value for name, value in assays.items() if value is not None}
    if len(known) < len(assays):
        return None
    figure = _figure(penalty, known, sheet)
    if figure is None or dry is None:
        return None
    unit = "" if penalty.to else f" {penalty.unit}"
    side = "below" if penalty.below else "above"
    beyond = penalty.start - figure if penalty.below else figure - penalty.start
    if penalty.reject is not None and (
        figure < penalty.reject if penalty.below else figure > penalty.reject
    ):
        shown = figure if len(penalty.substances) == 1 else short(figure)
        limit = f"{penalty.reject}{unit}"
        sheet.refused.append(f"{penalty.name} {shown}{unit} is {side} the limit of {limit}")
    steps = max(beyond, ZERO) / penalty.every
    steps = steps.to_integral_value("ROUND_FLOOR") if penalty.whole else steps
    count = "1 step" if steps == 1 else f"{short(steps)} steps"
    how = f"{count} of {penalty.every}{unit} {side} {penalty.start}"
    how += f", {penalty.charge} {money} per dmt each"
    return sheet.add(f"penalty, {penalty.name}", dry * steps * penalty.charge, money, how)


def _figure(penalty: Penalty, known: Mapping[str, Decimal], sheet: Sheet) -> Decimal | None:
    """The figure that is penalised: the assay itself, or a sum or ratio as a step of its own."""
    over = sum((known[name] * times for name, times in penalty.of), ZERO)
    told = _told(penalty.of, known)
    if not penalty.to:
        if len(penalty.of) > 1 or penalty.of[0][1] != 1:
            sheet.add(f"sum, {penalty.name}", over, penalty.unit, told)
        return over
    under = sum((known[name] * times for name, times in penalty.to), ZERO)
    if not under:
        what = " + ".join(name for name, _ in penalty.to)
        sheet.missing.append(f"penalty for {penalty.name}: no ratio to {what} of zero")
        return None
    how = f"({told}) / ({_told(penalty.to, known)})"
    return sheet.add(f"ratio, {penalty.name}", over / under, "", how)


def _told(parts: tuple[tuple[str, Decimal], ...], known: Mapping[str, Decimal]) -> str:
    return " + ".join(
        f"{known[name].normalize():f} {name}" + ("" if times == 1 else f" × {times}")
        for name, times in parts
    )


def _assay(
    name: str, penalty: Penalty, found: Mapping[str, Reading], sheet: Sheet
) -> Decimal | None:
    """The assay of one substance in the penalty's unit, or None with what is missing named."""
    if penalty.clause is None and name in sheet.settled:
        return sheet.settled[name] / UNITS[penalty.unit]  # a paid metal: as it is settled
    if penalty.clause is None:
        reading = _single(found)
        value = None
        if reading is not None:
            value = reading.value * UNITS[reading.unit] / UNITS[penalty.unit]
    else:
        value = _final(name, penalty, found, sheet)
    if value is None:
        what = "assays differ and no exchange is agreed for it"
        if not found or penalty.clause is not None:
            what = "no assay that its exchange needs" if found else "no assay"
        of = penalty.name if penalty.name == name else f"{penalty.name}, {name}"
        sheet.missing.append(f"penalty for {of}: {what}")
    return value


def _final(
    name: str, penalty: Penalty, found: Mapping[str, Reading], sheet: Sheet
) -> Decimal | None:
    """The reading the penalty's own exchange makes final; until then the seller's stands in."""
    assert penalty.clause is not None
    unit = penalty.unit
    values = {by: r.value * UNITS[r.unit] / UNITS[unit] for by, r in found.items()}
    out = exchange(values.get("seller"), values.get("buyer"), values.get("umpire"), penalty.clause)
    if out.payer is not None and name not in dict(sheet.payers):
        sheet.payers.append((name, out.payer))  # who analysed it once is paid once
    value, how = out.final, out.how
    if value is None:
        value = values.get("seller", values.get("buyer"))
        if value is None:
            return None
        sheet.standing_in = True
        sheet.missing.append(f"final assay of {name}: {out.how}")
        how = f"the {'seller' if 'seller' in values else 'buyer'}'s stands in: {out.how}"
    return sheet.add(f"assay, {name}", value, unit, how)


def _single(found: Mapping[str, Reading]) -> Reading | None:
    """The umpire's reading; else the mean is not taken: both sides alike, or the only one."""
    if "umpire" in found:
        return found["umpire"]
    values = {r.value * UNITS[r.unit] for r in found.values()}
    return next(iter(found.values())) if len(values) == 1 else None
