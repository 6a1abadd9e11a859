"""Named assumptions: what a caller chooses to suppose where the papers are silent.

Each has an id (its text in one form) and a sentence that the finding carries. None is ever applied
unasked. The first four fill a silence; `grade`, `mass` and `scrap` are what-if changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from orebook.engines.balance.words import kept, kilograms, percent
from orebook.model.problem import ReaderError
from orebook.model.quantity import Quantity
from orebook.model.substance import weights
from orebook.model.uncertainty import Doubt, Normal, Range, Unstated, as_written
from orebook.model.units import UnknownUnit, unit

FORMS = (
    "as-written",
    "relative:1%",
    "relative:grade:1%",
    "basis=dry",
    "basis=wet",
    "basis:LOT=wet",
    "grade-basis=dry",
    "grade-basis=as-received",
    "moisture=8%",
    "moisture:LOT=8%",
    "grade:LOT:Cu=31%",
    "mass:LOT=29 t",
    "scrap:Cu=1200 kg@99%",
)
_NUMBER = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(\D.*?)\s*", re.ASCII)
_MEASURED = ("mass", "grade", "moisture")


class BadAssumption(ReaderError):
    """The text names no assumption this engine knows, or two that exclude one another."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """One supposition. `verb` says which; `lot` and `of` narrow it, empty means every one."""

    verb: str
    id: str
    sentence: str
    lot: str = ""
    of: str = ""
    value: Decimal = Decimal(0)
    grade: Decimal = Decimal(0)

    @property
    def slot(self) -> tuple[str, str, str]:
        """What it decides; two assumptions of one slot exclude one another."""
        verb = "doubt" if self.verb in {"as-written", "relative"} else self.verb
        return verb, self.lot, "" if "basis" in verb else self.of


def parse_assumption(text: str) -> Assumption:
    """The assumption of that text, such as "as-written" or "moisture=8%".

    Refuses: BadAssumption, with the forms that exist.
    """
    cleaned = text.strip()
    if cleaned.replace("_", "-").casefold() == "as-written":
        return Assumption(
            "as-written",
            "as-written",
            "Where no doubt is stated, a figure is good to half a unit of its last digit written"
            " (30 % is 29.5 to 30.5 %).",
        )
    head = re.match(r"[a-z-]+", cleaned)
    reader = _READERS.get(head.group()) if head else None
    if head is None or reader is None:
        raise BadAssumption(_expected(text))
    return reader(text, cleaned[head.end() :])


def settle(assumptions: Iterable[Assumption]) -> tuple[Assumption, ...]:
    """The assumptions, each once. Refuses: BadAssumption where two decide one thing."""
    seen: dict[tuple[str, str, str], Assumption] = {}
    for assumption in assumptions:
        other = seen.setdefault(assumption.slot, assumption)
        if other.id != assumption.id:
            message = f'"{other.id}" and "{assumption.id}" decide the same thing; name one of them'
            raise BadAssumption(message)
    return tuple(seen.values())


def _expected(text: str, why: str = "") -> str:
    lead = f'"{text}" is no assumption this engine knows{": " + why if why else ""}.'
    return f"{lead} Expected one of: {', '.join(FORMS)}"


def _fraction(text: str, written: str) -> Decimal:
    value = _measure(text, written, "fraction")
    if not 0 <= value <= 1:
        raise BadAssumption(_expected(text, f'"{written}" is not between 0 and 100 %'))
    return value


def _measure(text: str, written: str, dimension: str) -> Decimal:
    match = _NUMBER.fullmatch(written)
    if match is None:
        raise BadAssumption(_expected(text, f'"{written}" is not a number with its unit'))
    try:
        measured = unit(match.group(2))
    except UnknownUnit as error:
        raise BadAssumption(_expected(text, str(error))) from error
    if measured.dimension != dimension:
        raise BadAssumption(_expected(text, f'"{written}" is no {dimension}'))
    return measured.to_canonical(Decimal(match.group(1)))


def _parts(text: str, rest: str) -> tuple[str, str]:
    """`:SUBJECT=VALUE` or `=VALUE`; the subject may hold colons and equal signs itself."""
    subject, equals, value = rest.rpartition("=")
    if not equals or not value.strip() or (subject and not subject.startswith(":")):
        raise BadAssumption(_expected(text))
    return subject[1:].strip(), value.strip()


def _plain(value: Decimal) -> str:
    return f"{kept(value):f}"


def _relative(text: str, rest: str) -> Assumption:
    of, _, written = rest.removeprefix(":").rpartition(":")
    share = _fraction(text, written)
    if not rest.startswith(":") or (of and of not in _MEASURED) or share == 0:
        raise BadAssumption(_expected(text))
    figures = f"a {of}" if of else "a figure"
    return Assumption(
        "relative",
        f"relative:{of + ':' if of else ''}{_plain(share * 100)}%",
        f"Where no doubt is stated, {figures} has a standard uncertainty of {percent(share)}"
        " of its value.",
        of=of,
        value=share,
    )


def _basis(text: str, rest: str) -> Assumption:
    lot, word = _parts(text, rest)
    if word not in {"dry", "wet"}:
        raise BadAssumption(_expected(text))
    where = f" of {lot}" if lot else ""
    return Assumption(
        "basis",
        f"basis{':' + lot if lot else ''}={word}",
        f"Masses{where} whose basis is unstated are {word}, and grades whose basis is unstated are"
        " on dry mass.",
        lot=lot,
        of=word,
    )


def _grade_basis(text: str, rest: str) -> Assumption:
    lot, word = _parts(text, rest)
    of = word.replace("-", "_")
    if of not in {"dry", "as_received"}:
        raise BadAssumption(_expected(text))
    where = f" of {lot}" if lot else ""
    said = "dry mass" if of == "dry" else "the mass as received"
    return Assumption(
        "grade-basis",
        f"grade-basis{':' + lot if lot else ''}={word}",
        f"Grades{where} whose basis is unstated are on {said}.",
        lot=lot,
        of=of,
    )


def _moisture(text: str, rest: str) -> Assumption:
    lot, written = _parts(text, rest)
    value = _fraction(text, written)
    if value == 1:
        raise BadAssumption(_expected(text, "a lot that is all water holds no metal"))
    where = f"Lot {lot}" if lot else "Every lot"
    return Assumption(
        "moisture",
        f"moisture{':' + lot if lot else ''}={_plain(value * 100)}%",
        f"{where} whose moisture is not stated holds {percent(value)} water, taken without doubt.",
        lot=lot,
        value=value,
    )


def _grade(text: str, rest: str) -> Assumption:
    subject, written = _parts(text, rest)
    lot, colon, element = subject.rpartition(":")
    if not colon or not lot or element not in weights():
        raise BadAssumption(_expected(text, "a lot and an element are needed"))
    value = _fraction(text, written)
    return Assumption(
        "grade",
        f"grade:{lot}:{element}={_plain(value * 100)}%",
        f"What if {lot} held {percent(value)} {element} (on dry mass, taken without doubt)?",
        lot=lot,
        of=element,
        value=value,
    )


def _mass(text: str, rest: str) -> Assumption:
    lot, written = _parts(text, rest)
    value = _measure(text, written, "mass")
    if not lot:
        raise BadAssumption(_expected(text, "a lot is needed"))
    return Assumption(
        "mass",
        f"mass:{lot}={_plain(value)}kg",
        f"What if {lot} weighed {kilograms(value)} (basis as stated, taken without doubt)?",
        lot=lot,
        value=value,
    )


def _scrap(text: str, rest: str) -> Assumption:
    element, written = _parts(text, rest)
    mass, at, grade = written.partition("@")
    if not at or element not in weights():
        raise BadAssumption(_expected(text, "an element, a mass and a grade are needed"))
    kg, share = _measure(text, mass, "mass"), _fraction(text, grade)
    return Assumption(
        "scrap",
        f"scrap:{element}={_plain(kg)}kg@{_plain(share * 100)}%",
        f"What if {kilograms(kg)} of unrecorded scrap at {percent(share)} {element} went in"
        " (dry, taken without doubt)?",
        of=element,
        value=kg,
        grade=share,
    )


_READERS: dict[str, Callable[[str, str], Assumption]] = {
    "relative": _relative,
    "basis": _basis,
    "grade-basis": _grade_basis,
    "moisture": _moisture,
    "grade": _grade,
    "mass": _mass,
    "scrap": _scrap,
}


def choose(
    assumptions: Iterable[Assumption], verb: str, lot: str, of: str | None = None
) -> Assumption | None:
    """The assumption of that verb for that lot: one that names the lot before one for all."""
    fitting = [
        a
        for a in assumptions
        if a.verb == verb and a.lot in {"", lot} and (of is None or a.of in {"", of})
    ]
    return max(fitting, key=lambda a: bool(a.lot), default=None)


def doubted(
    quantity: Quantity, what: str, assumptions: Iterable[Assumption]
) -> tuple[Quantity, Assumption | None]:
    """The quantity with its unstated doubt resolved where an assumption does so, and which did.

    Unknown: doubt that no assumption resolves stays unstated; so does "as written" of a figure
    whose digits were not kept.
    """
    if not quantity.spread.unstated:
        return quantity, None
    ranked = sorted(assumptions, key=lambda a: a.of != what)  # one for this measure goes first
    for assumption in ranked:
        doubt = _doubt(quantity, what, assumption)
        if doubt is not None:
            names = [t.figure for t in quantity.spread.terms if isinstance(t.doubt, Unstated)]
            spread = quantity.spread.resolve(dict.fromkeys(names, doubt))
            return replace(quantity, spread=spread), assumption
    return quantity, None


def _doubt(quantity: Quantity, what: str, assumption: Assumption) -> Doubt | None:
    if assumption.verb == "relative" and assumption.of in {"", what}:
        sd = abs(quantity.value) * assumption.value
        return Normal(sd) if sd else Range(quantity.value, quantity.value)
    if assumption.verb == "as-written" and quantity.written is not None:
        half = as_written(quantity.written.value) * unit(quantity.written.unit).factor
        high = quantity.value + half
        low = max(quantity.value - half, Decimal(0))
        return Range(low, high if what == "mass" else min(high, Decimal(1)))
    return None
