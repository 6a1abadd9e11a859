"""Terms of a sale as data, and their reader; every fault with its JSON pointer."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from orebook.engines.settle.clause_terms import UNITS, clause_of, formula_of
from orebook.engines.settle.exchange import Clause
from orebook.engines.settle.payable import FORMS, HUNDRED, ZERO, Schedule, Step
from orebook.engines.settle.penalty_terms import Penalty, penalty_of
from orebook.engines.settle.price import PER_T, Period, Quote
from orebook.model.members import Members
from orebook.model.problem import Problem
from orebook.model.substance import substance

FORMAT = "orebook-settlement/1"
_TOP = (
    "format", "id", "title", "seller", "buyer", "money", "franchise_percent", "metals",
    "treatment_charge", "penalties", "freight", "provisional_percent", "umpire_fee",
    "exchange_rates", "quotes",
    "decimals", "notes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pricing:
    """A price: fixed, or the mean of a source's quotes over its period; or around a base assay.

    `per` t, kg, g, lb, oz of `of`; for `around_base`, money per dry tonne at `base_assay`, moved by
    `above` or `below` for each unit of assay. `provisional` is the period whose mean stands in
    while the own one has no quote.
    """

    form: str
    money: str
    of: str = ""
    per: str = "t"
    value: Decimal | None = None
    source: str = ""
    period: Period | None = None
    base_assay: Decimal = ZERO
    above: Decimal = ZERO
    below: Decimal = ZERO
    provisional: Period | None = None


@dataclass(frozen=True, slots=True)
class Participation:
    """Price participation: a share of what the price exceeds `base`, between `low` and `high`.

    `base` is in the unit of a refining charge (a pound, an ounce), for a treatment charge in the
    unit of the price.
    """

    base: Decimal
    share: Decimal
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """Money per dry or wet tonne (dmt, wmt), or per unit of weight of payable metal."""

    value: Decimal
    per: str
    money: str
    participation: Participation | None = None
    metal: str = ""


@dataclass(frozen=True, slots=True)
class Metal:
    """A paid substance: its schedule, price, refining charge and exchange clause."""

    substance: str
    unit: str
    steps: tuple[Step, ...]
    price: Pricing | None = None
    refining: Charge | None = None
    clause: Clause | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of the invoice's money for one of another, on a day, by a source."""

    value: Decimal
    day: str
    source: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one sale."""

    id: str
    money: str
    franchise_percent: Decimal
    metals: tuple[Metal, ...]
    treatment: Charge | None = None
    penalties: tuple[Penalty, ...] = ()
    freight: Charge | None = None
    provisional_percent: Decimal = HUNDRED
    umpire_fee: Decimal | None = None
    rates: Mapping[str, Rate] | None = None
    quotes: Mapping[str, tuple[Quote, ...]] | None = None
    decimals: int = 2
    seller: str = ""
    buyer: str = ""


def read_terms(value: object) -> tuple[Terms | None, tuple[Problem, ...]]:
    """Terms from a decoded document, or its faults by JSON pointer; never both."""
    reading = _Reading(Members())
    terms = reading.terms(value)
    problems = tuple(reading.m.problems)
    return (None if problems else terms), problems


class _Reading:
    """One document of terms being read."""

    def __init__(self, members: Members) -> None:
        self.m = members
        self._money = ""

    def terms(self, value: object) -> Terms:
        m = self.m
        top = m.members(value, "", _TOP, ("format", "money", "metals"))
        m.text(top.get("format"), "/format", (FORMAT,))
        self._money = self._currency(top.get("money"), "/money")
        franchise = self._given(top, "franchise_percent", "", ZERO, HUNDRED) or ZERO
        rates = self._rates(top.get("exchange_rates"))
        metals = [
            self._metal(x, f"/metals/{i}")
            for i, x in enumerate(m.items(top.get("metals"), "/metals"))
        ]
        self._each_once(top, metals)
        penalties = [
            penalty_of(m, x, f"/penalties/{i}")
            for i, x in enumerate(m.items(top.get("penalties", []), "/penalties"))
        ]
        treatment = self._charge(top.get("treatment_charge"), "/treatment_charge", ("dmt", "wmt"))
        freight = self._charge(top.get("freight"), "/freight", ("dmt", "wmt"))
        percent = self._given(top, "provisional_percent", "", ZERO, HUNDRED)
        fee = self._given(top, "umpire_fee", "", ZERO, None)
        decimals = m.whole(top.get("decimals", 2), "/decimals", 0, 6)
        self._known_metals(treatment, tuple(metals))
        self._rated(tuple(metals), {"treatment_charge": treatment, "freight": freight}, rates)
        return Terms(
            str(top.get("id", "")), self._money, franchise, tuple(metals), treatment,
            tuple(penalties), freight, HUNDRED if percent is None else percent, fee, rates,
            quotes_of(m, top.get("quotes"), "/quotes"), decimals,
            *(m.text(top[n], f"/{n}") if n in top else "" for n in ("seller", "buyer")),
        )  # fmt: skip

    def _each_once(self, top: Mapping[str, object], metals: list[Metal]) -> None:
        """Refuses a sale of nothing, and a metal that would be paid twice."""
        if isinstance(top.get("metals"), list) and not metals:
            self.m.wrong("missing", "/metals", "at least one metal", None)
        for i, metal in enumerate(metals):
            if metal.substance in {other.substance for other in metals[:i]}:
                place, step = f"/metals/{i}/substance", "Leave one of them out."
                self.m.wrong("twice", place, "each metal once", metal.substance, step)

    def _currency(self, value: object, here: str) -> str:
        text = self.m.text(value, here)
        if text and not re.fullmatch(r"[A-Z]{3}", text):
            step = "Write the code of ISO 4217."
            self.m.wrong("bad-currency", here, "a currency such as USD", value, step)
        return text

    def _given(
        self,
        parts: Mapping[str, object],
        name: str,
        here: str,
        low: Decimal | None,
        high: Decimal | None,
    ) -> Decimal | None:
        return self.m.number(parts[name], f"{here}/{name}", low, high) if name in parts else None

    def _known_metals(self, charge: Charge | None, metals: tuple[Metal, ...]) -> None:
        if (
            charge is not None
            and charge.metal
            and charge.metal not in {x.substance for x in metals}
        ):
            place = "/treatment_charge/participation/metal"
            self.m.wrong("unknown-metal", place, "a metal of these terms", charge.metal)

    def _rated(
        self, metals: tuple[Metal, ...], charges: Mapping[str, Charge | None],
        rates: Mapping[str, Rate],
    ) -> None:  # fmt: skip
        """Refuses money that no exchange rate turns into that of the invoice."""
        stated: list[tuple[str, Pricing | Charge | None]] = [*charges.items()]
        for i, metal in enumerate(metals):
            stated.append((f"metals/{i}/price", metal.price))
            stated.append((f"metals/{i}/refining_charge", metal.refining))
        for place, one in stated:
            if one is not None and one.money != self._money and one.money not in rates:
                step = f'Give "exchange_rates": {{"{one.money}": {{"rate": …, "source": …}}}}.'
                self.m.wrong("currency-mix", f"/{place}/money", self._money, one.money, step)

    def _rates(self, value: object) -> dict[str, Rate]:
        """Currency → units of the invoice's money for one of it."""
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.m.wrong("wrong-type", "/exchange_rates", "an object by currency", value)
            return {}
        out = {}
        for money, stated in value.items():
            here = f"/exchange_rates/{money}"
            parts = self.m.members(
                stated, here, ("rate", "date", "source"), ("rate", "date", "source")
            )
            rate = self.m.number(parts.get("rate"), f"{here}/rate", Decimal("1e-12"))
            at = day(self.m, parts.get("date"), f"{here}/date")
            source = self.m.text(parts.get("source"), f"{here}/source")
            out[str(money)] = Rate(rate, at.isoformat() if at is not None else "", source)
        return out

    def _metal(self, value: object, here: str) -> Metal:
        m = self.m
        allowed = ("substance", "unit", "payable", "price", "refining_charge", "exchange")
        parts = m.members(value, here, allowed, ("substance", "unit", "payable"))
        formula = formula_of(m, parts.get("substance"), f"{here}/substance")
        unit = m.text(parts.get("unit"), f"{here}/unit", tuple(UNITS))
        most = None if unit != "%" else HUNDRED
        steps = self._payable(parts.get("payable"), f"{here}/payable", most)
        price = self._price(parts["price"], f"{here}/price", formula) if "price" in parts else None
        refining = self._charge(
            parts.get("refining_charge"), f"{here}/refining_charge", tuple(PER_T)
        )
        clause = (
            clause_of(m, parts["exchange"], f"{here}/exchange") if "exchange" in parts else None
        )
        return Metal(formula, unit, steps, price, refining, clause)

    def _payable(self, value: object, here: str, most: Decimal | None) -> tuple[Step, ...]:
        if isinstance(value, list):
            out: list[Step] = []
            for i, one in enumerate(value):
                start = one.get("from") if isinstance(one, Mapping) else None
                at = self.m.number(start, f"{here}/{i}/from", ZERO, most)
                if out and at <= out[-1].start:
                    self.m.wrong(
                        "steps-disordered", f"{here}/{i}/from", f"more than {out[-1].start}", at
                    )
                out.append(Step(at, self._schedule(one, f"{here}/{i}", ("from",))))
            if not out:
                self.m.wrong("missing", here, "at least one step", None)
            return tuple(out)
        return (Step(ZERO, self._schedule(value, here, ())),)

    def _schedule(self, value: object, here: str, more: tuple[str, ...]) -> Schedule:
        allowed = ("form", "percent", "deduction", "threshold", *more)
        parts = self.m.members(value, here, allowed, ("form",))
        form = self.m.text(parts.get("form"), f"{here}/form", FORMS)
        needs = {
            "lesser_of": ("percent", "deduction"),
            "percent": ("percent",),
            "deduct": ("deduction",),
        }
        for name in needs.get(form, ("percent", "deduction")):
            if name not in parts:
                self.m.wrong("missing", f"{here}/{name}", "a number", None)
        percent = self._given(parts, "percent", here, ZERO, HUNDRED)
        deduction = self._given(parts, "deduction", here, ZERO, None) or ZERO
        threshold = self._given(parts, "threshold", here, ZERO, None) or ZERO
        return Schedule(form, HUNDRED if percent is None else percent, deduction, threshold)

    def _price(self, value: object, here: str, formula: str) -> Pricing:
        m = self.m
        allowed = (
            "form", "money", "of", "per", "value", "source", "period", "provisional_period",
            "base_assay", "above", "below",
        )  # fmt: skip
        parts = m.members(value, here, allowed, ("form", "money"))
        form = m.text(parts.get("form"), f"{here}/form", ("fixed", "quoted", "around_base"))
        money = self._currency(parts.get("money"), f"{here}/money")
        of = formula_of(m, parts.get("of", formula), f"{here}/of")
        if not m.problems and not _metals(of) & _metals(formula):
            m.wrong("basis-mismatch", f"{here}/of", f"{formula} or a compound of it", of)
        per = m.text(parts.get("per", "t"), f"{here}/per", tuple(PER_T))
        fixed = self._given(parts, "value", here, ZERO, None)
        if form != "quoted" and fixed is None:
            m.wrong("missing", f"{here}/value", "a price", None)
        source, period, before = "", None, None
        if form == "quoted":
            source = m.text(parts.get("source"), f"{here}/source")
            period = self._period(parts.get("period"), f"{here}/period")
            if "provisional_period" in parts:
                before = self._period(parts["provisional_period"], f"{here}/provisional_period")
        numbers = {
            n: self._given(parts, n, here, ZERO, None) or ZERO
            for n in ("base_assay", "above", "below")
        }
        if form == "around_base":
            for name in ("base_assay", "above", "below"):
                if name not in parts:
                    m.wrong("missing", f"{here}/{name}", "a number", None)
        return Pricing(form, money, of, per, fixed, source, period, **numbers, provisional=before)

    def _period(self, value: object, here: str) -> Period:
        parts = self.m.members(value, here, ("from", "to", "event", "months_after"))
        if "event" in parts:
            event = self.m.text(parts["event"], f"{here}/event")
            return Period(
                None,
                None,
                event,
                self.m.whole(parts.get("months_after", 0), f"{here}/months_after", -12, 36),
            )
        start, end = (
            day(self.m, parts.get("from"), f"{here}/from"),
            day(self.m, parts.get("to"), f"{here}/to"),
        )
        if start is not None and end is not None and start > end:
            step = "Put the first day into from and the last into to."
            self.m.wrong("interval-backwards", here, "from not after to", f"{start} to {end}", step)
        return Period(start, end)

    def _charge(self, value: object, here: str, per: tuple[str, ...]) -> Charge | None:
        if value is None:
            return None
        m = self.m
        parts = m.members(value, here, ("value", "per", "money", "participation"), ("value", "per"))
        money = self._currency(parts.get("money", self._money), f"{here}/money")
        amount = m.number(parts.get("value"), f"{here}/value")
        word = m.text(parts.get("per"), f"{here}/per", per)
        shared, metal = None, ""
        if "participation" in parts:
            lower = f"{here}/participation"
            names = ("base", "share", "low", "high", "metal")
            part = m.members(parts["participation"], lower, names, ("base", "share"))
            metal = str(part.get("metal", ""))
            shared = Participation(
                m.number(part.get("base"), f"{lower}/base", ZERO),
                m.number(part.get("share"), f"{lower}/share", Decimal(-1), Decimal(1)),
                self._given(part, "low", lower, None, None),
                self._given(part, "high", lower, None, None),
            )
        return Charge(amount, word, money, shared, metal)


def _metals(formula: str) -> set[str]:
    return set(substance(formula).elements) - {"O"} or {formula}


def day(m: Members, value: object, here: str) -> dt.date | None:
    """A day as YYYY-MM-DD; None (and a fault) where it is none."""
    try:
        return dt.date.fromisoformat(str(value))
    except ValueError:
        m.wrong("bad-date", here, "a day such as 2026-03-31", value)
        return None


def quotes_of(m: Members, value: object, here: str) -> dict[str, tuple[Quote, ...]]:
    """Quotes by source: a list of date and value each."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        m.wrong("wrong-type", here, "an object: source to its quotes", value)
        return {}
    out = {}
    for source, listed in value.items():
        place = f"{here}/{source}"
        found: list[Quote] = []
        for i, one in enumerate(m.items(listed, place)):
            parts = m.members(one, f"{place}/{i}", ("date", "value"), ("date", "value"))
            at = day(m, parts.get("date"), f"{place}/{i}/date")
            paid = m.number(parts.get("value"), f"{place}/{i}/value", ZERO)
            if at is not None and at in {q.day for q in found}:
                m.wrong("twice", f"{place}/{i}/date", "one quote a day", at.isoformat())
            elif at is not None:
                found.append(Quote(at, paid))
        out[str(source)] = tuple(found)
    return out
