"""From the members of a case to a plan: profile, terms, ranges, timing."""

from __future__ import annotations

from decimal import Decimal

from orebook.engines.fiscal.case import (
    FACTORS,
    LAST_DELAY,
    LAST_YEARS,
    Advance,
    Equity,
    Leaf,
    Levy,
    Payment,
    Plan,
    Tax,
)
from orebook.model.members import Members, decimal
from orebook.model.problem import Problem

ZERO, ONE = Decimal(0), Decimal(1)
TOP = (
    "format", "id", "title", "money", "sources", "timing", "discount_rate", "profile", "terms",
    "ranges", "simulation", "variants", "checks", "facts", "inputs", "notes", "kind", "ladder",
)  # fmt: skip
TERMS = (
    "levies", "payments", "advance", "income_tax", "withholding", "production_sharing",
    "state_equity",
)  # fmt: skip
SERIES = ("capital", "operating_cost", "revenue", "quantity", "price", "charges")
_TIMING = {"start_of_year_one": ZERO, "middle_of_year": Decimal("0.5"), "end_of_year": ONE}


class Reading:
    """One case being read; faults gather in `members`."""

    def __init__(self, case: object, members: Members) -> None:
        self._case = case
        self._e = members
        self._leaves: dict[str, Leaf] = {}
        self._ranges: dict[str, tuple[Decimal, Decimal, Decimal | None]] = {}
        self._used: set[str] = set()
        self._years = 0
        self._money = ""

    def plan(self) -> Plan:
        """The plan; meaningless where `members` holds faults."""
        e = self._e
        needed = ("money", "timing", "discount_rate", "profile", "terms")
        case = e.members(self._case, "", TOP, needed)
        self._money = e.text(case.get("money"), "/money")
        self._read_ranges(case.get("ranges"))
        first_year, first_period = self._timing(case.get("timing"))
        series = self._profile(case.get("profile"))
        self._number("/discount_rate", case.get("discount_rate"), ZERO, ONE)
        terms = e.members(case.get("terms"), "/terms", TERMS)
        levies = self._levies(terms.get("levies"), series)
        payments = self._payments(terms.get("payments"), series)
        advance = self._advance(terms.get("advance"))
        tax = self._tax(terms.get("income_tax"))
        self._withholding(terms.get("withholding"))
        sharing = self._sharing(terms.get("production_sharing"))
        equity = self._equity(terms.get("state_equity"))
        self._factors()
        draws, seed = self._simulation(case.get("simulation"))
        sold = series.get("revenue") or series.get("quantity") or ()
        start = next((y for y, v in enumerate(sold) if v), 0)
        sources = tuple(str(s) for s in e.items(case.get("sources", []), "/sources"))
        return Plan(
            str(case.get("id", "")), str(case.get("title", "")), self._money, self._years,
            first_year, first_period, "/discount_rate", series, self._leaves, levies, payments,
            advance, tax, sharing, equity, start, seed, draws, sources,
        )  # fmt: skip

    def _number(
        self,
        pointer: str,
        value: object,
        low: Decimal,
        high: Decimal | None = None,
        *,
        whole: bool = False,
    ) -> None:
        """A number of the case as a leaf: known, or unknown over its stated range."""
        if value == "unknown":
            self._used.add(pointer)
            stated = self._ranges.get(pointer)
            if stated is None:
                step = f'Give "ranges": {{"{pointer}": {{"low": …, "high": …}}}}.'
                self._e.wrong("no-range", pointer, "a range for a term that is unknown", None, step)
                return
            for name, end in (("low", stated[0]), ("high", stated[1])):
                self._e.number(end, f"/ranges/{_escaped(pointer)}/{name}", low, high)
            self._leaves[pointer] = Leaf(
                stated[0], stated[1], known=False, whole=whole, mode=stated[2]
            )
            return
        one = self._e.number(value, pointer, low, high)
        if whole and one != one.to_integral_value():
            self._e.wrong("not-whole", pointer, "a whole number of years", one)
        self._leaves[pointer] = Leaf(one, one, whole=whole)

    def _read_ranges(self, value: object) -> None:
        e = self._e
        if value is None:
            return
        if not isinstance(value, dict):
            e.wrong("wrong-type", "/ranges", "an object: pointer or factor to its range", value)
            return
        for name, stated in value.items():
            place = f"/ranges/{_escaped(name)}"
            if name not in FACTORS and not name.startswith("/"):
                known = f"a JSON pointer of a term, or one of {', '.join(FACTORS)}"
                e.wrong("unknown-key", place, known, name)
                continue
            parts = e.members(stated, place, ("low", "high", "mode", "why"), ("low", "high"))
            low, high = (
                e.number(parts.get("low"), f"{place}/low"),
                e.number(parts.get("high"), f"{place}/high"),
            )
            if low > high:
                step = "Put the lower bound into low and the upper into high."
                e.wrong("interval-backwards", place, "low at most high", f"{low} to {high}", step)
            mode = parts.get("mode")
            middle = None if mode is None else e.number(mode, f"{place}/mode", low, high)
            self._ranges[name] = (low, high, middle)

    def _factors(self) -> None:
        """Factors on price, grade, cost and capital, and a delay: one and none unless ranged."""
        for name in FACTORS:
            pointer, stated = f"/factors/{name}", self._ranges.get(name)
            if stated is None:
                rest = ZERO if name == "delay_years" else ONE
                self._leaves[pointer] = Leaf(rest, rest, whole=name == "delay_years")
                continue
            self._used.add(name)
            high = Decimal(LAST_DELAY) if name == "delay_years" else Decimal(100)
            for end, value in zip(("low", "high"), stated[:2], strict=True):
                self._e.number(value, f"/ranges/{name}/{end}", ZERO, high)
            low, top, mode = stated
            self._leaves[pointer] = Leaf(
                low, top, known=False, whole=name == "delay_years", mode=mode
            )
        for name in self._ranges:
            if name not in self._used:
                step = 'A range belongs to a term whose value is "unknown".'
                self._e.wrong(
                    "range-unused", f"/ranges/{_escaped(name)}", "a term said unknown", name, step
                )

    def _timing(self, value: object) -> tuple[int, Decimal]:
        e = self._e
        parts = e.members(value, "/timing", ("first_year", "discount_from"), ("discount_from",))
        year = parts.get("first_year")
        first = 0 if year is None else e.whole(year, "/timing/first_year", 1800, 2300)
        word = e.text(parts.get("discount_from"), "/timing/discount_from", tuple(_TIMING))
        return first, _TIMING[word]

    def _profile(self, value: object) -> dict[str, tuple[Decimal, ...]]:
        e = self._e
        allowed = (*SERIES, "money", "quantity_unit")
        parts = e.members(value, "/profile", allowed, ("capital", "operating_cost"))
        self._same_money(parts.get("money"), "/profile/money")
        if ("revenue" in parts) == ("quantity" in parts):
            expected = "either revenue, or quantity with price"
            e.wrong(
                "profile-unclear",
                "/profile",
                expected,
                sorted(set(parts) & {"revenue", "quantity"}),
            )
        for one, other in (("quantity", "price"), ("price", "quantity")):
            if one in parts and other not in parts:
                e.wrong("missing", f"/profile/{other}", f"a value beside {one}", None)
        given = parts.get("capital")
        self._years = len(given) if isinstance(given, list) else 0
        if self._years > LAST_YEARS:
            e.wrong("too-long", "/profile/capital", f"at most {LAST_YEARS} years", self._years)
            return {}
        return {n: self._series(n, parts[n]) for n in SERIES if n in parts}

    def _series(self, name: str, member: object) -> tuple[Decimal, ...]:
        """One yearly list, as long as the project; a price may be one number for all years."""
        e, place = self._e, f"/profile/{name}"
        if not isinstance(member, list) and name == "price":
            return (e.number(member, place, ZERO),) * self._years
        values = e.numbers(member, place)
        if values and len(values) != self._years:
            step = "Give every list one number a year, 0 where nothing happens."
            expected = f"{self._years} years, as capital has"
            e.wrong("missing-years", place, expected, f"{len(values)}", step)
        for i, v in enumerate(values):
            if v < 0:
                e.wrong("negative", f"{place}/{i}", "a number of at least 0", v)
        return values

    def _same_money(self, value: object, place: str) -> None:
        if value is not None and value != self._money:
            step = (
                "Convert every amount to one currency and year of money first; no rate is guessed."
            )
            self._e.wrong(
                "currency-mix", place, self._money or "the money of the case", value, step
            )

    def _steps(self, value: object, place: str, name: str, high: Decimal | None) -> int:
        e = self._e
        steps = e.items(value, place)
        before: Decimal | None = None
        for i, step in enumerate(steps):
            parts = e.members(step, f"{place}/{i}", ("from", name), ("from", name))
            self._number(f"{place}/{i}/from", parts.get("from"), Decimal("-1e30"))
            self._number(f"{place}/{i}/{name}", parts.get(name), ZERO, high)
            at = decimal(parts.get("from"))
            if before is not None and at is not None and at <= before:
                e.wrong("steps-disordered", f"{place}/{i}/from", f"more than {before}", at)
            before = at
        if not steps:
            e.wrong("missing", place, "at least one step", None)
        return len(steps)

    def _levies(self, value: object, series: dict[str, tuple[Decimal, ...]]) -> tuple[Levy, ...]:
        e, out = self._e, []
        for i, one in enumerate(e.items(value, "/terms/levies") if value is not None else []):
            here = f"/terms/levies/{i}"
            allowed = (
                "name",
                "kind",
                "rate",
                "base",
                "measure",
                "steps",
                "per_unit",
                "deductible",
                "creditable",
                "money",
            )
            parts = e.members(one, here, allowed, ("name", "kind"))
            self._same_money(parts.get("money"), f"{here}/money")
            name = e.text(parts.get("name"), f"{here}/name")
            kind = e.text(parts.get("kind"), f"{here}/kind", ("flat", "sliding", "unit"))
            base, measure, steps = "gross", "", 0
            if kind == "unit":
                self._number(f"{here}/per_unit", parts.get("per_unit"), ZERO)
                self._needs("quantity", here, series)
            else:
                base = e.text(parts.get("base"), f"{here}/base", ("gross", "net_back"))
                if base == "net_back":
                    self._needs("charges", here, series)
            if kind == "flat":
                self._number(f"{here}/rate", parts.get("rate"), ZERO, ONE)
            if kind == "sliding":
                measure = e.text(
                    parts.get("measure"), f"{here}/measure", ("price", "operating_margin")
                )
                steps = self._steps(parts.get("steps"), f"{here}/steps", "rate", ONE)
                if measure == "price":
                    self._needs("price", here, series)
            deductible = e.flag(parts.get("deductible", True), f"{here}/deductible")
            creditable = e.flag(parts.get("creditable", False), f"{here}/creditable")
            out.append(Levy(name, kind, base, measure, steps, deductible, creditable))
        return tuple(out)

    def _needs(self, name: str, here: str, series: dict[str, tuple[Decimal, ...]]) -> None:
        if name not in series:
            self._e.wrong(
                "missing", f"/profile/{name}", f"a value, which {here} is reckoned on", None
            )

    def _payments(
        self, value: object, series: dict[str, tuple[Decimal, ...]]
    ) -> tuple[Payment, ...]:
        e, out = self._e, []
        for i, one in enumerate(e.items(value, "/terms/payments") if value is not None else []):
            here = f"/terms/payments/{i}"
            allowed = ("name", "kind", "amounts", "steps", "price", "rate", "deductible", "money")
            parts = e.members(one, here, allowed, ("name", "kind"))
            self._same_money(parts.get("money"), f"{here}/money")
            name = e.text(parts.get("name"), f"{here}/name")
            kind = e.text(
                parts.get("kind"), f"{here}/kind", ("amounts", "price_steps", "above_price")
            )
            amounts: tuple[Decimal, ...] = ()
            steps = 0
            if kind == "amounts":
                amounts = e.numbers(parts.get("amounts"), f"{here}/amounts")
                if amounts and len(amounts) != self._years:
                    e.wrong(
                        "missing-years",
                        f"{here}/amounts",
                        f"{self._years} years",
                        f"{len(amounts)}",
                    )
            else:
                self._needs("price", here, series)
            if kind == "price_steps":
                steps = self._steps(parts.get("steps"), f"{here}/steps", "amount", None)
            if kind == "above_price":
                self._number(f"{here}/price", parts.get("price"), ZERO)
                self._number(f"{here}/rate", parts.get("rate"), ZERO, ONE)
            deductible = e.flag(parts.get("deductible", True), f"{here}/deductible")
            out.append(Payment(name, kind, amounts, steps, deductible))
        return tuple(out)

    def _advance(self, value: object) -> Advance | None:
        if value is None:
            return None
        e, here = self._e, "/terms/advance"
        parts = e.members(value, here, ("amounts", "cap", "creditable", "money"), ("amounts",))
        self._same_money(parts.get("money"), f"{here}/money")
        if "cap" in parts:
            self._number(f"{here}/cap", parts["cap"], ZERO)
        creditable = e.flag(parts.get("creditable", False), f"{here}/creditable")
        return Advance(e.numbers(parts.get("amounts"), f"{here}/amounts") or (ZERO,), creditable)

    def _tax(self, value: object) -> Tax | None:
        if value is None:
            return None
        e, here = self._e, "/terms/income_tax"
        allowed = ("rate", "depreciation", "losses", "holiday_years")
        parts = e.members(value, here, allowed, ("rate", "depreciation", "losses"))
        self._number(f"{here}/rate", parts.get("rate"), ZERO, ONE)
        if "holiday_years" in parts:
            self._number(
                f"{here}/holiday_years",
                parts["holiday_years"],
                ZERO,
                Decimal(LAST_YEARS),
                whole=True,
            )
        lower = f"{here}/depreciation"
        words = ("straight_line", "declining", "immediate")
        how = e.members(
            parts.get("depreciation", {}), lower, ("method", "years", "rate", "from"), ("method",)
        )
        method = e.text(how.get("method"), f"{lower}/method", words)
        if method == "straight_line":
            self._number(f"{lower}/years", how.get("years"), ONE, Decimal(LAST_YEARS), whole=True)
        elif method == "declining":
            self._number(f"{lower}/rate", how.get("rate"), Decimal("0.000001"), ONE)
        start = "first_production"
        if method != "immediate":
            start = e.text(how.get("from"), f"{lower}/from", ("first_production", "spending"))
        lower = f"{here}/losses"
        rest = e.members(parts.get("losses", {}), lower, ("years", "cap"), ("years",))
        life: int | None = None
        if rest.get("years") != "unlimited":
            life = e.whole(rest.get("years"), f"{lower}/years", 0, LAST_YEARS)
        if "cap" in rest:
            self._number(f"{lower}/cap", rest["cap"], ZERO, ONE)
        return Tax(method, start == "first_production", life)

    def _withholding(self, value: object) -> None:
        e, here = self._e, "/terms/withholding"
        parts = (
            {}
            if value is None
            else e.members(value, here, ("dividends", "services", "services_share"))
        )
        for name in ("dividends", "services", "services_share"):
            self._number(f"{here}/{name}", parts.get(name, ZERO), ZERO, ONE)
        if ("services" in parts) != ("services_share" in parts):
            missing = "services_share" if "services" in parts else "services"
            e.wrong("missing", f"{here}/{missing}", "both services and services_share", None)

    def _sharing(self, value: object) -> int | None:
        if value is None:
            return None
        e, here = self._e, "/terms/production_sharing"
        allowed = ("cost_recovery_cap", "government_share", "steps")
        parts = e.members(value, here, allowed, ("cost_recovery_cap",))
        self._number(f"{here}/cost_recovery_cap", parts.get("cost_recovery_cap"), ZERO, ONE)
        if ("government_share" in parts) == ("steps" in parts):
            e.wrong("missing", f"{here}/government_share", "either government_share or steps", None)
        if "steps" in parts:
            return self._steps(parts["steps"], f"{here}/steps", "share", ONE)
        self._number(f"{here}/government_share", parts.get("government_share"), ZERO, ONE)
        return 0

    def _equity(self, value: object) -> tuple[Equity, ...]:
        e, out, total = self._e, [], ZERO
        for i, one in enumerate(e.items(value, "/terms/state_equity") if value is not None else []):
            here = f"/terms/state_equity/{i}"
            parts = e.members(
                one, here, ("kind", "share", "interest", "years", "holder"), ("kind", "share")
            )
            kind = e.text(parts.get("kind"), f"{here}/kind", ("free", "paid", "carried", "loan"))
            self._number(f"{here}/share", parts.get("share"), ZERO, ONE)
            if kind in {"carried", "loan"}:
                self._number(f"{here}/interest", parts.get("interest"), ZERO, Decimal(10))
            years = (
                e.whole(parts.get("years"), f"{here}/years", 1, LAST_YEARS) if kind == "loan" else 0
            )
            leaf = self._leaves.get(f"{here}/share")
            total += leaf.high if leaf is not None else ZERO
            out.append(Equity(kind, years))
        if total > 1:
            e.wrong("over-one", "/terms/state_equity", "shares that sum to at most 1", total)
        return tuple(out)

    def _simulation(self, value: object) -> tuple[int, int]:
        e = self._e
        parts = {} if value is None else e.members(value, "/simulation", ("draws", "seed"))
        draws = e.whole(parts.get("draws", 10_000), "/simulation/draws", 100, 1_000_000)
        return draws, e.whole(parts.get("seed", 20_251_002), "/simulation/seed", 0, 2**31 - 1)


def read(case: object) -> tuple[Plan | None, tuple[Problem, ...]]:
    """A plan from a decoded case, or its faults by JSON pointer.

    Takes: objects, lists, text, booleans and decimals (or text that is one).
    Refuses: nothing by exception; each fault is a Problem and no plan is given then.
    """
    members = Members()
    plan = Reading(case, members).plan()
    return (None if members.problems else plan), tuple(members.problems)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
