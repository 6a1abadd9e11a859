"""Provisional and final invoice of a lot: every step with its figures, exact to the last line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from orebook.engines.settle.clause_terms import UNITS
from orebook.engines.settle.exchange import exchange
from orebook.engines.settle.lots import Lot
from orebook.engines.settle.payable import HUNDRED, dry_tonnes, in_words, payable, schedule_at
from orebook.engines.settle.penalties import penalty_cost
from orebook.engines.settle.price import PER_T, Period, Quote, average, contradicting
from orebook.engines.settle.steps import Line, Sheet, short
from orebook.engines.settle.terms import (
    Charge,
    Metal,
    Participation,
    Pricing,
    Terms,
)
from orebook.model.substance import substance

VERSION = "settle/1"
_LARGEST = Decimal("1e24")  # beyond it an amount has more digits than are reckoned with


@dataclass(frozen=True, slots=True)
class Invoice:
    """A lot settled. `amount` is what the buyer owes now; negative: the seller refunds.

    `stage`: final, where every assay, weight and price is final; provisional, where one still
    stands in; untold, where the amount cannot be reckoned. `missing` says what is not there, and
    `refused` why the buyer may reject the lot.
    """

    lot: str
    stage: str
    lines: tuple[Line, ...]
    value: Decimal | None
    amount: Decimal | None
    money: str
    missing: tuple[str, ...]
    refused: tuple[str, ...]
    payers: tuple[tuple[str, str], ...]

    def line(self, name: str) -> Line | None:
        """The step of that name."""
        return next((x for x in self.lines if x.name == name), None)


def settle(terms: Terms, lot: Lot, as_of: dt.date | None = None) -> Invoice:
    """The invoice of one lot.

    Takes: `as_of`, the day it is reckoned on: a price whose period runs longer only stands in.
    Unknown: a weight, assay or price that is not there leaves the amount untold and is named; an
    assay that is not final stands in as provisional where the seller's or buyer's is there.
    """
    sheet = Sheet(as_of=as_of)
    dry = _dry(terms, lot, sheet)
    total: Decimal | None = Decimal(0)
    prices: dict[str, Decimal] = {}
    for metal in terms.metals:
        worth = _metal(terms, metal, lot, dry, sheet, prices)
        total = None if worth is None or total is None else total + worth
    for charge in (_treatment(terms, dry, lot, sheet, prices), _freight(terms, dry, lot, sheet)):
        total = None if total is None or charge is None else total - charge
    for penalty in terms.penalties:
        cost = penalty_cost(penalty, lot.of, dry, sheet, terms.money)
        total = None if total is None or cost is None else total - cost
    if total is not None and abs(total) >= _LARGEST:
        sheet.missing.append("the value: one below 10²⁴; check the units of price and charges")
        total = None
    if total is not None:
        sheet.add("value", total, terms.money, "metals less charges, penalties and freight")
    return _invoice(terms, lot, sheet, total)


def _invoice(terms: Terms, lot: Lot, sheet: Sheet, total: Decimal | None) -> Invoice:
    if total is None:
        return Invoice(
            lot.id, "untold", tuple(sheet.lines), None, None, terms.money, tuple(sheet.missing),
            tuple(sheet.refused), tuple(sheet.payers),
        )  # fmt: skip
    amount = total
    if sheet.standing_in:
        amount = sheet.add(
            "provisional payment", total * terms.provisional_percent / HUNDRED, terms.money,
            f"{terms.provisional_percent} % of the provisional value",
        )  # fmt: skip
    else:
        amount = _fee(terms, sheet, amount)
    if lot.paid is not None:
        sheet.add("paid before", -lot.paid, terms.money, "provisional payment received")
        amount -= lot.paid
    cent = Decimal(1).scaleb(-terms.decimals)
    due = amount.quantize(cent, ROUND_HALF_EVEN)
    who = "the buyer pays" if due >= 0 else "the seller refunds"
    sheet.add("due", due, terms.money, f"{who}; half a last digit goes to the even one")
    stage = "provisional" if sheet.standing_in else "final"
    return Invoice(
        lot.id, stage, tuple(sheet.lines), total, due, terms.money, tuple(sheet.missing),
        tuple(sheet.refused), tuple(sheet.payers),
    )  # fmt: skip


def _fee(terms: Terms, sheet: Sheet, amount: Decimal) -> Decimal:
    """The umpire's fee, which the buyer is taken to have laid out, on who bears it."""
    for name, payer in sheet.payers:
        if terms.umpire_fee is None:
            continue
        part = {"seller": Decimal(1), "both": Decimal("0.5"), "buyer": Decimal(0)}[payer]
        if part:
            cost = sheet.add(
                f"umpire, {name}", -terms.umpire_fee * part, terms.money,
                "half of it: borne by both" if payer == "both" else f"borne by the {payer}",
            )  # fmt: skip
            amount += cost
    return amount


def _dry(terms: Terms, lot: Lot, sheet: Sheet) -> Decimal | None:
    if lot.wet_t is None or lot.moisture_percent is None:
        sheet.missing.append("wet tonnes" if lot.wet_t is None else "moisture")
        return None
    dry = dry_tonnes(lot.wet_t, terms.franchise_percent, lot.moisture_percent)
    how = f"{lot.wet_t} wmt × (1 − {terms.franchise_percent} %) × (1 − {lot.moisture_percent} %)"
    return sheet.add("dry tonnes", dry, "dmt", how)


def _assay(metal: Metal, lot: Lot, sheet: Sheet) -> Decimal | None:
    """The assay to settle on: final by the clause, else one that stands in."""
    found = lot.of(metal.substance)
    wrong = [r for r in found.values() if r.unit != metal.unit]
    if wrong:
        sheet.missing.append(f"{metal.substance} in {metal.unit}, not in {wrong[0].unit}")
        return None
    values = {by: r.value for by, r in found.items()}
    if metal.clause is None:
        return _single(metal, values, sheet)
    clause = metal.clause
    out = exchange(values.get("seller"), values.get("buyer"), values.get("umpire"), clause)
    if out.payer is not None:
        sheet.payers.append((metal.substance, out.payer))
    if out.final is not None:
        return sheet.add(f"assay, {metal.substance}", out.final, metal.unit, out.how)
    sheet.missing.append(f"final assay of {metal.substance}: {out.how}")
    stand_in = values.get("seller", values.get("buyer"))
    if stand_in is None:
        return None
    sheet.standing_in = True
    side = "seller" if "seller" in values else "buyer"
    how = f"the {side}'s stands in: {out.how}"
    return sheet.add(f"assay, {metal.substance}", stand_in, metal.unit, how)


def _single(metal: Metal, values: Mapping[str, Decimal], sheet: Sheet) -> Decimal | None:
    if len(values) != 1:
        what = "no assay" if not values else "several assays and no exchange clause"
        sheet.missing.append(f"final assay of {metal.substance}: {what}")
        return None
    ((by, value),) = values.items()
    return sheet.add(
        f"assay, {metal.substance}", value, metal.unit, f"the {by}'s; no exchange agreed"
    )


def _metal(
    terms: Terms, metal: Metal, lot: Lot, dry: Decimal | None, sheet: Sheet,
    prices: dict[str, Decimal],
) -> Decimal | None:  # fmt: skip
    assay = _assay(metal, lot, sheet)
    name, factor = metal.substance, UNITS[metal.unit]
    if assay is not None:
        sheet.settled[name] = assay * factor
    if assay is None or dry is None:
        return None
    sheet.add(
        f"contained, {name}", dry * assay * factor, "t", f"{assay} {metal.unit} of dry tonnes"
    )
    schedule = schedule_at(assay, metal.steps)
    paid_assay, governs = payable(assay, schedule)
    how = f"{governs}: {in_words(schedule)}" if schedule is not None else governs
    sheet.add(f"payable assay, {name}", paid_assay, metal.unit, how)
    paid_t = sheet.add(
        f"payable, {name}",
        dry * paid_assay * factor,
        "t",
        f"{paid_assay} {metal.unit} of dry tonnes",
    )
    if metal.price is None:
        return Decimal(0)
    if metal.price.form == "around_base":
        return _around(terms, metal.price, assay, dry, name, sheet)
    price = _price(terms, metal.price, lot, name, sheet)
    if price is None:
        return None
    prices[name] = price
    per = metal.price.per
    weight = _priced_tonnes(metal.price, name, paid_t, sheet) / PER_T[per]
    worth = sheet.add(
        f"metal, {name}", weight * price, terms.money,
        f"{short(weight)} {per} payable at {short(price)} {terms.money} per {per}",
    )  # fmt: skip
    refining = metal.refining
    if refining is None:
        return worth
    shared = price / PER_T[per] * PER_T[refining.per]
    rate = refining.value * _rate(terms, refining.money)
    rate += _participation(refining.participation, shared)
    paid = paid_t / PER_T[refining.per]
    cost = sheet.add(
        f"refining charge, {name}", paid * rate, terms.money,
        f"{short(paid)} {refining.per} payable at {short(rate)} {terms.money}"
        f"{_turned(terms, refining.money)}",
    )  # fmt: skip
    return worth - cost


def _priced_tonnes(price: Pricing, name: str, paid_t: Decimal, sheet: Sheet) -> Decimal:
    """Payable tonnes as the compound that is priced, by exact factors."""
    if price.of == name:
        return paid_t
    here, there = substance(name), substance(price.of)
    metal = next(e for e in there.elements if e in here.elements and e != "O")
    factor = here.factor(metal) / there.factor(metal)
    return sheet.add(f"payable, {name} as {price.of}", paid_t * factor, "t", "by atomic weights")


def _around(
    terms: Terms, price: Pricing, assay: Decimal, dry: Decimal, name: str, sheet: Sheet
) -> Decimal:
    """A price per dry tonne around a base assay, moved for each unit above or below."""
    base = price.value or Decimal(0)
    units = assay - price.base_assay
    step = price.above if units >= 0 else price.below
    each = max(base + units * step, Decimal(0)) * _rate(terms, price.money)
    sign = "+" if units >= 0 else "−"
    how = f"{base} at an assay of {price.base_assay} {sign} {short(abs(units))} units × {step}"
    how += _turned(terms, price.money)
    sheet.add(f"price, {name}", each, f"{terms.money}/dmt", how)
    return sheet.add(f"metal, {name}", dry * each, terms.money, "dry tonnes at that price")


def _rate(terms: Terms, money: str) -> Decimal:
    return Decimal(1) if money == terms.money else (terms.rates or {})[money].value


def _turned(terms: Terms, money: str) -> str:
    """The exchange an amount went through, with its day and source; empty where there was none."""
    if money == terms.money:
        return ""
    rate = (terms.rates or {})[money]
    return f", × {rate.value} {terms.money} a {money} of {rate.day} ({rate.source})"


def _price(terms: Terms, price: Pricing, lot: Lot, name: str, sheet: Sheet) -> Decimal | None:
    rate, turned = _rate(terms, price.money), _turned(terms, price.money)
    unit = f"{terms.money}/{price.per}"
    if price.form == "fixed":
        return sheet.add(
            f"price, {name}", (price.value or Decimal(0)) * rate, unit, f"fixed{turned}"
        )
    quotes = (*(terms.quotes or {}).get(price.source, ()), *lot.quotes.get(price.source, ()))
    if (two := contradicting(quotes)) is not None:
        said = f"{two[0].value} and {two[1].value} of {two[0].day}"
        sheet.missing.append(f"price of {name}: two quotes of {price.source} differ, {said}")
        return None
    found = _mean(price, price.period, lot, quotes)
    if not isinstance(found, str):
        mean, how, last = found
        if sheet.as_of is not None and sheet.as_of <= last:
            sheet.standing_in = True
            sheet.missing.append(f"final price of {name}: its period runs to {last}")
            how = f"stands in: {how}"
        return sheet.add(f"price, {name}", mean * rate, unit, f"{how}{turned}")
    sheet.missing.append(f"price of {name}: {found}")
    stand_in = _mean(price, price.provisional, lot, quotes) if price.provisional else ""
    if isinstance(stand_in, str):
        return None
    sheet.standing_in = True
    mean, how, _ = stand_in
    return sheet.add(f"price, {name}", mean * rate, unit, f"stands in: {how}{turned}")


def _mean(
    price: Pricing, period: Period | None, lot: Lot, quotes: Sequence[Quote]
) -> tuple[Decimal, str, dt.date] | str:
    """The mean of a period with its account and last day; else what is missing, in words."""
    days = period.days(dict(lot.events)) if period is not None else None
    if days is None:
        return f"the day of {period.event if period is not None and period.event else 'period'}"
    found = average(quotes, days)
    if found is None:
        return f"no quote of {price.source} from {days[0]} to {days[1]}"
    count = "1 quote" if found[1] == 1 else f"{found[1]} quotes"
    return found[0], f"mean of {count} of {price.source}, {days[0]} to {days[1]}", days[1]


def _participation(shared: Participation | None, price: Decimal) -> Decimal:
    if shared is None:
        return Decimal(0)
    moved = shared.share * (price - shared.base)
    if shared.low is not None:
        moved = max(moved, shared.low)
    return moved if shared.high is None else min(moved, shared.high)


def _treatment(
    terms: Terms, dry: Decimal | None, lot: Lot, sheet: Sheet, prices: Mapping[str, Decimal]
) -> Decimal | None:
    charge = terms.treatment
    if charge is None:
        return Decimal(0)
    rate = charge.value * _rate(terms, charge.money)
    if charge.participation is not None:
        metal = charge.metal or terms.metals[0].substance
        if metal not in prices:
            sheet.missing.append(f"treatment charge: the price of {metal}")
            return None
        rate += _participation(charge.participation, prices[metal])
    return _by_tonne("treatment charge", charge, rate, dry, lot, sheet, terms)


def _freight(terms: Terms, dry: Decimal | None, lot: Lot, sheet: Sheet) -> Decimal | None:
    charge = terms.freight
    if charge is None:
        return Decimal(0)
    rate = charge.value * _rate(terms, charge.money)
    return _by_tonne("freight", charge, rate, dry, lot, sheet, terms)


def _by_tonne(
    name: str,
    charge: Charge,
    rate: Decimal,
    dry: Decimal | None,
    lot: Lot,
    sheet: Sheet,
    terms: Terms,
) -> Decimal | None:
    tonnes = dry if charge.per == "dmt" else lot.wet_t
    if tonnes is None:
        return None
    how = f"{short(tonnes)} {charge.per} at {short(rate)} {terms.money}"
    return sheet.add(name, tonnes * rate, terms.money, f"{how}{_turned(terms, charge.money)}")
