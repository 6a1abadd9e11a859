"""The JSON Canonicalization Scheme, for checking proofs of others over JSON with any numbers.

Our own records have no binary floats and their own form (`log.canon`); a Data Integrity proof is
over this one. Source: RFC 8785; ECMAScript 2023, Number::toString (radix 10).
"""

from __future__ import annotations

import re
from json.encoder import encode_basestring

from orebook.exchange.json_text import Number, Value

_SHORT = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:e([+-]?[0-9]+))?")


def canonical(value: Value) -> bytes:
    """The one byte form of a JSON value: members by UTF-16 code units, numbers as ECMAScript's.

    Refuses: ValueError for a number beyond the range of a binary64.
    """
    return _text(value).encode("utf-8")


def _text(value: Value) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Number):
        return number(value.text)
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_quoted(n)}:{_text(value[n])}" for n in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_text(item) for item in value) + "]"
    if value is None:
        return "null"
    return "true" if value else "false"


def _quoted(text: str) -> str:
    return encode_basestring(text)


def number(text: str) -> str:
    """A JSON number as ECMAScript writes the binary64 nearest to it."""
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        message = f"{text[:40]} is beyond what a canonical JSON number can be"
        raise ValueError(message)
    if value == 0:
        return "0"
    form = _SHORT.fullmatch(repr(value))
    if form is None:
        raise ValueError(text)
    sign, whole, fraction, exponent = form[1], form[2], form[3] or "", int(form[4] or 0)
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + exponent - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _laid_out(digits, point)


def _laid_out(digits: str, point: int) -> str:
    """The digits with the decimal point after `point` of them."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return (digits if count == 1 else f"{digits[0]}.{digits[1:]}") + power
