"""Small checks of JSON values that are put together into tables: the shape of a foreign format.

A check takes a value and gives the faults in it, each with a pointer relative to that value;
nothing at all when it is sound, so that sound documents cost little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from orebook.exchange.json_text import Number, Value, escape, quoted
from orebook.model.problem import Problem
from orebook.model.when import BadDate, when

_STEP = "Correct it and send the document again."
_CHARACTERS = r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]*"
_URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.-]*:{_CHARACTERS}(?:%[0-9A-Fa-f]{{2}}{_CHARACTERS})*",
)
_A_TIME = "a time with offset such as 2025-10-02T06:00:00Z"
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: pointer relative to the value checked, code, expected and found."""

    at: str
    code: str
    expected: str
    value: object
    step: str = _STEP

    def problem(self, place: str = "") -> Problem:
        """The fault as a problem of the document, seen from `place`."""
        return Problem(self.code, place + self.at, self.expected, quoted(self.value), self.step)


Faults = list[Fault]
Check = Callable[[Value], "Faults | None"]


def is_uri(text: str) -> bool:
    """Whether the text has the form of a URI with a scheme. Source: RFC 3986 section 3."""
    return _URI.fullmatch(text) is not None


def uri(most: int = 0, but: re.Pattern[str] | None = None, expected: str = "a URI") -> Check:
    """A URI, of at most `most` characters where given, that does not start with `but`."""
    match = _URI.fullmatch

    def check(value: Value) -> Faults | None:
        if not isinstance(value, str):
            return [Fault("", "wrong-type", expected, value)]
        if match(value) is None or (but is not None and but.match(value)):
            return [Fault("", "not-a-uri", expected, value)]
        if most and len(value) > most:
            return [Fault("", "too-long", f"{expected} of at most {most} characters", value)]
        return None

    return check


def word(words: Iterable[str], *, or_uri: Check | None = None) -> Check:
    """One of the words; or, where allowed, a URI."""
    known = frozenset(words)
    some = ", ".join(sorted(known)[:12]) + (" …" if len(known) > 12 else "")
    expected = f"one of {some}" + (" or a URI of your own" if or_uri else "")

    def check(value: Value) -> Faults | None:
        if isinstance(value, str) and value in known:
            return None
        if or_uri is None or or_uri(value):
            return [Fault("", "unknown-word", expected, value)]
        return None

    return check


def text(value: Value) -> Faults | None:
    """Any text."""
    return None if isinstance(value, str) else [Fault("", "wrong-type", "text", value)]


def filled(value: Value) -> Faults | None:
    """Text that is not blank and not beyond what an attribute holds."""
    if not isinstance(value, str) or not value.strip():
        return [Fault("", "wrong-type", "text that is not blank", value)]
    if len(value) > 20_000:
        return [Fault("", "too-long", "at most 20000 characters", value)]
    return None


def pattern(form: str, expected: str) -> Check:
    """Text of a form."""
    match = re.compile(form).fullmatch

    def check(value: Value) -> Faults | None:
        if isinstance(value, str) and match(value):
            return None
        return [Fault("", "bad-form", expected, value)]

    return check


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    try:
        return when(text).first.year not in {1, 9999}  # where an offset may leave the calendar
    except BadDate:
        return False


def time(value: Value) -> Faults | None:
    """An instant of the calendar with its offset. Source: RFC 3339 5.6."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is not None and _is_day(match[1]):
        return None
    if match is None and isinstance(value, str) and not value.isascii():
        return [Fault("", "bad-date", _A_TIME, value)]
    try:
        if isinstance(value, str) and when(value).instant is not None:
            return None
    except BadDate:
        pass
    return [Fault("", "bad-date", _A_TIME, value)]


def date(value: Value) -> Faults | None:
    """A day of the calendar. Source: RFC 3339 5.6, full-date."""
    try:
        if isinstance(value, str) and len(value) == 10 and when(value).instant is None:
            return None
    except BadDate:
        pass
    return [Fault("", "bad-date", "a day such as 2025-10-02", value)]


def number(value: Value) -> Faults | None:
    """A JSON number."""
    return None if isinstance(value, Number) else [Fault("", "wrong-type", "a number", value)]


def boolean(value: Value) -> Faults | None:
    """True or false."""
    return None if isinstance(value, bool) else [Fault("", "wrong-type", "true or false", value)]


def anything(_value: Value) -> Faults | None:
    """Whatever it is, it is carried."""
    return None


def either(*checks: Check, expected: str) -> Check:
    """What passes one of the checks."""

    def check(value: Value) -> Faults | None:
        if any(one(value) is None for one in checks):
            return None
        return [Fault("", "wrong-type", expected, value)]

    return check


def listing(item: Check, *, least: int = 0, distinct: bool = False) -> Check:
    """A list of sound items, at least so many, none twice where `distinct`."""

    def check(value: Value) -> Faults | None:
        if not isinstance(value, list):
            return [Fault("", "wrong-type", "a list", value)]
        if len(value) < least:
            return [Fault("", "empty-list", f"at least {least} item", "an empty list")]
        faults: Faults = []
        for i, member in enumerate(value):
            inner = item(member)
            if inner:
                faults += under(inner, f"/{i}")
        if distinct and not faults and len(value) > 1:
            faults += _twice(value)
        return faults or None

    return check


def _twice(value: list[Value]) -> Faults:
    texts = {v for v in value if isinstance(v, str)}
    if len(texts) == len(value):
        return []
    for i, member in enumerate(value):
        if member in value[:i]:
            return [Fault(f"/{i}", "item-twice", "each item once", member)]
    return []


def record(
    members: Mapping[str, Check], *, required: Iterable[str] = (), extra: str = "none"
) -> Check:
    """An object with these members.

    Other members are refused (`none`), allowed under a name with a namespace (`uri`), or allowed
    (`any`).
    """
    needed = tuple(required)
    lookup = dict(members)

    def check(value: Value) -> Faults | None:
        if not isinstance(value, dict):
            return [Fault("", "wrong-type", "an object", value)]
        faults: Faults = []
        for name in needed:
            if name not in value:
                faults.append(Fault(f"/{name}", "missing-member", f"the member {name}", None))
        for name, member in value.items():
            inner = lookup.get(name)
            if inner is None:
                if extra != "any" and (extra == "none" or not is_uri(name)):
                    faults.append(_stranger(name, lookup, extra == "uri"))
                continue
            wrong = inner(member)
            if wrong:
                faults += under(wrong, f"/{escape(name)}")
        return faults or None

    return check


def _stranger(name: str, known: Mapping[str, Check], spaced: bool) -> Fault:
    expected = f"one of {', '.join(known)}" if known else "no member of that name"
    if spaced:
        expected += ", or a name with a namespace such as example:name"
        if not known:
            expected = "a name with a namespace such as example:name"
    return Fault(f"/{escape(name)}", "unknown-member", expected, name)


def under(faults: Faults, at: str) -> Faults:
    """The same faults seen from one level further out."""
    return [Fault(at + f.at, f.code, f.expected, f.value, f.step) for f in faults]
