"""The reader of a ladder case: headline, deposits, project; every fault with its JSON pointer."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from orebook.engines.ladder.classes import CRIRSCO, backing
from orebook.engines.ladder.ladder import Deposit, Product, Project
from orebook.engines.ladder.span import NOTHING, ONE, Span
from orebook.model.members import Members
from orebook.model.substance import UnknownSubstance, substance

# International avoirdupois pound and troy ounce, exact.
POUND_T = Decimal("0.00045359237")
TROY_OUNCE_T = Decimal("0.0000311034768")
PER = {
    "t": Decimal(1),
    "kg": Decimal("0.001"),
    "lb": POUND_T,
    "oz": TROY_OUNCE_T,
    "g": Decimal("0.000001"),
}
GRADE = {
    "fraction": Decimal(1),
    "%": Decimal("0.01"),
    "g/t": Decimal("0.000001"),
    "ppm": Decimal("0.000001"),
}
_PROJECT = (
    "operating_cost_per_t", "capital", "capital_bias", "probability", "years_to_production",
    "life_years", "discount_rate", "split",
)  # fmt: skip


class Reading:
    """A ladder being read; faults gather in `members`."""

    def __init__(self) -> None:
        self.members = Members()
        self._money = ""

    def ladder(self, value: object) -> tuple[Decimal | None, str, tuple[Deposit, ...], Project]:
        """Headline, money, deposits and project of the `ladder` member."""
        parts = self.members.members(
            value, "/ladder", ("headline", "money", "deposits", "project"), ("money",)
        )
        self._money = str(parts.get("money", ""))
        headline = None
        if "headline" in parts:
            lower = self.members.members(
                parts["headline"],
                "/ladder/headline",
                ("value", "money", "meaning", "source"),
                ("value",),
            )
            self._same(lower.get("money"), "/ladder/headline/money")
            headline = self.members.number(
                lower.get("value"), "/ladder/headline/value", Decimal(0), None
            )
        given = parts.get("deposits", [])
        items = given if isinstance(given, list) else []
        if not isinstance(given, list):
            self.members.wrong("wrong-type", "/ladder/deposits", "a list", given)
        deposits = [self._deposit(d, f"/ladder/deposits/{i}") for i, d in enumerate(items)]
        project = self._project(parts.get("project", {}))
        return headline, self._money, tuple(d for d in deposits if d is not None), project

    def _same(self, money: object, place: str) -> None:
        if money is not None and money != self._money:
            step = "Convert every amount to one currency first; no rate is guessed."
            self.members.wrong(
                "currency-mix", place, self._money or "the money of the ladder", money, step
            )

    def span(self, value: object, place: str, low: Decimal, high: Decimal | None) -> Span:
        """A number, or low and high."""
        if not isinstance(value, Mapping):
            one = self.members.number(value, place, low, high)
            return Span(one, one)
        parts = self.members.members(value, place, ("low", "high"), ("low", "high"))
        least = self.members.number(parts.get("low"), f"{place}/low", low, high)
        most = self.members.number(parts.get("high"), f"{place}/high", low, high)
        if least > most:
            step = "Put the lower bound into low and the upper into high."
            self.members.wrong(
                "interval-backwards", place, "low at most high", f"{least} to {most}", step
            )
        return Span(least, most)

    def _deposit(self, value: object, here: str) -> Deposit | None:
        """A deposit; one that lacks tonnage, grade or class is a fault, never a guess."""
        before = len(self.members.problems)
        allowed = ("name", "tonnes", "class", "products", "source")
        parts = self.members.members(value, here, allowed, ("name", "tonnes", "class", "products"))
        tonnes = self.span(parts.get("tonnes"), f"{here}/tonnes", Decimal(0), None)
        named = self.members.members(
            parts.get("class", {}), f"{here}/class", ("scheme", "word"), ("scheme", "word")
        )
        scheme, word = str(named.get("scheme", "")), str(named.get("word", ""))
        backed = backing(scheme, word)
        if backed is None and "scheme" in named and "word" in named:
            expected = f"scheme CRIRSCO ({', '.join(CRIRSCO)}) or UNFC (such as E1F1G1)"
            self.members.wrong("unknown-class", f"{here}/class", expected, f"{scheme} {word}")
        given = parts.get("products", [])
        if not isinstance(given, list) or not given:
            self.members.wrong(
                "missing", f"{here}/products", "at least one product with a grade", None
            )
            given = []
        products = [self._product(p, f"{here}/products/{i}") for i, p in enumerate(given)]
        if len(self.members.problems) > before or backed is None:
            return None
        name, source = str(parts.get("name", "")), str(parts.get("source", ""))
        return Deposit(name, tonnes, scheme, word, backed, tuple(products), source)

    def _product(self, value: object, here: str) -> Product:
        allowed = (
            "substance",
            "grade",
            "price",
            "mining_recovery",
            "plant_recovery",
            "payable",
            "charges_per_t",
        )
        parts = self.members.members(value, here, allowed, ("substance", "grade", "price"))
        formula = str(parts.get("substance", ""))
        try:
            substance(formula)
        except UnknownSubstance:
            self.members.wrong(
                "unknown-substance", f"{here}/substance", "an element or formula", formula
            )
        grade = self._measured(parts.get("grade"), f"{here}/grade", "unit", GRADE)
        if grade.high > 1:
            self.members.wrong(
                "out-of-bounds", f"{here}/grade", "a grade of at most 100 %", grade.high
            )
        price = parts.get("price")
        lower = self.members.members(
            price,
            f"{here}/price",
            ("value", "per", "of", "money", "period", "source"),
            ("value", "per", "of"),
        )
        self._same(lower.get("money"), f"{here}/price/money")
        if "of" in lower and lower["of"] != formula:
            step = "Price and grade share one compound: convert one of them first."
            self.members.wrong("basis-mismatch", f"{here}/price/of", formula, lower["of"], step)
        per = str(lower.get("per", ""))
        if per not in PER:
            self.members.wrong("unknown-unit", f"{here}/price/per", f"one of {', '.join(PER)}", per)
        paid = self.span(lower.get("value"), f"{here}/price/value", Decimal(0), None)
        factor = PER.get(per, Decimal(1))

        def share(name: str, rest: Span | None) -> Span | None:
            if name not in parts:
                return rest
            return self.span(parts[name], f"{here}/{name}", Decimal(0), Decimal(1))

        charges = NOTHING
        if "charges_per_t" in parts:
            charges = self.span(parts["charges_per_t"], f"{here}/charges_per_t", Decimal(0), None)
        return Product(
            formula, grade, paid.over(factor), share("mining_recovery", ONE) or ONE,
            share("plant_recovery", None), share("payable", None), charges,
        )  # fmt: skip

    def _measured(self, value: object, here: str, unit: str, known: Mapping[str, Decimal]) -> Span:
        parts = self.members.members(value, here, ("value", unit), ("value", unit))
        word = str(parts.get(unit, ""))
        if word not in known:
            self.members.wrong("unknown-unit", f"{here}/{unit}", f"one of {', '.join(known)}", word)
        span = self.span(parts.get("value"), f"{here}/value", Decimal(0), None)
        factor = known.get(word, Decimal(1))
        return Span(span.low * factor, span.high * factor)

    def _years(self, value: object, place: str) -> Decimal:
        return self.members.number(value, place, Decimal(1), Decimal(200))

    def _project(self, value: object) -> Project:
        here = "/ladder/project"
        parts = self.members.members(value, here, _PROJECT)

        def span(name: str, low: Decimal, high: Decimal | None) -> Span | None:
            return self.span(parts[name], f"{here}/{name}", low, high) if name in parts else None

        zero, one = Decimal(0), Decimal(1)
        life = parts.get("life_years")
        split = parts.get("split", {})
        shares = tuple(
            (str(n), self.span(v, f"{here}/split/{n}", zero, one))
            for n, v in (split.items() if isinstance(split, Mapping) else ())
        )
        return Project(
            span("operating_cost_per_t", zero, None), span("capital", zero, None),
            span("capital_bias", Decimal("-0.9"), Decimal(10)), span("probability", zero, one),
            span("years_to_production", zero, Decimal(100)),
            None if life is None else self._years(life, f"{here}/life_years"),
            span("discount_rate", zero, Decimal(10)), shares,
        )  # fmt: skip
