"""The attributes of every kind, and whether a body is plainly sound: at a fraction of a check.

True only where `shape.check` finds nothing; False says nothing: then `check` is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache

from orebook.model.pseudonym import is_pseudonym
from orebook.model.vocabulary import table, words
from orebook.model.when import BadDate, when

ID_MAX = 512
TEXT_MAX = 20_000
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a kind: its type, unit, where it lies (clear, public shelf, sealed)."""

    kind: str
    name: str
    type: str
    required: bool
    unit: str
    shelf: str
    description: str
    source: str


@cache
def shapes() -> dict[str, dict[str, Attribute]]:
    """Kind or nested record → attribute name → its description. Source: tables/attributes.csv."""
    found_shapes: dict[str, dict[str, Attribute]] = {}
    for row in table("attributes"):
        found_shapes.setdefault(row["kind"], {})[row["attribute"]] = Attribute(
            row["kind"],
            row["attribute"],
            row["type"],
            row["required"] == "yes",
            row["unit"],
            row["shelf"],
            row["description"],
            row["source"],
        )
    return found_shapes


def decimal(text: object) -> Decimal | None:
    """The decimal a canonical body holds as text, or None if it is not one. Never a float."""
    if isinstance(text, str) and _DECIMAL.fullmatch(text):
        return Decimal(text)
    return None


Sound = Callable[[object], bool]
_PLAIN = re.compile(r"(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,30})?")
_MASS = {"value", "unit", "basis"}
_FRACTION = frozenset({"value", "unit"})


def sound(kind: str, body: object) -> bool:
    """Whether the body is plainly sound."""
    return kind in shapes() and _record(kind)(body)


@cache
def _record(kind: str) -> Sound:
    members = {name: _type(attribute.type) for name, attribute in shapes()[kind].items()}
    if kind == "party":
        members["id"] = _party
    required = [name for name, attribute in shapes()[kind].items() if attribute.required]
    get = members.get

    def whole(body: object) -> bool:
        if body.__class__ is not dict:
            return False
        for name, value in body.items():
            member = get(name)
            if member is None or not member(value):
                return False
        return all([name in body for name in required])  # noqa: C419

    return whole


@cache
def _type(type_: str) -> Sound:
    head, _, rest = type_.partition(":")
    if head == "list":
        return _list(rest)
    if head == "record":  # looked up when asked: a record may hold its own kind
        return lambda value: (
            value.__class__ is dict and "absent" not in value and _record(rest)(value)
        )
    if head == "word":
        known = frozenset(words(rest))
        return lambda value: value.__class__ is str and value in known
    return _party if type_ == "ref:party" else _SIMPLE.get(head, _never)


def _party(value: object) -> bool:
    return _id(value) and not is_pseudonym(value)


def _list(type_: str) -> Sound:
    one = _type(type_)

    def each(value: object) -> bool:
        if value.__class__ is not list:
            return False
        for item in value:  # noqa: SIM110
            if not one(item):
                return False
        return True

    return each


def _never(_value: object) -> bool:
    return False


def _text(value: object) -> bool:
    return (
        value.__class__ is str
        and value.isascii()
        and len(value) <= TEXT_MAX
        and not value.isspace()
        and value != ""
    )


def _id(value: object) -> bool:
    return (
        value.__class__ is str
        and 0 < len(value) <= ID_MAX
        and value.isascii()
        and value == value.strip()
    )


def _when(value: object) -> bool:
    return value.__class__ is str and _is_when(value)


@lru_cache(maxsize=16_384)
def _is_when(text: str) -> bool:
    try:
        when(text)
    except BadDate:
        return False
    return True


def _mass(value: object) -> bool:
    if value.__class__ is not dict or not value.keys() <= _MASS:
        return False
    get = value.get
    figure, basis = get("value"), get("basis")
    if basis is not None and (basis == "contained" or basis not in words("mass_basis")):
        return False
    return (
        figure.__class__ is str and _PLAIN.fullmatch(figure) is not None and _is_mass(get("unit"))
    )


@lru_cache(maxsize=256)
def _is_mass(name: object) -> bool:
    from orebook.model.units import UnknownUnit, unit  # asked once per name: late costs nothing

    try:
        return isinstance(name, str) and unit(name).dimension == "mass"
    except UnknownUnit:
        return False


def _fraction(value: object) -> bool:
    if value.__class__ is not dict or not value.keys() <= _FRACTION:
        return False
    figure, name = value.get("value"), value.get("unit")
    return figure.__class__ is str and name.__class__ is str and _is_fraction(figure, name)


@lru_cache(maxsize=4096)
def _is_fraction(figure: str, name: str) -> bool:
    """A figure from 0 to 1 in a unit of fractions."""
    from orebook.model.units import UnknownUnit, unit

    if not _PLAIN.fullmatch(figure):
        return False
    try:
        told = unit(name)
    except UnknownUnit:
        return False
    return told.dimension == "fraction" and 0 <= told.to_canonical(Decimal(figure)) <= 1


@lru_cache(maxsize=1024)
def _is_substance(name: object) -> bool:
    from orebook.model.substance import UnknownSubstance, substance

    try:
        return isinstance(name, str) and substance(name) is not None
    except UnknownSubstance:
        return False


_SIMPLE: dict[str, Sound] = {
    "id": _id,
    "ref": _id,
    "text": _text,
    "bool": lambda value: value is True or value is False,
    "integer": lambda value: value.__class__ is int and 0 <= value < 2**53,
    "decimal": lambda value: value.__class__ is str and decimal(value) is not None,
    "date": lambda value: _when(value) and "T" not in value,  # type: ignore[operator]
    "time": _when,
    "when": _when,
    "substance": lambda value: value.__class__ is str and _is_substance(value),
    "mass": _mass,
    "fraction": _fraction,
}
