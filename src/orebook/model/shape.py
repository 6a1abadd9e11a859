"""The shape of every kind of fact, read from tables/attributes.csv, and the check of a body.

What the document alone shows to be wrong is a Problem here (a wrong type, an unknown unit, a
negative mass, a grade of 130 %). What depends on other entries is a finding elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import cache

from orebook.model.edtf import edtf
from orebook.model.entry import Body
from orebook.model.problem import Problem, found
from orebook.model.pseudonym import is_pseudonym
from orebook.model.sound import ID_MAX, TEXT_MAX, Attribute, decimal, shapes, sound
from orebook.model.substance import UnknownSubstance, substance
from orebook.model.units import UnknownUnit, known, unit
from orebook.model.vocabulary import words
from orebook.model.when import BadDate, when

__all__ = ["BY_ACT", "KINDS", "Attribute", "check", "decimal", "shapes", "shelves"]

KINDS = (
    "book",
    "clock",
    "party",
    "facility",
    "lot",
    "assay",
    "event",
    "shipment",
    "agreement",
    "payment",
    "claim",
    "source",
    "reply",
    "notice",
    "object",
    "document",
    "trade_paper",
    "reveal",
    "erasure",
    "key",
    "revocation",
)
# What only an act states: the sequencer's clock, and entries about values and keys. An act checks
# them against the record; a captured document cannot say them.
BY_ACT = ("clock", "reveal", "erasure", "key", "revocation")


def check(kind: str, body: object, place: str = "") -> list[Problem]:
    """Every fault the body shows by itself, each with its JSON pointer; empty when sound."""
    return [] if sound(kind, body) else _faults(kind, body, place)


def _faults(kind: str, body: object, place: str) -> list[Problem]:
    shape = shapes().get(kind)
    if shape is None:
        return [_bad("unknown-kind", place, f"one of {', '.join(KINDS)}", kind)]
    if not isinstance(body, dict):
        return [_bad("wrong-type", place, f"an object of kind {kind}", body)]
    problems = [
        _bad("missing-attribute", f"{place}/{a.name}", a.description or a.type, None)
        for a in shape.values()
        if a.required and a.name not in body
    ]
    for name, value in body.items():
        attribute = shape.get(name)
        if attribute is None:
            expected = "an attribute of " + kind + ": " + ", ".join(shape)
            problems.append(_bad("unknown-attribute", f"{place}/{name}", expected, name))
        else:
            problems += _value(attribute.type, value, f"{place}/{name}", attribute)
    return problems


def _bad(code: str, place: str, expected: str, value: object, step: str = "") -> Problem:
    next_step = step or "Correct it and send the document again."
    return Problem(code, place, expected, found(value), next_step)


def _value(type_: str, value: object, place: str, attribute: Attribute) -> list[Problem]:
    if isinstance(value, dict) and "absent" in value:
        return _absence(value, place, attribute)
    head, _, rest = type_.partition(":")
    if head == "list":
        if not isinstance(value, list):
            return [_bad("wrong-type", place, "a list", value)]
        return [p for i, v in enumerate(value) for p in _item(rest, v, f"{place}/{i}", attribute)]
    if head == "record":
        return check(rest, value, place)
    if is_pseudonym(value) and _names_party(attribute, type_):
        step = "A pseudonym signs statements and is no party: name the party, or leave it out."
        return [_bad("pseudonym-as-party", place, "a party", value, step)]
    return _CHECKS[head](value, place, rest)


def _names_party(attribute: Attribute, type_: str) -> bool:
    """Whether an attribute names a party; entries about keys name whoever holds them."""
    own = attribute.kind == "party" and attribute.type == "id"
    return own or (type_ == "ref:party" and attribute.kind not in BY_ACT)


def _item(type_: str, value: object, place: str, attribute: Attribute) -> list[Problem]:
    """One member of a list: a list can be absent, a member of it cannot."""
    if isinstance(value, dict) and "absent" in value:
        step = "Leave the member out, or say that the whole list is absent."
        return [_bad("wrong-type", place, "a value", "an absence", step)]
    return _value(type_, value, place, attribute)


def _absence(value: Body, place: str, attribute: Attribute) -> list[Problem]:
    problems = []
    if attribute.type == "id":
        problems.append(_bad("wrong-type", place, "an identifier, which cannot be absent", value))
    problems += _word(value["absent"], f"{place}/absent", "absence")
    for name, item in value.items():
        if name == "absent":
            continue
        if name not in {"until", "where", "note"} or not isinstance(item, str):
            expected = "absent, until, where and note as text"
            problems.append(_bad("unknown-attribute", f"{place}/{name}", expected, item))
    if "until" in value:
        problems += _date(value["until"], f"{place}/until", "date")
    return problems


def _text(value: object, place: str, _rest: str) -> list[Problem]:
    if not isinstance(value, str) or not value.strip():
        return [_bad("wrong-type", place, "text", value)]
    if len(value) > TEXT_MAX:
        return [_bad("too-long", place, f"at most {TEXT_MAX} characters", value)]
    if not value.isascii() and any(0xD800 <= ord(c) <= 0xDFFF for c in value):
        return [_bad("bad-text", place, "text without lone surrogates", "a lone surrogate")]
    return []


def _id(value: object, place: str, _rest: str) -> list[Problem]:
    if not isinstance(value, str) or not value or len(value) > ID_MAX or value != value.strip():
        return [_bad("bad-identifier", place, f"an identifier of 1 to {ID_MAX} characters", value)]
    return _text(value, place, "")


def _word(value: object, place: str, vocabulary: str) -> list[Problem]:
    if not isinstance(value, str) or value not in words(vocabulary):
        expected = f"one of {', '.join(words(vocabulary))}"
        return [_bad("unknown-word", place, expected, value)]
    return []


def _integer(value: object, place: str, _rest: str) -> list[Problem]:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        return [_bad("wrong-type", place, "a whole number from 0 below 2^53", value)]
    return []


def _boolean(value: object, place: str, _rest: str) -> list[Problem]:
    return [] if isinstance(value, bool) else [_bad("wrong-type", place, "true or false", value)]


def _decimal_text(value: object, place: str, _rest: str) -> list[Problem]:
    if decimal(value) is None:
        return [_bad("not-a-number", place, 'a decimal number as text, such as "9.99"', value)]
    return []


def _when(value: object, place: str, _rest: str) -> list[Problem]:
    try:
        when(value if isinstance(value, str) else "")
    except BadDate:
        expected = "a day such as 2025-10-02, a month or a time such as 2025-10-02T06:00:00Z"
        return [_bad("bad-date", place, expected, value)]
    return []


def _date(value: object, place: str, _rest: str) -> list[Problem]:
    try:
        edtf(value if isinstance(value, str) else "")
    except BadDate as error:
        expected = "a date such as 2025-10-02, 2025-10, 2025-09-08/2025-09-10, 2025? or 202X"
        backwards = "backwards" in str(error)
        return [_bad("interval-backwards" if backwards else "bad-date", place, expected, value)]
    return []


def _country(value: object, place: str, _rest: str) -> list[Problem]:
    if not (isinstance(value, str) and re.fullmatch("[A-Z]{2}", value)):
        return [_bad("bad-country", place, "two capital letters (ISO 3166-1)", value)]
    return []


def _substance(value: object, place: str, _rest: str) -> list[Problem]:
    try:
        substance(value if isinstance(value, str) else "?")
    except UnknownSubstance:
        return [_bad("unknown-substance", place, "an element or formula such as Cu, Nd2O3", value)]
    return []


def _quantity(value: object, place: str, allowed: set[str]) -> list[Problem]:
    """The faults all figures share: an object, known members, a number, a sound doubt."""
    if not isinstance(value, dict):
        return [_bad("wrong-type", place, 'an object such as {"value":"10","unit":"KGM"}', value)]
    problems = [
        _bad("unknown-attribute", f"{place}/{name}", f"one of {', '.join(sorted(allowed))}", name)
        for name in value
        if name not in allowed
    ]
    problems += _decimal_text(value.get("value"), f"{place}/value", "")
    if "doubt" in value:
        problems += _doubt(value["doubt"], f"{place}/doubt", decimal(value.get("value")))
    if "cause" in value:
        problems += _text(value["cause"], f"{place}/cause", "")
    return problems


_DOUBTS: dict[str, tuple[str, ...]] = {
    "exact": (),
    "range": ("low", "high"),
    "normal": ("sd",),
    "lognormal": ("sigma",),
    "unstated": (),
}


def _doubt(value: object, place: str, figure: Decimal | None) -> list[Problem]:
    if not isinstance(value, dict) or str(value.get("kind")) not in _DOUBTS:
        expected = f"an object whose kind is one of {', '.join(_DOUBTS)}"
        return [_bad("bad-doubt", place, expected, value)]
    names = _DOUBTS[str(value["kind"])]
    if set(value) != {"kind", *names}:
        expected = f"members kind{''.join(', ' + n for n in names)} and no other"
        return [_bad("bad-doubt", place, expected, ", ".join(value))]
    numbers = [decimal(value[n]) for n in names]
    parsed = [n for n in numbers if n is not None]
    if len(parsed) != len(numbers):
        return [_bad("not-a-number", place, "decimal numbers as text", value)]
    if names == ("low", "high"):
        low, high = parsed
        if low > high or (figure is not None and not low <= figure <= high):
            return [_bad("bad-doubt", place, "low ≤ value ≤ high", f"{low} to {high}")]
    elif parsed and parsed[0] <= 0:
        return [_bad("bad-doubt", place, "a spread above zero; else say exact", str(parsed[0]))]
    return []


def _least_and_most(value: Body, place: str, most: Decimal | None) -> list[Problem]:
    """A range whose bounds no mass and no fraction can reach."""
    doubt = value.get("doubt")
    if not isinstance(doubt, dict) or doubt.get("kind") != "range":
        return []
    low, high = decimal(doubt.get("low")), decimal(doubt.get("high"))
    if low is None or high is None or (low >= 0 and (most is None or high <= most)):
        return []
    expected = "bounds of zero or more" if most is None else f"bounds from 0 to {most}"
    return [_bad("bad-doubt", f"{place}/doubt", expected, f"{low} to {high}")]


def _unit(value: Body, place: str, dimension: str) -> list[Problem]:
    name = value.get("unit")
    expected = f"a unit of {dimension}: {', '.join(known(dimension))}"
    try:
        if isinstance(name, str) and unit(name).dimension == dimension:
            return []
    except UnknownUnit:
        pass
    return [_bad("unknown-unit", f"{place}/unit", expected, name)]


def _mass(value: object, place: str, _rest: str) -> list[Problem]:
    problems = _quantity(value, place, {"value", "unit", "basis", "of", "doubt", "cause"})
    if not isinstance(value, dict):
        return problems
    problems += _unit(value, place, "mass")
    if "basis" in value:
        problems += _word(value["basis"], f"{place}/basis", "mass_basis")
    if value.get("basis") == "contained" or "of" in value:
        problems += _substance(value.get("of"), f"{place}/of", "")
    number = decimal(value.get("value"))
    if number is not None and number < 0:
        problems.append(
            _bad("negative-mass", f"{place}/value", "a mass of zero or more", str(number))
        )
    return problems + _least_and_most(value, place, None)


def _fraction(value: object, place: str, _rest: str) -> list[Problem]:
    problems = _quantity(value, place, {"value", "unit", "doubt", "cause"})
    if not isinstance(value, dict):
        return problems
    faults = _unit(value, place, "fraction")
    number = decimal(value.get("value"))
    if not faults and number is not None:
        share = unit(str(value["unit"])).to_canonical(number)
        if not 0 <= share <= 1:
            found_text = f"{number} {unit(str(value['unit'])).symbol}"
            problems.append(
                _bad("fraction-out-of-range", f"{place}/value", "0 to 100 %", found_text)
            )
        whole = (1 / unit(str(value["unit"])).factor).normalize()
        problems += _least_and_most(value, place, Decimal(format(whole, "f")))
    return problems + faults


def _money(value: object, place: str, _rest: str) -> list[Problem]:
    problems = _quantity(value, place, {"value", "currency", "doubt", "cause"})
    if isinstance(value, dict) and not re.fullmatch("[A-Z]{3}", str(value.get("currency", ""))):
        expected = "a currency code (ISO 4217)"
        problems.append(_bad("bad-currency", f"{place}/currency", expected, value.get("currency")))
    return problems


_CHECKS: dict[str, Callable[[object, str, str], list[Problem]]] = {
    "id": _id,
    "ref": _id,
    "text": _text,
    "word": _word,
    "integer": _integer,
    "bool": _boolean,
    "decimal": _decimal_text,
    "date": _date,
    "time": _when,
    "when": _when,
    "country": _country,
    "substance": _substance,
    "mass": _mass,
    "fraction": _fraction,
    "money": _money,
}


def shelves(kind: str, body: Body, place: str = "") -> list[tuple[str, str]]:
    """The JSON pointers that do not lie in the clear, each with its audience (public or owner).

    `public` is the vault's public shelf (free text, persons, allegations): readable by everyone,
    yet not in the leaf. `owner` is sealed. Pointers inside a sealed member are not listed again.
    """
    marks: list[tuple[str, str]] = []
    hidden, nested = _hiding(kind)
    for name, value in body.items():
        if name in hidden:
            marks.append((f"{place}/{name}", hidden[name]))
        elif (inner := nested.get(name)) is not None:
            if isinstance(value, list):
                for i, item in enumerate(value):
                    if isinstance(item, dict) and "absent" not in item:
                        marks += shelves(inner, item, f"{place}/{name}/{i}")
            elif isinstance(value, dict) and "absent" not in value:
                marks += shelves(inner, value, f"{place}/{name}")
    return marks


@cache
def _hiding(kind: str) -> tuple[dict[str, str], dict[str, str]]:
    """Name → audience of what is not in the clear; name → kind of records that may hide some."""
    hidden: dict[str, str] = {}
    nested: dict[str, str] = {}
    for name, attribute in shapes()[kind].items():
        inner = attribute.type.removeprefix("list:").removeprefix("record:")
        if attribute.shelf != "clear":
            hidden[name] = "public" if attribute.shelf == "public" else "owner"
        elif attribute.type.removeprefix("list:") != inner and _hides(inner, (kind,)):
            nested[name] = inner
    return hidden, nested


def _hides(kind: str, above: tuple[str, ...]) -> bool:
    if kind in above:
        return True  # a record within its own kind: whatever it is, look
    shape = shapes()[kind].values()
    inner = {
        a.type.removeprefix("list:").removeprefix("record:") for a in shape if "record:" in a.type
    }
    return any(a.shelf != "clear" for a in shape) or any(_hides(k, (*above, kind)) for k in inner)
