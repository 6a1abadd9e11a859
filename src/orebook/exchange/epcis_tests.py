"""The tests that query parameters are made of: members of an event, and what is asked of them."""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from orebook.exchange.gs1_forms import every_form
from orebook.exchange.json_text import Number, Object, Value
from orebook.model.problem import ReaderError
from orebook.model.shape import decimal
from orebook.model.units import Unit, UnknownUnit, unit
from orebook.model.when import BadDate, when

Fields = Callable[[Object], Iterable[Value]]
Test = Callable[[Object], bool]
Attributes = Callable[[str], Mapping[str, tuple[str, ...]]]
_OPS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
}
_LONG = re.compile(
    r"(?:urn:epcglobal:cbv:(?:bizstep|disp|btt|sdt|er):|(?:https?://ref\.gs1\.org/cbv/|cbv:)"
    r"(?:BizStep|Disp|BTT|SDT|ER)-|(?:https?://(?:www\.)?(?:ref\.)?gs1\.org/voc/|gs1:))"
)
_POWER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?[eE][+-]?[0-9]{1,2}", re.ASCII)
# Twenty decimal places of the canonical unit: far below any reading, above what converting loses.
_PLACES = Decimal("1e-20")


def at(*paths: str) -> Fields:
    """The values at these paths of an event (`readPoint/id`), lists gone through."""
    split = [path.split("/") for path in paths]

    def fields(event: Object) -> Iterator[Value]:
        for steps in split:
            yield from _walk(event, steps)

    return fields


def _walk(value: Value, steps: Sequence[str]) -> Iterator[Value]:
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, steps)
    elif not steps:
        if value is not None:
            yield value
    elif isinstance(value, dict) and steps[0] in value:
        yield from _walk(value[steps[0]], steps[1:])


def named(name: str) -> Fields:
    """The identifiers under a member of that name, itself or its id."""
    return at(name, f"{name}/id")


def typed(listed: str, member: str, type_: str) -> Fields:
    """The members of a list's items that are of a type (`bizTransactionList` of type `po`)."""
    wanted = short(type_)

    def fields(event: Object) -> Iterator[Value]:
        for item in _walk(event, [listed]):
            if isinstance(item, dict) and short(str(item.get("type", ""))) == wanted:
                yield from _walk(item, [member])

    return fields


def reports(figure: str) -> Fields:
    """The sensor reports that hold that figure, each as its value and unit in a list."""

    def fields(event: Object) -> Iterator[Value]:
        for report in _walk(event, ["sensorElementList", "sensorReport"]):
            if isinstance(report, dict) and figure in report:
                yield {"value": report[figure], "uom": report.get("uom")}

    return fields


def quantities(lists: Sequence[str]) -> Fields:
    """The quantity elements of these lists, as value and unit."""

    def fields(event: Object) -> Iterator[Value]:
        for name in lists:
            for element in _walk(event, [name]):
                if isinstance(element, dict) and "quantity" in element:
                    yield {"value": element["quantity"], "uom": element.get("uom")}

    return fields


def extension(name: str, within: str, prefixes: Mapping[str, str], *, deep: bool) -> Fields:
    """Extension members of that name in a part of an event; `deep`, those inside of others.

    A name is as it stands in the JSON (`ex:grade`), or in full by what the prefixes mean.
    """
    steps = within.split("/") if within else []
    wanted = {name, name.replace("#", "", 1)} | {_expanded(name, prefixes)}

    def fields(event: Object) -> Iterator[Value]:
        for part in _walk(event, steps):
            if isinstance(part, dict):
                yield from _members(part, wanted, prefixes, deep=deep, inside=False)

    return fields


def _members(
    part: Object, wanted: set[str], prefixes: Mapping[str, str], *, deep: bool, inside: bool
) -> Iterator[Value]:
    for name, value in part.items():
        if (inside or not deep) and (name in wanted or _expanded(name, prefixes) in wanted):
            yield from _walk(value, [])
        if deep and (inside or ":" in name):
            for item in _walk(value, []):
                if isinstance(item, dict):
                    yield from _members(item, wanted, prefixes, deep=True, inside=True)


def _expanded(name: str, prefixes: Mapping[str, str]) -> str:
    prefix, colon, local = name.partition(":")
    return prefixes[prefix] + local if colon and prefix in prefixes else name


def among(fields: Fields, values: Sequence[str]) -> Test:
    """Whether one of the fields is one of the values, long forms of CBV words read as short."""
    wanted = {short(value) for value in values}
    return lambda event: any(_word(value) in wanted for value in fields(event))


def exists(fields: Fields) -> Test:
    """Whether there is any."""
    return lambda event: any(True for _ in fields(event))


def matching(fields: Fields, values: Sequence[str]) -> Test:
    """Whether one of the fields is one of these identifiers or fits one of their patterns.

    A key of GS1 is found in whichever form it stands, EPC URI or Digital Link.

    Source: EPCIS 2.0 section 8.2.7.1.1; EPC Tag Data Standard, pure identity patterns.
    """
    whole = set(every_form([value for value in values if not is_pattern(value)]))
    patterns = [_pattern(value) for value in values if is_pattern(value)]
    return lambda event: any(
        isinstance(value, str) and (value in whole or any(p.fullmatch(value) for p in patterns))
        for value in fields(event)
    )


def is_pattern(text: str) -> bool:
    """Whether an identifier is a pattern (`urn:epc:idpat:sgtin:0614141.112345.*`)."""
    return text.startswith("urn:epc:idpat:")


def _pattern(text: str) -> re.Pattern[str]:
    scheme, _, parts = text.removeprefix("urn:epc:idpat:").partition(":")
    body = r"\.".join("[^.]*" if part == "*" else re.escape(part) for part in parts.split("."))
    return re.compile(f"urn:epc:(?:id|class):{re.escape(scheme)}:{body}")


def timed(fields: Fields, op: str, values: Sequence[str]) -> Test:
    """Whether one of the fields is a time that stands so to the one asked for."""
    bound = _instant(values[0])
    if bound is None:
        message = f"expected a time with offset (2025-10-02T06:00:00Z), found {values[0][:60]!r}"
        raise ReaderError(message)
    compare = _OPS[op]

    def test(event: Object) -> bool:
        return any(
            (moment := _instant(value)) is not None and compare(moment, bound)
            for value in fields(event)
            if isinstance(value, str)
        )

    return test


def measured(
    fields: Fields, op: str, values: Sequence[str], uom: str, *, spread: bool = False
) -> Test:
    """Whether one of the figures stands so to the one asked for, both in one unit.

    Takes: `uom`, the code asked in, empty for figures without one; `spread`, for a difference (30
    degrees of spread are as many kelvin, whatever the zero).
    """
    compare, asked = _OPS[op], _number(values[0])
    own = _unit(uom)

    def test(event: Object) -> bool:
        for item in fields(event):
            figure = item.get("value") if isinstance(item, dict) else None
            code = item.get("uom") if isinstance(item, dict) else None
            if not isinstance(figure, Number) or bool(code) != bool(uom):
                continue
            value = exact(figure.text)
            pair = _pair(value, str(code or ""), asked, uom, own, spread=spread)
            if pair is not None and compare(*pair):
                return True
        return False

    return test


def _pair(
    value: Decimal | None, code: str, asked: Decimal, uom: str, own: Unit | None, *, spread: bool
) -> tuple[Decimal, Decimal] | None:
    """Both figures in one unit; None where there is none."""
    if value is None:
        return None
    if code == uom:
        return value, asked
    other = _unit(code)
    if own is None or other is None or own.dimension != other.dimension:
        return None
    if spread:
        return _round(value * other.factor), _round(asked * own.factor)
    return _round(other.to_canonical(value)), _round(own.to_canonical(asked))


def _round(value: Decimal) -> Decimal:
    try:
        return value.quantize(_PLACES)
    except InvalidOperation:
        return value  # so large that its places do not matter


def _unit(code: str) -> Unit | None:
    """The unit of a Recommendation 20 code that converts; DMT is a decimetre there."""
    if code in {"", "DMT", "WMT"}:
        return None
    try:
        found = unit(code)
    except UnknownUnit:
        return None
    return found if found.code == code else None


def compared(fields: Fields, op: str, values: Sequence[str]) -> Test:
    """Whether one of the fields stands so to a value: as times, as numbers, else as texts.

    Source: EPCIS 2.0, GE_fieldname and the like: for Int, Float and Time; EQ for texts as well.
    """
    compare = _OPS[op]
    if op != "EQ" and len(values) != 1:
        message = f"expected one value to compare with, found {len(values)}"
        raise ReaderError(message)
    bounds = [(text, _instant(text), exact(text)) for text in values]
    if op != "EQ" and bounds[0][1] is None and bounds[0][2] is None:
        message = f"expected a number or a time with offset, found {values[0][:60]!r}"
        raise ReaderError(message)

    def test(event: Object) -> bool:
        return any(_stands(v, bound, compare, op) for v in fields(event) for bound in bounds)

    return test


def _stands(
    value: Value,
    bound: tuple[str, dt.datetime | None, Decimal | None],
    compare: Callable[[Any, Any], bool],
    op: str,
) -> bool:
    text, moment, figure = bound
    if isinstance(value, Number):
        own = exact(value.text)
        return own is not None and figure is not None and compare(own, figure)
    if not isinstance(value, str):
        return op == "EQ" and _word(value) == text
    if moment is not None and (own_time := _instant(value)) is not None:
        return compare(own_time, moment)
    if figure is not None and op != "EQ":
        own = exact(value)
        return own is not None and compare(own, figure)
    return op == "EQ" and value == text


def attributed(fields: Fields, attributes: Attributes, names: Sequence[str]) -> Test:
    """Whether one of the identifiers has one of these attributes in master data."""
    return lambda event: any(
        isinstance(ident, str) and not set(names).isdisjoint(attributes(ident))
        for ident in fields(event)
    )


def attribute_is(fields: Fields, attributes: Attributes, name: str, values: Sequence[str]) -> Test:
    """Whether one of the identifiers has one of the values under that attribute in master data."""
    return lambda event: any(
        isinstance(ident, str) and not set(values).isdisjoint(attributes(ident).get(name, ()))
        for ident in fields(event)
    )


def short(text: str) -> str:
    """A word of the standard's in its short form; any other text as it is."""
    return _LONG.sub("", text, count=1) if _LONG.match(text) else text


def _word(value: Value) -> str:
    if isinstance(value, Number):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    return short(value) if isinstance(value, str) else ""


def _instant(text: str) -> dt.datetime | None:
    try:
        return when(text).instant
    except BadDate:
        return None


def exact(text: str) -> Decimal | None:
    """The number of that text, with an exponent of two digits at most; None for any other."""
    figure = decimal(text)
    return Decimal(text) if figure is None and _POWER.fullmatch(text) else figure


def _number(text: str) -> Decimal:
    figure = exact(text)
    if figure is None:
        message = f"expected a number of at most 30 digits, found {text[:60]!r}"
        raise ReaderError(message)
    return figure
